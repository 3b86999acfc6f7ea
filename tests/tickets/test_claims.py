"""Claims: the last day and its source, opened, filed, answered, paid, expired."""

import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersales.orders.models import Partner
from aftersales.tenants.models import AuditEvent
from aftersales.tenants.scope import tenant
from tests.factories import make_line, make_order, make_partner, make_shipment, make_ticket, member, to_stage
from tests.tickets.desk_cast import again, url
from tickets import actions, claim_windows, tasks
from tickets.models import Claim, ClaimWindow, LedgerEntry, Notification, TicketEvent

pytestmark = pytest.mark.django_db
UTC = dt.UTC
DELIVERED = dt.datetime(2026, 3, 20, 10, tzinfo=UTC)
SHIPPED = dt.datetime(2026, 3, 5, 8, tzinfo=UTC)


def broken(organization, *, carrier="Swift Parcel", problem="crushed", **fields):
    with tenant(organization):
        order = make_order(number="LH-77", delivered_at=DELIVERED, promised_on=dt.date(2026, 3, 18), **fields)
        make_line(order)
        make_shipment(
            order, carrier=make_partner("carrier", carrier), tracking_number="SP-1", shipped_at=SHIPPED,
            delivered_at=DELIVERED, events={"picked_up": SHIPPED, "exception_damage": SHIPPED + dt.timedelta(days=3)},
        )  # fmt: skip
        return make_ticket(order, problem=problem)


@pytest.mark.parametrize(
    ("carrier", "event", "country", "day"),
    [
        ("Swift Parcel", "damage", "MX", dt.date(2026, 4, 3)),
        ("Swift Parcel", "loss", "MX", None),
        ("FedEx", "damage", "MX", dt.date(2026, 4, 10)),
        ("UPS", "loss", "MX", dt.date(2026, 9, 1)),
        ("DHL Express", "damage", "MX", dt.date(2026, 4, 4)),
        ("Correos de México", "loss", "MX", dt.date(2026, 9, 1)),
        ("China EMS", "damage", "CN", dt.date(2026, 7, 3)),
        ("DHL Express", "delay", "MX", dt.date(2026, 4, 10)),
    ],
)
def test_the_last_day_follows_carrier_and_event(luma, carrier, event, country, day):
    ticket = broken(luma, carrier=carrier, country=country)
    with tenant(luma):
        found = claim_windows.deadline(ticket.order, ticket.order.shipments.get(), event)
    assert found.expires_on == day
    assert day is None or "2026-11-21" in found.words


def test_the_window_of_one_carrier_counts_before_its_regime(luma, alice):
    ticket = broken(luma, carrier="FedEx")
    with tenant(luma):
        carrier = Partner.objects.get(name="FedEx")
        ClaimWindow.objects.bulk_create(claim_windows.default_windows())
        ClaimWindow.objects.create(
            regime="Our contract", carrier=carrier, event="damage", days=7, counted="delivery", source="contract 5",
            checked_on=dt.date(2026, 1, 1),
        )  # fmt: skip
        found = claim_windows.deadline(ticket.order, ticket.order.shipments.get(), "damage")
    assert found.expires_on == dt.date(2026, 3, 27) and "Our contract" in found.words


def test_a_claim_opens_itself_where_the_carrier_leads(luma):
    ticket = again(broken(luma))
    with tenant(luma):
        claim = Claim.objects.get(ticket=ticket)
        assert ticket.suggested_party == "carrier"
        assert (claim.state, claim.against, claim.event) == ("to_file", "Swift Parcel", "damage")
        assert ticket.claim_by == claim.expires_on == dt.date(2026, 4, 3)
        assert TicketEvent.objects.filter(ticket=ticket, verb="claim_opened").count() == 1


