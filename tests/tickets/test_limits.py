"""The page of the time limits."""

import pytest
from django.urls import reverse

from aftersales.tenants.scope import tenant
from tickets.forms.limits import LimitsForm, words
from tickets.models import StageLimit
from tickets.models.clock import ClockKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice, harbor):
    with tenant(harbor):
        StageLimit.objects.create(kind="reported", minutes=777)
    client.force_login(alice)
    address = reverse("settings:limits", kwargs={"org": "luma"})

    def send(**changes):
        data = {f"{kind}_{part}": "" for kind in ClockKind for part in ("hours", "minutes")}
        return client.post(address, data | changes)

    send.get = lambda: client.get(address).content.decode()  # noqa: PLW0108  (the page as it is then)
    return send


def test_the_page_shows_each_clock_with_its_default_and_source(page):
    text = page.get()
    for kind in ClockKind:
        assert str(kind.label) in text.replace("&#x27;", "'")
    assert "Default: 4 h" in text and "Default: 56 h" in text and "marketplaces ask for 48 h" in text
    assert "777" not in text and "Clocks that run keep their limit" in text


def test_a_limit_is_kept_and_emptied_again(page, luma, harbor):
    assert page(reported_hours="1", reported_minutes="30", partner_minutes="45").status_code == 302
    with tenant(luma):
        assert dict(StageLimit.objects.values_list("kind", "minutes")) == {"reported": 90, "partner": 45}
    assert 'value="30"' in page.get()
    page(partner_hours="16")
    with tenant(luma):
        assert dict(StageLimit.objects.values_list("kind", "minutes")) == {"partner": 960}
    with tenant(harbor):
        assert StageLimit.objects.get().minutes == 777


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("reported_hours", "-1", "Report, hours: Write a whole number from 0 to 2000."),
        ("reported_hours", "2001", "Report, hours: Write a whole number"),
        ("planning_minutes", "60", "Plan, minutes: Write a whole number from 0 to 59."),
        ("planning_minutes", "a few", "Plan, minutes: Write a whole number"),
        ("executing_hours", "1.5", "Execution, hours: Write a whole number"),
        ("partner_hours", "0", "answer, hours: A limit is at least one minute"),
        ("partner_hours", "9" * 40, "answer, hours: Write a whole number"),
        ("partner_hours", "\x00", "answer, hours"),
    ],
)
def test_a_wrong_value_is_named_and_what_was_typed_stays(page, luma, field, value, words):
    answer = page(**{field: value, "closed_hours": "12"})
    text = answer.content.decode()
    assert answer.status_code == 422 and words in text and 'value="12"' in text
    if value.isprintable():
        assert f'value="{value}"' in text
    with tenant(luma):
        assert not StageLimit.objects.exists()


def test_words():
    assert [words(n) for n in (45, 60, 90, 16 * 60)] == ["45 min", "1 h", "1 h 30 min", "16 h"]


def test_the_form_gives_minutes_or_nothing():
    form = LimitsForm({"reported_hours": "0", "reported_minutes": "5"}, current={})
    assert form.is_valid() and form.limits()["reported"] == 5 and form.limits()["partner"] is None
