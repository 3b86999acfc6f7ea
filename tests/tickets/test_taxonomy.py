"""An organization's own words for problems, and what it retires."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from aftersales.tenants.actions import Refused
from aftersales.tenants.models import AuditEvent, Membership, Organization
from aftersales.tenants.scope import tenant
from tests.factories import make_ticket, member
from tests.tickets.desk_cast import again, lamp, url
from tickets import actions
from tickets.actions import taxonomy
from tickets.models import Ticket
from tickets.problems import TILES, Group, Problem, problem_choices

pytestmark = pytest.mark.django_db
OWN = {"names": {"en": "Dead on arrival", "ar": "وصل معطلا"}, "tile": {"en": "It is dead"}}


@pytest.fixture
def admin(alice, luma) -> Membership:
    return Membership.objects.select_related("user", "organization").get(user=alice)


@pytest.fixture
def desk(client, alice, harbor):
    Organization.objects.filter(pk=harbor.pk).update(
        problem_words={"defective": {"names": {"en": "Harbor’s word"}}, "lost": {"retired": True}}
    )
    client.force_login(alice)
    return client


def settings_url(name: str, **kwargs) -> str:
    return reverse(f"settings:{name}", kwargs={"org": "luma", **kwargs})


def rename(client, problem="defective", **words):
    parts = [f"{part}_{language}" for part in ("names", "tile") for language in ("en", "ar")]
    return client.post(settings_url("problem", code=problem), dict.fromkeys(parts, "") | words)


def fresh(organization) -> Organization:
    return Organization.objects.get(pk=organization.pk)


# ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_every_label_reads_the_organizations_words_in_the_readers_language(luma, harbor):
    luma.problem_words = {"defective": OWN, "group:other": {"names": {"en": "The rest"}}}
    assert str(Problem.DEFECTIVE.label) == "Defective on arrival"
    with tenant(luma):
        assert str(Problem.DEFECTIVE.label) == dict(Problem.choices)["defective"] == "Dead on arrival"
        assert Ticket(problem="defective").get_problem_display() == "Dead on arrival"
        assert next(t for t in TILES if t.problem == "defective").words == "It is dead"
        assert str(Group.OTHER.label) == "The rest" and str(Problem.OTHER.label) == "Other"
        with translation.override("ar"):
            assert str(Problem.DEFECTIVE.label) == "وصل معطلا"
            assert next(t for t in TILES if t.problem == "defective").words != "It is dead"
    with tenant(harbor):
        assert str(Problem.DEFECTIVE.label) == "Defective on arrival"


def test_a_new_name_stands_on_every_page_without_one_more_statement(desk, luma, alice):
    ticket = lamp(luma, "Luma", problem="defective")
    pages = [
        reverse("desk:queue", kwargs={"org": "luma"}) + "?problem=defective", url(ticket),
        reverse("insights:tickets", kwargs={"org": "luma"}),
    ]  # fmt: skip

    def read():
        texts, counts = [], []
        for page in pages:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                answer = desk.get(page)
            assert answer.status_code == 200, page
            texts.append(answer.content.decode())
            counts.append(len(queries))
        return texts, counts

    texts, counts = read()
    assert all("Defective on arrival" in text for text in texts)
    assert rename(desk, names_en="  Dead  on arrival ", tile_en="It is dead").status_code == 302
    texts, now = read()
    assert all("Dead on arrival" in text and "Defective on arrival" not in text for text in texts)
    assert now == counts
    with tenant(luma):
        event = AuditEvent.objects.get(verb="problem_renamed")
        assert event.subject == "Dead on arrival" and event.data["name_en"] == ["", "Dead on arrival"]
    audit = desk.get(settings_url("audit")).content.decode()
    assert "changed the words for the problem" in audit and "name (English): – → Dead on arrival" in audit


def test_the_customer_reads_the_tile_in_the_organizations_words(desk, client, luma):
    assert rename(desk, names_en="DOA", tile_en="It is dead").status_code == 302
    with tenant(fresh(luma)):
        from tickets.forms.customer import ProblemForm

        text = str(ProblemForm())
        assert "It is dead" in text and "It does not work" not in text


def test_an_emptied_name_is_the_usual_one_again(desk, luma):
    rename(desk, names_en="DOA")
    assert 'value="DOA"' in desk.get(settings_url("problem", code="defective")).content.decode()
    assert rename(desk).status_code == 302
    assert fresh(luma).problem_words == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"names_en": "wrong ITEM"}, "Name (English): Another one has this name already."),
        ({"names_en": "x" * 61}, "Name (English): "),
        ({}, "Nothing is different."),
    ],
)
def test_words_to_mend_are_named_and_kept(desk, luma, words, said):
    answer = rename(desk, tile_ar="نعم" if words else "", **words)
    text = answer.content.decode()
    assert answer.status_code == 422 and said in text.replace("</a>", "").replace("\n", "")
    assert all(value in text for value in words.values())
    assert fresh(luma).problem_words == {}


def test_a_group_has_words_of_its_own(desk, luma):
    address = settings_url("problem_group", code="quality")
    assert desk.post(address, {"names_en": "Faulty goods", "names_ar": ""}).status_code == 302
    assert "Faulty goods" in desk.get(settings_url("problems")).content.decode()
    assert fresh(luma).problem_words == {"group:quality": {"names": {"en": "Faulty goods"}}}


# ── retiring ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_retired_problem_is_chosen_no_more_and_stays_on_its_tickets(desk, luma, alice):
    old = lamp(luma, "Luma", problem="defective")
    assert desk.post(settings_url("retire_problem", code="defective")).status_code == 302
    with tenant(fresh(luma)):
        assert "defective" not in str(problem_choices()) and "defective" in str(problem_choices(keep="defective"))
        with pytest.raises(actions.Refused, match="Choose what went wrong"):
            make_ticket(problem="defective")
        assert make_ticket(problem="defective", channel="import").problem == "defective"
        other = make_ticket(problem="lost")
        with pytest.raises(actions.Refused) as refused:
            actions.set_problem(other, by=member(alice, luma), problem="defective")
        assert refused.value.field == "problem"
    assert again(old).problem == "defective"
    menu = desk.get(url(old) + "?do=problem").content.decode()
    assert '<option value="defective" selected' in menu
    assert '<option value="defective"' not in desk.get(url(other) + "?do=problem").content.decode()
    page = desk.get(settings_url("problems")).content.decode()
    assert page.count("Retired") == 1
    assert desk.post(settings_url("restore_problem", code="defective")).status_code == 302
    assert fresh(luma).problem_words == {}
    with tenant(luma):
        verbs = AuditEvent.objects.order_by("pk").values_list("verb", flat=True)
        assert list(verbs) == ["problem_retired", "problem_restored"]


def test_the_customer_cannot_choose_a_retired_problem(luma):
    from tickets.forms.customer import ProblemForm

    luma.problem_words = {"defective": {"retired": True}}
    with tenant(luma):
        form = ProblemForm({"problem": "defective"})
        assert not form.is_valid() and 'value="defective"' not in str(ProblemForm())
        assert ProblemForm({"problem": "wrong_item"}).is_valid()


def test_neither_the_last_problem_nor_the_customers_last_one_can_be_retired(luma, admin):
    with tenant(luma):
        for problem in Problem:
            if problem not in {"other", "lost", "delayed"}:
                taxonomy.retire_problem(luma, by=admin, problem=problem)
        taxonomy.retire_problem(luma, by=admin, problem=Problem.DELAYED)
        with pytest.raises(Refused, match="last problem that customers can choose"):
            taxonomy.retire_problem(luma, by=admin, problem=Problem.OTHER)
        words = {p.value: {"retired": True} for p in Problem if p != "lost"}
        Organization.objects.filter(pk=luma.pk).update(problem_words=words)
        with pytest.raises(Refused, match="last active problem"):
            taxonomy.retire_problem(luma, by=admin, problem=Problem.LOST)
        assert taxonomy.retire_problem(luma, by=admin, problem=Problem.DELAYED)


def test_retiring_twice_writes_one_line(luma, admin):
    with tenant(luma):
        for _n in range(2):
            taxonomy.retire_problem(luma, by=admin, problem=Problem.LOST)
        assert AuditEvent.objects.count() == 1


# ── the pages ──────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_list_asks_as_much_for_many_tickets_as_for_one(desk, luma, harbor):
    lamp(harbor, "Harbor")

    def count():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(settings_url("problems")).status_code == 200
        return len(queries)

    lamp(luma, "Luma")
    one = count()
    with tenant(luma):
        for problem in ("lost", "defective"):
            make_ticket(problem=problem)
    assert count() == one
    text = desk.get(settings_url("problems")).content.decode()
    assert "Harbor’s word" not in text and "Retired" not in text and text.count("1 ticket<") == 3


def test_unknown_codes_are_absent_and_operators_stay_out(client, alice, mona):
    client.force_login(alice)
    assert client.get(settings_url("problem", code="nothing")).status_code == 404
    assert client.get(settings_url("problem_group", code="defective")).status_code == 404
    client.force_login(mona)
    assert client.get(settings_url("problems")).status_code == 403
