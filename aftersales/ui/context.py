"""What every page needs: the navigation, the person's other organizations, the direction of writing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from aftersales.tenants import sent_mail
from aftersales.tenants.scope import current_organization

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WORK, MANAGE, ADMINISTER = "work", "manage", "administer"  # values of aftersales.tenants.permissions.Permission


@dataclass(frozen=True)
class Item:
    """A line of the navigation; shown where its URL name exists and the member's role has the permission."""

    name: str  # URL name, taking `org`
    label: "str | _StrPromise"
    icon: str
    permission: str
    key: str = ""  # pressed after G


@dataclass(frozen=True)
class Section:
    """Lines of the navigation under one heading; the first section has none."""

    label: "str | _StrPromise"
    items: tuple[Item, ...]


NAV = (
    Section(
        "",
        (
            Item("desk:queue", _("Queue"), "inbox", WORK, "q"),
            Item("desk:tickets", _("All tickets"), "list-search", WORK, "t"),
            Item("desk:return_list", _("Returns"), "truck-return", WORK),
            Item("desk:orders", _("Orders"), "package", WORK, "o"),
            Item("desk:intake", _("Photos of the warehouse"), "building-warehouse", WORK),
            Item("desk:partners", _("Partners"), "building-factory-2", WORK, "s"),
            Item("desk:inbox", _("Notifications"), "bell", WORK, "n"),
        ),
    ),
    Section(
        _("Improve"),
        (
            Item("insights:dashboard", _("Dashboard"), "chart-bar", MANAGE, "d"),
            Item("insights:measures", _("Measures"), "target-arrow", MANAGE, "m"),
            Item("insights:reports", _("Reports"), "report", MANAGE, "r"),
        ),
    ),
    Section(
        _("Settings"),
        (
            Item("settings:organization", _("Organization"), "settings", ADMINISTER),
            Item("settings:members", _("Members"), "users", ADMINISTER),
            Item("settings:teams", _("Teams"), "users-group", ADMINISTER),
            Item("settings:limits", _("Time limits"), "clock", ADMINISTER),
            Item("settings:calendar", _("Calendar"), "calendar-time", ADMINISTER),
            Item("settings:rulebook", _("Responsibility rules"), "scale", MANAGE),
            Item("settings:problems", _("Problems"), "tag", ADMINISTER),
            Item("settings:policy", _("Policy"), "receipt-refund", ADMINISTER),
            Item("settings:claim_windows", _("Claim windows"), "calendar-event", ADMINISTER),
            Item("settings:rules", _("Rules page"), "shield-check", ADMINISTER),
            Item("settings:partners", _("Partners"), "building-store", ADMINISTER),
            Item("settings:imports", _("Imports"), "upload", ADMINISTER),
            Item("settings:api_keys", _("API keys"), "key", ADMINISTER),
            Item("settings:evidence", _("Evidence store"), "archive", MANAGE),
            Item("settings:audit", _("Changes"), "history", ADMINISTER),
            Item("settings:outbox", _("Mail"), "mail", ADMINISTER),
        ),
    ),
)

# URL name → how many things wait behind it, for this request; None shows nothing. An app adds its own in `ready()`:
# `COUNTS["desk:queue"] = count_open`. Called only when the navigation is drawn, so keep it to one indexed query.
COUNTS: dict[str, Callable[[HttpRequest], int | None]] = {}


def allowed_items(organization, membership) -> Iterator[tuple[Section, Item, str]]:
    """Yield what is built and allowed, with its address."""
    for section in NAV:
        for item in section.items:
            if not membership.can(item.permission):
                continue
            try:
                yield section, item, reverse(item.name, kwargs={"org": organization.slug})
            except NoReverseMatch:
                continue


def navigation(request) -> list[dict]:
    """The sections with their lines; the current line is the one with the longest address the page's begins with."""
    organization, membership = getattr(request, "organization", None), getattr(request, "membership", None)
    if organization is None or membership is None:
        return []
    found = list(allowed_items(organization, membership))
    current = max((url for _section, _item, url in found if request.path.startswith(url)), key=len, default="")
    sections: dict[Section, list[dict]] = {}
    # A page that is drawn outside the organization's transaction (it talked to the object store) shows no counts.
    inside = current_organization() is not None
    for section, item, url in found:
        count = COUNTS[item.name](request) if inside and item.name in COUNTS else None
        is_current = url == current and ("page" if url == request.path else "true")
        sections.setdefault(section, []).append(
            {"label": item.label, "url": url, "icon": item.icon, "count": count, "current": is_current, "key": item.key}
        )
    return [{"label": section.label, "items": items} for section, items in sections.items()]


def home_of(organization, membership) -> str:
    """Where a member begins: the first line of their navigation."""
    first: Iterable[str] = (url for _section, _item, url in allowed_items(organization, membership))
    return next(iter(first), f"/{organization.slug}/")


def other_organizations(request) -> list[dict]:
    """The organizations the person also belongs to; one query, made when the account menu is drawn."""
    user, here = getattr(request, "user", None), getattr(request, "organization", None)
    if user is None or not user.is_authenticated:
        return []
    memberships = user.memberships.filter(is_active=True).select_related("organization").order_by("organization__name")
    return [
        {"name": each.organization.name, "url": home_of(each.organization, each)}
        for each in memberships
        if here is None or each.organization_id != here.pk
    ]


def site(request) -> dict:
    """Context processor. Both lists are lazy, so a page or fragment that draws neither pays nothing."""
    return {
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "other_organizations": SimpleLazyObject(lambda: other_organizations(request)),
        "organization": getattr(request, "organization", None),
        "membership": getattr(request, "membership", None),
        "shows_sent_mail": sent_mail.is_shown(),
    }