def test_from_filing_to_the_money(luma, bob, client):
    ticket = broken(luma)
    with tenant(luma):
        ticket = to_stage(ticket, "planning", member(bob, luma))
        claim = Claim.objects.get(ticket=ticket)
    client.force_login(bob)
    page = client.get(url(ticket, "claims")).content.decode()
    assert "Swift Parcel" in page and "Montreal Convention" in page and "The last day is over" in page

    def post(verb, **data):
        return client.post(
            url(ticket, f"claims/{claim.pk}/{verb}"), {f"{verb}-{claim.pk}-{k}": v for k, v in data.items()}
        )

    assert post("file", reference="", filed_on="2026-03-30").status_code == 422
    assert post("file", reference="C-1", filed_on="2999-01-01").status_code == 422
    assert post("file", reference="C-1", filed_on="2026-03-30").status_code == 302
    assert post("file", reference="C-2", filed_on="2026-03-30").status_code == 409
    assert again(ticket).claim_by is None
    assert post("answer", answer="refused", text="Packed badly.").status_code == 302
    assert post("pay", amount="39.90", currency="EUR", proof="").status_code == 422
    assert post("pay", amount="39.90", currency="EUR", proof="CN-8").status_code == 302
    assert post("pay", amount="39.90", currency="EUR", proof="CN-9").status_code == 409
    with tenant(luma):
        claim.refresh_from_db()
        row = LedgerEntry.objects.get(kind="recovered")
        assert (claim.state, claim.reference) == ("paid", "C-1")
        assert (row.claim_id, row.amount, row.party, row.proof) == (claim.pk, Decimal("39.90"), "carrier", "CN-8")


def test_reminders_are_told_once_each_and_the_claim_expires(luma, bob):
    told = []
    with time_machine.travel(dt.datetime(2026, 3, 24, 9, tzinfo=UTC), tick=False):
        ticket = broken(luma)
    for day in (
        dt.date(2026, 3, 30),
        dt.date(2026, 4, 1),
        dt.date(2026, 4, 2),
        dt.date(2026, 4, 3),
        dt.date(2026, 4, 4),
    ):
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), tzinfo=UTC), tick=False):
            tasks._sweep(luma)
            tasks._sweep(luma)
        with tenant(luma):
            told.append(Notification.objects.filter(kind="claim_due", user=bob, channel="mail").count())
    assert told == [0, 1, 2, 2, 3]
    with tenant(luma):
        assert Claim.objects.get(ticket=ticket).state == "expired"
        assert again(ticket).claim_by is None


def test_an_insurers_claim_pays_into_our_own_part(luma, bob):
    ticket = broken(luma, shipping_insurance="Allianz parcel")
    with tenant(luma):
        by = member(bob, luma)
        ticket = to_stage(ticket, "planning", by)
        claim = actions.open_claim(ticket, by=by, kind="insurer")
        with pytest.raises(actions.TooLate):
            actions.open_claim(ticket, by=by, kind="insurer")
        actions.file_claim(claim, by=by, reference="A-1", filed_on=dt.date(2026, 4, 1))
        actions.pay_claim(claim, by=by, amount=Decimal("20"), currency="EUR", proof="TR-1")
        assert LedgerEntry.objects.get(kind="recovered").party == "agent"


def test_strangers_and_statements(luma, harbor, bob, charlie, client):
    ours, theirs = broken(luma), broken(harbor)
    with tenant(harbor):
        theirs_claim = Claim.objects.get(ticket=theirs)
    client.force_login(charlie)
    assert client.get(url(ours, "claims")).status_code == 404
    client.force_login(bob)
    data = {f"file-{theirs_claim.pk}-reference": "X", f"file-{theirs_claim.pk}-filed_on": "2026-04-01"}
    assert client.post(url(ours, f"claims/{theirs_claim.pk}/file"), data).status_code == 404
    with CaptureQueriesContext(
        connection,
    ) as used:
        assert client.get(url(ours, "claims")).status_code == 200
    assert len(used) <= 24


