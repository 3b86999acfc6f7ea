"""The pages of managers: figures equal the tickets behind them, no other organization's rows, no query per row."""

import csv
import datetime as dt
import re
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from aftersales.orders.models import Partner
from aftersales.tenants.scope import tenant
from analytics import exports, measures, queries, reports
from analytics.models import Measure, MonthlyReport
from analytics.slices import Slice
from tests.analytics.rows import sold, ticket
from tests.factories import make_partner
from tickets.models import FollowUp, PartnerRequest, StageClock, TicketCost

pytestmark = pytest.mark.django_db
NOW = timezone.now()
AGO = NOW - dt.timedelta(days=70)


def fill(*suppliers, at=AGO, marker="", **fields):
    """A closed ticket with everything beside it, for an order of each supplier."""
    made = []
    for name in suppliers:
        order = sold(at, name and f"{name}{marker}", category=f"Lamps{marker}", region=f"Jalisco{marker}")
        each = ticket(
            order, order.lines.first(), state="closed", closed_at=at + dt.timedelta(days=19),
            first_answer_at=at + dt.timedelta(days=9, hours=4), **fields,
        )  # fmt: skip
        StageClock.objects.create(
            ticket=each, kind="reported", minutes=240, stopped_at=at + dt.timedelta(days=9), met=True
        )
        FollowUp.objects.create(ticket=each, rating=4, created_at=at + dt.timedelta(days=20))
        TicketCost.objects.create(
            ticket=each, party="supplier", partner=order.lines.first().supplier, amount=8, currency="EUR"
        )
        if name:
            PartnerRequest.objects.create(
                ticket=each, partner=order.lines.first().supplier, party="supplier", text="…", asked_at=at,
                due_at=at, answer="accepted", answered_at=at + dt.timedelta(hours=6),
            )  # fmt: skip
        made.append(each)
    return made


@pytest.fixture
def both(luma, harbor):
    """Luma has one complaint; Harbor looks the same, marked, and has three."""
    with tenant(harbor):
        fill("Oakline", "Kestrel", "Weave", marker=" of Harbor", problem="lost")
        reports.build_due(harbor)
        measures.record_measure(
            name="Harbor's padding", what="", problem="", supplier=None, carrier=None, owner=None,
            started_on=(NOW - dt.timedelta(days=90)).date(), target=Decimal(4),
        )  # fmt: skip
    with tenant(luma):
        made = fill("Oakline")
        reports.build_due(luma)
    return made


def words_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text_of(response)).split())


def text_of(response) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode()


PAGES = [
    "",
    "tickets/",
    "tickets/?basis=filed",
    "tickets.csv",
    "rates/",
    "rates/?by=region",
    "rates/?by=problem",
    "reports/",
    "measures/",
    "measures/new/",
]


@pytest.mark.parametrize("page", PAGES)
def test_only_managers_read_and_only_their_own(client, both, mona, bob, charlie, page):
    url = f"/luma/insights/{page}"
    assert client.get(url).status_code == 302
    client.force_login(charlie)
    assert client.get(url).status_code == 404
    client.force_login(bob)
    assert client.get(url).status_code == 403
    client.force_login(mona)
    response = client.get(url)
    assert response.status_code == 200
    text = text_of(response)
    assert "Harbor" not in text
    if page.split("?")[0] in {"", "tickets/", "tickets.csv", "rates/"} and "by=" not in page:
        assert "Oakline" in text


def test_another_organizations_report_and_measure_are_not_there(client, both, mona, harbor):
    client.force_login(mona)
    with tenant(harbor):
        report, measure = MonthlyReport.objects.first(), Measure.objects.get()
    for page in (f"reports/{report.pk}/", f"reports/{report.pk}/report.csv", f"measures/{measure.pk}/"):
        assert client.get(f"/luma/insights/{page}").status_code == 404
    assert client.post(f"/luma/insights/measures/{measure.pk}/delete/").status_code == 404


