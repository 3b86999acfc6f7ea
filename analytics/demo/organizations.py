"""The two organizations, their people, partners, calendars, teams and rules pages."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.auth.hashers import make_password

from aftersales.orders.models import Partner
from aftersales.tenants.models import (
    Calendar,
    CalendarSlot,
    Membership,
    Organization,
    RulesVersion,
    Team,
    TeamMember,
    User,
)
from aftersales.tenants.roles import Role
from aftersales.tenants.scope import tenant
from tickets.models import RuleSet

from .rulebook import publish
from .story import CARRIERS, SUPPLIERS, WAREHOUSES

PASSWORD = "aftersales-demo"
# Name, time zone, currency, and the part of the orders.
SITES = {
    "luma": ("Luma Home", "Europe/Lisbon", "EUR", Decimal("0.7")),
    "harbor": ("Harbor Goods", "Asia/Shanghai", "USD", Decimal("0.3")),
}
COUNTRIES = {"luma": "PT", "harbor": "CN"}
RETURNS = {
    "luma": "Luma Home Returns\nRua da Cordoaria 14\n1300-147 Lisboa\nPortugal",
    "harbor": "Harbor Goods Returns\nNo. 88 Binhai Road\nNanshan, Shenzhen 518000\nChina",
}
PEOPLE = {
    "luma": {"operator": "Ana Costa", "manager": "Marta Reis", "admin": "Tiago Lopes", "dmitri": "Dmitri Kowalski"},
    "harbor": {"operator": "Wei Chen", "manager": "Li Na", "admin": "Zhang Min", "priya": "Priya Nair"},
}
ROLES = {"operator": Role.OPERATOR, "manager": Role.MANAGER, "admin": Role.ADMIN}
TEAMS = ("Procurement", "Warehouse", "Logistics", "Customs", "Finance")
TERMS = """1. Report a problem within 30 days after delivery.
2. Keep the goods and the packaging until the matter is closed.
3. Photos of the item, the box and the label help us decide; we ask for more where we need it.
4. We answer every report within four working hours."""
COMPENSATION = """Damaged or defective: refund, replacement or repair, at your choice where both are possible.
Wrong or missing goods: we send what is right, or refund the part.
Late by more than 7 days: the freight back. Lost: full refund or a new parcel.
Below 15 in value you keep the item."""
PROHIBITED = """Replicas, weapons, medicines, fresh food, live plants, loose lithium batteries, currency and jewellery
above 500 in value. What customs seizes for these reasons is not replaced."""


@dataclass
class Site:
    """One organization with what its orders and tickets refer to."""

    organization: Organization
    people: dict[str, User]
    partners: dict[str, Partner]
    rules: RulesVersion
    teams: dict[str, Team]
    share: Decimal
    rule_set: RuleSet | None = None


def make_site(slug: str, since: dt.datetime) -> Site:
    """Return the organization `slug`, made with its people (password `PASSWORD`), partners and settings."""
    name, time_zone, currency, share = SITES[slug]
    organization = Organization.objects.create(
        slug=slug,
        name=name,
        time_zone=time_zone,
        currency=currency,
        created_at=since,
        country=COUNTRIES[slug],
        return_address=RETURNS[slug],
        approval_amount=60,
    )
    people = {}
    # One hash for all: they have the same known password, and making a hash is slow on purpose.
    password = make_password(PASSWORD)
    for part, person in PEOPLE[slug].items():
        people[part] = User.objects.create(email=f"{part}@{slug}.example", password=password, name=person)
        Membership.objects.create(organization=organization, user=people[part], role=ROLES.get(part, Role.OPERATOR))
    with tenant(organization):
        calendar = make_calendar(organization)
        teams = {name: Team.objects.create(name=name) for name in TEAMS}
        TeamMember.objects.create(team=teams["Logistics"], user=people["operator"])
        RulesVersion.objects.create(version=1, terms=TERMS, compensation="", prohibited=PROHIBITED, published_at=since)
        rules = RulesVersion.objects.create(
            version=2, terms=TERMS, compensation=COMPENSATION, prohibited=PROHIBITED, published_by=people["admin"],
            published_at=since + dt.timedelta(days=40),
        )  # fmt: skip
        partners = make_partners(slug, calendar)
        # Only the first has changed the table; the other shows what the defaults do.
        published = publish(people["admin"], since + dt.timedelta(days=240)) if slug == "luma" else None
    return Site(organization, people, partners, rules, teams, share, published)


def make_calendar(organization: Organization) -> Calendar:
    """Return the default calendar: Monday to Friday, 9:00 to 13:00 and 14:00 to 18:00."""
    calendar = Calendar.objects.create(name="Working hours", time_zone=organization.time_zone, is_default=True)
    for weekday in range(5):
        for start, end in ((9, 13), (14, 18)):
            CalendarSlot.objects.create(calendar=calendar, weekday=weekday, start=dt.time(start), end=dt.time(end))
    return calendar


def make_partners(slug: str, calendar: Calendar) -> dict[str, Partner]:
    """Return suppliers, carriers and warehouses by name, each with a contact's e-mail."""
    partners = {}
    for name, (country, language, zone, *_rates) in SUPPLIERS.items():
        partners[name] = _partner("supplier", name, slug, country=country, language=language, time_zone=zone)
    for name in CARRIERS:
        partners[name] = _partner("carrier", name, slug, country="CN", language="en", time_zone="Asia/Shanghai")
    for name in WAREHOUSES:
        partners[name] = _partner(
            "warehouse", name, slug, country="CN", language="en", time_zone="Asia/Shanghai", calendar=calendar
        )
    return partners


def _partner(kind: str, name: str, slug: str, **fields) -> Partner:
    host = name.lower().replace(" ", "-")
    return Partner.objects.create(kind=kind, reference=name, name=name, email=f"claims-{slug}@{host}.example", **fields)