def test_the_first_change_adopts_the_defaults(luma, alice, bob, client):
    client.force_login(bob)
    assert client.get("/luma/settings/claim-windows/").status_code == 403
    client.force_login(alice)
    page = client.get("/luma/settings/claim-windows/").content.decode()
    assert "DHL Express" in page and "Defaults" in page
    edit = "/luma/settings/claim-windows/edit/?regime=DHL+Express&event=damage"
    fields = {
        "regime": "DHL Express", "event": "damage", "days": "25", "counted": "posting", "source": "letter of DHL",
        "checked_on": "2026-11-01", "carrier": "", "limit": "",
    }  # fmt: skip
    assert client.get(edit).status_code == 200
    assert client.post(edit, fields | {"days": "0"}).status_code == 422
    assert client.post(edit, fields).status_code == 302
    with tenant(luma):
        assert ClaimWindow.objects.count() == len(claim_windows.DEFAULTS)
        assert ClaimWindow.objects.get(regime="DHL Express", event="damage").days == 25
        assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"policy_adopted", "window_changed"}


def test_a_window_is_removed_but_not_the_last(luma, harbor, alice, bob, client):
    remove = "/luma/settings/claim-windows/remove/?regime=DHL+Express&event=damage"
    client.force_login(bob)
    assert client.post(remove).status_code == 403
    client.force_login(alice)
    assert client.get(remove).status_code == 405
    nameless = client.post("/luma/settings/claim-windows/remove/", follow=True).content.decode()
    assert "Somebody has changed or removed this window" in nameless
    with tenant(luma):
        assert not ClaimWindow.objects.exists()
    assert client.post(remove).status_code == 302
    with tenant(luma):
        assert ClaimWindow.objects.count() == len(claim_windows.DEFAULTS) - 1
        assert AuditEvent.objects.get(verb="window_removed").data["days"] == ["30", ""]
    assert "Somebody has changed or removed this window" in client.post(remove, follow=True).content.decode()
    with tenant(luma):
        assert AuditEvent.objects.filter(verb="window_removed").count() == 1
        ClaimWindow.objects.exclude(regime="UPS US", event="loss").delete()
    last = client.post("/luma/settings/claim-windows/remove/?regime=UPS+US&event=loss", follow=True)
    assert "This is the last one" in last.content.decode()
    with tenant(luma):
        assert ClaimWindow.objects.count() == 1
    with tenant(harbor):
        assert not ClaimWindow.objects.exists()


def test_a_missing_paper_is_asked_for_in_one_click(luma, bob, client):
    ticket = broken(luma)
    client.force_login(bob)
    page = client.get(url(ticket, "claims")).content.decode()
    assert page.count('name="from" value="claims"') >= 5 and 'value="label_photo"' in page
    answer = client.post(url(ticket, "ask"), {"proofs": ["label_photo"], "from": "claims"}, follow=True)
    assert answer.redirect_chain[-1][0] == url(ticket, "claims")
    assert "Asked the customer." in answer.content.decode() and "Asked the customer <time" in answer.content.decode()
    with tenant(luma):
        assert again(ticket).evidence_requests.get().proof == "label_photo"


def test_later_a_message_that_asks_for_it_is_begun(luma, bob, client):
    ticket = broken(luma)
    with tenant(luma):
        carrier = Partner.objects.get(name="Swift Parcel")
        carrier.email = "desk@swift.example"
        carrier.save()
        ticket = to_stage(ticket, "planning", member(bob, luma))
        claim = Claim.objects.get(ticket=ticket)
        actions.change_claim(claim, by=member(bob, luma), event="loss", amount=claim.amount, expires_on=None)
    client.force_login(bob)
    page = client.get(url(ticket, "claims")).content.decode()
    assert 'name="from" value="claims"' not in page
    assert "?write=reply&amp;ask=non_receipt_declaration#write" in page
    assert f"?write=partner&amp;of={carrier.pk}&amp;ask=carrier_trace#write" in page
    reply = client.get(url(ticket) + "?write=reply&ask=non_receipt_declaration").context
    words = "Please send us:\n• Signed declaration that nothing arrived: One sentence with your name"
    assert reply["reply"].initial["text"].startswith(words)
    thread = client.get(url(ticket) + f"?write=partner&of={carrier.pk}&ask=carrier_trace")
    assert "Carrier&#x27;s trace" in str(thread.context["partner_form"]["text"])
    assert f'<option value="{carrier.pk}" selected>' in str(thread.context["partner_form"]["partner"])
    assert not thread.context["reply"].initial
    assert client.get(url(ticket) + "?write=reply&ask=nonsense").context["reply"].initial == {}