NONSENSE = [
    "period=99&region=x&supplier=abc&category=%00&by=nothing&basis=?", "from=2026-13&to=2026-99",
    "from=2026-05&to=2026-01",
    "from=0001-01&to=9999-12", "from=2000-01&to=2099-12", "supplier=999999999999999999999",
    "supplier=999999999999999999",
    "region=ZZ/Nowhere&category=None&carrier=99999&problem=what&group=what&verdict=what&within=0",
    "supplier=٣", "after=x&before=y",
    "after=99999999999999999999999_1", "after=1_99999999999999999999",
    "after=%00", "from=2026-02-30", "region=%F0%9F%98%80",
    "within=9999&from=2000-01-01&to=2000-01-02",
]  # fmt: skip


@pytest.mark.parametrize("query", NONSENSE)
def test_nonsense_in_the_address_is_no_error(client, both, mona, query):
    client.force_login(mona)
    for page in ("", "tickets/", "tickets.csv", "rates/", "reports/", "measures/"):
        response = client.get(f"/luma/insights/{page}?{query}")
        assert response.status_code == 200, page
        text_of(response)


def links(html: str) -> set[str]:
    return {found.replace("&amp;", "&") for found in re.findall(r'href="([^"]*/insights/tickets/\?[^"]*)"', html)}


def counted(html: str) -> list[int]:
    """The numbers of the line on top of the list: tickets, orders complained about, orders placed."""
    line = re.search(r'<p class="mb-3" id="counts">(.*?)</p>', html, re.S)[1]
    return [int(number.replace(",", "")) for number in re.findall(r'<b class="num">([\d,]+)</b>', line)]


def test_each_mark_opens_the_tickets_that_it_counts(client, luma, harbor, mona):
    with tenant(harbor):
        fill("Oakline", "Kestrel")
    with tenant(luma):
        fill("Oakline", "Oakline", "Kestrel", None)
        fill("Oakline", at=AGO - dt.timedelta(days=60), problem="lost")
        both_of = sold(AGO, "Oakline", "Kestrel")
        ticket(both_of), ticket(both_of, state="rejected"), ticket(sold(AGO), state="withdrawn")
    client.force_login(mona)
    html = text_of(client.get("/luma/insights/"))
    assert len(links(html)) > 20
    pareto = dict(re.findall(r'<a href="([^"]*)" aria-label="[^"]*, (\d+) tickets">', html))
    assert sorted(pareto.values()) == ["1", "6"]
    for url, value in pareto.items():
        assert counted(text_of(client.get(url.replace("&amp;", "&"))))[0] == int(value)
    heat = re.findall(r'<a class="num k\d" href="([^"]*)" aria-label="(\w+)[^"]*: ([\d.]+)"', html)
    assert len(heat) == 4 and {name for _url, name, _value in heat} == {"Oakline", "Kestrel", "Without"}
    for url, _name, value in heat:
        _tickets, complained, _orders = counted(text_of(client.get(url.replace("&amp;", "&"))))
        base = counted(text_of(client.get(re.sub(r"&amp;group=\w+", "", url).replace("&amp;", "&"))))[2]
        assert f"{complained / base * 100:.1f}" == value
    for url in links(html):
        page = text_of(client.get(url))
        assert len(re.findall('class="subj"', page)) == counted(page)[0]


def test_the_rates_and_their_links_agree(client, luma, mona):
    with tenant(luma):
        fill("Oakline", "Oakline", "Kestrel")
        ticket(sold(AGO, "Oakline"), state="rejected"), sold(AGO, "Weave")
    client.force_login(mona)
    for by in ("supplier", "category", "region", "problem"):
        html = text_of(client.get(f"/luma/insights/rates/?by={by}"))
        found = re.findall(r'<a href="([^"]*/tickets/\?[^"]*)">(\d+)</a>', html)
        assert found
        for url, value in found:
            numbers = counted(text_of(client.get(url.replace("&amp;", "&"))))
            assert int(value) == (numbers[0] if "basis=filed" in url else numbers[1]), url


