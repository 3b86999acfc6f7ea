"""The navigation shows what is built and allowed, and marks where one is."""

from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.urls import include, path
from django_scopes import scope

from aftersales.ui import context


def view(request, org):
    raise NotImplementedError


DESK = ([path("", view, name="queue"), path("orders/", view, name="orders")], "desk")
INSIGHTS = ([path("", view, name="dashboard")], "insights")
SETTINGS = ([path("members/", view, name="members")], "settings")
urlpatterns = [
    path("<slug:org>/desk/", include(DESK)),
    path("<slug:org>/insights/", include(INSIGHTS)),
    path("<slug:org>/settings/", include(SETTINGS)),
]
ROLES = {"operator": {"work"}, "manager": {"work", "manage"}, "admin": {"work", "manage", "administer"}}


@pytest.fixture(autouse=True)
def urls(settings):
    settings.ROOT_URLCONF = __name__


def request(where="/acme/desk/", role="admin"):
    made = RequestFactory().get(where)
    made.organization = SimpleNamespace(slug="acme", name="Acme", pk=1)
    made.membership = SimpleNamespace(can=lambda permission: permission in ROLES[role])
    return made


def names(sections):
    return [(str(section["label"]), [str(item["label"]) for item in section["items"]]) for section in sections]


def test_only_what_is_built_and_allowed():
    assert names(context.navigation(request(role="operator"))) == [("", ["Queue", "Orders"])]
    assert names(context.navigation(request(role="manager"))) == [("", ["Queue", "Orders"]), ("Improve", ["Dashboard"])]
    assert names(context.navigation(request()))[-1] == ("Settings", ["Members"])


@pytest.mark.parametrize(
    ("where", "label", "mark"),
    [
        ("/acme/desk/", "Queue", "page"),
        ("/acme/desk/tickets/AS-1/", "Queue", "true"),
        ("/acme/desk/orders/7/", "Orders", "true"),
        ("/acme/settings/members/", "Members", "page"),
    ],
)
def test_one_line_is_current(where, label, mark):
    items = [item for section in context.navigation(request(where)) for item in section["items"]]
    assert [(str(item["label"]), item["current"]) for item in items if item["current"]] == [(label, mark)]


def test_without_an_organization_nothing():
    assert context.navigation(RequestFactory().get("/")) == []
    assert list(context.site(RequestFactory().get("/"))["other_organizations"]) == []


def test_counts_are_asked_only_when_drawn(monkeypatch):
    asked = []
    monkeypatch.setitem(context.COUNTS, "desk:queue", lambda request: asked.append(1) or 55)
    values = context.site(request())
    assert not asked
    with scope(organization=SimpleNamespace(pk=1)):
        assert values["nav"][0]["items"][0]["count"] == 55
    assert len(asked) == 1


def test_a_page_drawn_outside_the_organization_shows_no_counts(monkeypatch):
    monkeypatch.setitem(context.COUNTS, "desk:queue", lambda request: pytest.fail("asked"))
    assert context.navigation(request())[0]["items"][0]["count"] is None


def test_home_is_the_first_line():
    member = request(role="operator").membership
    assert context.home_of(SimpleNamespace(slug="other"), member) == "/other/desk/"
    nobody = SimpleNamespace(can=lambda permission: False)
    assert context.home_of(SimpleNamespace(slug="other"), nobody) == "/other/"