def test_the_six_figures(client, luma, mona):
    with tenant(luma):
        fill("Oakline", "Oakline")
        for _ in range(6):
            sold(AGO, "Kestrel")
    client.force_login(mona)
    text = words_of(client.get("/luma/insights/"))
    assert "Complaint rate 25.0%" in text and "Tickets filed 2" in text and "Time to first answer, median 4.0 h" in text
    assert (
        "to closing 10.0 d" in text and "Deadlines met 100.0%" in text and "Rating after closing 4.0 2 answers" in text
    )
    assert "Cost per 100 orders €200.00" in text and "suppliers pay 100%" in text


def test_costs_of_other_currencies_are_shown_beside_and_never_added(client, luma, mona):
    with tenant(luma):
        two = fill("Oakline", "Kestrel")[1]
        TicketCost.objects.filter(ticket=two).update(currency="USD", amount=5, party="carrier")
    client.force_login(mona)
    text = words_of(client.get("/luma/insights/"))
    assert "Cost per 100 orders €400.00 suppliers pay 100% and $250.00" in text


def test_filters_narrow_everything(client, luma, mona):
    with tenant(luma):
        fill("Oakline", "Kestrel")
        key = Partner.objects.get(name="Kestrel").pk
    client.force_login(mona)
    text = words_of(client.get(f"/luma/insights/?supplier={key}"))
    assert "Tickets filed 1" in text and "Cost per 100 orders €800.00" in text


def test_an_old_shop_begins_where_its_orders_are(client, luma, mona):
    with tenant(luma):
        sold(dt.datetime(2018, 2, 10, tzinfo=dt.UTC), "Oakline")
    client.force_login(mona)
    assert "Feb 2017 to Feb 2018" in text_of(client.get("/luma/insights/"))


def test_an_empty_organization_has_pages(client, luma, mona):
    client.force_login(mona)
    for page in PAGES:
        assert client.get(f"/luma/insights/{page}").status_code == 200


# ── statements ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("page", [page for page in PAGES if page != "measures/new/"])
def test_three_rows_cost_as_many_statements_as_one(client, luma, mona, page):
    def rows(*names, months):
        with tenant(luma):
            fill(*names, at=AGO - dt.timedelta(days=31 * months))
            reports.build_due(luma)
            measures.record_measure(
                name=f"Padding {months}", what="", problem="", carrier=None, owner=mona,
                supplier=make_partner(name=names[0]),
                started_on=(AGO - dt.timedelta(days=months)).date(), target=Decimal(4),
            )  # fmt: skip

    client.force_login(mona)
    rows("Oakline", months=0)
    with CaptureQueriesContext(connection) as one:
        text_of(client.get(f"/luma/insights/{page}"))
    rows("Kestrel", "Weave", months=1)
    rows("Petalcraft", months=2)
    with CaptureQueriesContext(connection) as three:
        text_of(client.get(f"/luma/insights/{page}"))
    assert len(one) == len(three)


def test_lists_page_by_key(client, luma, mona):
    with tenant(luma):
        for number in range(7):
            ticket(sold(AGO, "Oakline"), filed_at=AGO + dt.timedelta(hours=number // 2))
        where = Slice((AGO - dt.timedelta(days=40)).date(), NOW.date())
        everything = queries.ticket_ids(luma, where, size=99)
        seen, after = [], ""
        while True:
            page = queries.ticket_page(luma, where, size=3, after=after)
            seen += [each.pk for each in page.tickets]
            if not page.after:
                break
            after = page.after
        assert seen == everything and len(seen) == 7
        back = queries.ticket_page(luma, where, size=3, before=page.before)
        assert [each.pk for each in back.tickets] == everything[3:6] and back.after and back.before
        first = queries.ticket_page(luma, where, size=3, before=back.before)
        assert [each.pk for each in first.tickets] == everything[:3] and not first.before


# ── files ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def test_the_csv_has_a_row_per_ticket_and_no_formula(client, luma, harbor, mona):
    with tenant(harbor):
        fill("Oakline", "Kestrel", "Weave")
    with tenant(luma):
        made = fill("=HYPERLINK(1)", "Kestrel")
        order = sold(AGO, "A", "B")
        (
            ticket(order, text="+1 more\nline", rejection_reason="@SUM(A1)", state="rejected"),
            ticket(order, state="merged"),
        )
    client.force_login(mona)
    response = client.get("/luma/insights/tickets.csv?basis=filed")
    assert response["Content-Type"] == "text/csv; charset=utf-8" and "tickets-luma-" in response["Content-Disposition"]
    rows = rows_of(text_of(response))
    assert len(rows) == 3 and {row["number"] for row in rows} >= {each.number for each in made}
    odd = next(row for row in rows if row["state"] == "rejected")
    assert (odd["text"], odd["rejection_reason"], odd["supplier"]) == ("'+1 more\nline", "'@SUM(A1)", "A; B")
    closed = next(row for row in rows if row["number"] == made[0].number)
    assert closed["supplier"] == "'=HYPERLINK(1)" and closed["costs"] == "supplier 8.00 EUR" and closed["rating"] == "4"
    assert (
        closed["hours_to_close"] == "240.00" and closed["deadlines_met"] == "1" and closed["problem_group"] == "damage"
    )
    assert len(rows_of(text_of(client.get("/luma/insights/tickets.csv?basis=filed&verdict=rejected")))) == 1


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1"])
def test_cells_that_a_spreadsheet_would_run_are_quoted(value):
    assert exports.cell(value) == "'" + value
    assert exports.cell(Decimal("-1.5")) == "-1.5" and exports.cell("a=b") == "a=b" and exports.cell(None) == ""


def test_the_csv_is_read_in_parts(luma):
    with tenant(luma):
        for _ in range(5):
            ticket(sold(AGO, "Oakline"))
    where = Slice((AGO - dt.timedelta(days=40)).date(), NOW.date())
    with CaptureQueriesContext(connection) as captured:
        rows = rows_of("".join(exports.tickets_csv(luma, where, chunk=2)))
    assert len(rows) == len({row["number"] for row in rows}) == 5
    assert sum("SELECT DISTINCT filed_at" in query["sql"] for query in captured.captured_queries) == 3


def test_report_pages_and_file(client, both, luma, mona):
    client.force_login(mona)
    with tenant(luma):
        report = MonthlyReport.objects.order_by("month").first()
    html = text_of(client.get(f"/luma/insights/reports/{report.pk}/?by=supplier"))
    assert "Oakline" in html and "100.0%" in html and "too few to judge" in html
    rows = rows_of(text_of(client.get(f"/luma/insights/reports/{report.pk}/report.csv")))
    assert {row["dimension"] for row in rows} == {"total", "problem", "supplier", "category", "region"}
    total = next(row for row in rows if row["dimension"] == "total")
    assert (total["orders"], total["complained"], total["rate"], total["too_few"]) == ("1", "1", "100.0000", "yes")
    for url in links(html):
        assert counted(text_of(client.get(url)))[0] == (0 if "verdict" in url else 1)


# ── measures ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_measure_is_kept_changed_and_deleted(client, luma, mona):
    with tenant(luma):
        supplier, carrier = make_partner(name="Oakline"), make_partner("carrier", "Swift")
    client.force_login(mona)
    data = {
        "name": "Padding",
        "problem": "broken_inside",
        "supplier": supplier.pk,
        "started_on": "2026-03-01",
        "target": "4.5",
        "owner": mona.pk,
    }
    assert client.post("/luma/insights/measures/new/", data).status_code == 302
    with tenant(luma):
        kept = Measure.objects.get()
        assert (kept.supplier, kept.target, kept.owner, str(kept.started_on)) == (
            supplier,
            Decimal("4.5"),
            mona,
            "2026-03-01",
        )
    assert "Padding" in text_of(client.get("/luma/insights/measures/"))
    assert (
        client.post(
            f"/luma/insights/measures/{kept.pk}/", data | {"name": "More padding", "carrier": carrier.pk}
        ).status_code
        == 302
    )
    with tenant(luma):
        assert Measure.objects.get().name == "More padding" and Measure.objects.get().carrier == carrier
    assert client.get(f"/luma/insights/measures/{kept.pk}/delete/").status_code == 405
    assert client.post(f"/luma/insights/measures/{kept.pk}/delete/").status_code == 302
    with tenant(luma):
        assert not Measure.objects.exists()


def test_a_wrong_measure_is_answered_with_what_was_typed(client, luma, harbor, mona, charlie):
    with tenant(harbor):
        theirs = make_partner(name="Theirs")
    client.force_login(mona)
    data = {
        "name": "My words",
        "supplier": theirs.pk,
        "owner": charlie.pk,
        "started_on": "0026-03-01",
        "target": "150",
        "problem": "x",
    }
    response = client.post("/luma/insights/measures/new/", data)
    assert response.status_code == 422 and "My words" in text_of(response)
    assert set(response.context["form"].errors) == {"supplier", "owner", "started_on", "target", "problem"}


def effect(luma, *, before, after, started=200):
    """The effect of a measure with (orders, complaints) on each side."""
    start = NOW - dt.timedelta(days=started)
    with tenant(luma):
        for (orders, complaints), moment in (
            (before, start - dt.timedelta(days=30)),
            (after, start + dt.timedelta(days=30)),
        ):
            for number in range(orders):
                order = sold(moment, "Oakline")
                if number < complaints:
                    ticket(order, filed_at=moment + dt.timedelta(days=20))
        late = sold(start + dt.timedelta(days=30), "Kestrel")
        ticket(late, filed_at=start + dt.timedelta(days=100))  # too late to be compared, and another supplier's
        measure = measures.record_measure(
            name="Padding", what="", problem="", supplier=Partner.objects.get(name="Oakline"), carrier=None, owner=None,
            started_on=start.astimezone(luma.zone).date(), target=Decimal(10),
        )  # fmt: skip
        return measures.effects(luma, [measure], now=NOW)[0]


def test_a_measure_that_worked(luma):
    found = effect(luma, before=(60, 20), after=(60, 4))
    assert (found.before.orders, found.before.complained, found.after.orders, found.after.complained) == (60, 20, 60, 4)
    assert found.verdict == "better" and round(found.change) == -80 and found.target_reached


def test_a_measure_without_clear_effect_or_with_a_bad_one(luma):
    assert effect(luma, before=(40, 8), after=(40, 7)).verdict == "same"


def test_a_measure_that_made_it_worse(luma):
    assert effect(luma, before=(40, 2), after=(40, 18)).verdict == "worse"


def test_too_early_to_tell(client, luma, mona):
    assert effect(luma, before=(60, 20), after=(29, 0)).verdict == "early"
    young = effect(luma, before=(40, 10), after=(40, 0), started=40)
    assert young.verdict == "early" and young.after_slice is None and young.after.orders == 0
    client.force_login(mona)
    assert "Too early to tell" in text_of(client.get("/luma/insights/measures/"))


def test_a_measures_sides_open_the_tickets_they_count(client, luma, mona):
    found = effect(luma, before=(40, 8), after=(40, 3))
    client.force_login(mona)
    for count, where in ((found.before, found.before_slice), (found.after, found.after_slice)):
        page = text_of(client.get(f"/luma/insights/tickets/?{where.tickets_query()}"))
        assert counted(page) == [count.filed, count.complained, count.orders]
