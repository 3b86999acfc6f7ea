"""Days after delivery in which a problem may be reported. The most specific window wins.

Source of the defaults: `docs/plans.md`, "Windows", from the statutes and marketplaces' pages named at each.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from aftersales.orders.models import Order, OrderLine
from aftersales.tenants.scope import current_organization

from ..models import Window
from ..problems import GROUP_OF

CHECKED_ON = dt.date(2026, 11, 21)
# What a window may name; together they name one window of an organization.
NAMES = ("country", "category", "group", "problem")
# The code that ISO 3166 keeps for the European Union: a window of its own for every member state.
EU = "EU"
EU_MEMBERS = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip
_EU_WITHDRAWAL = "EU: 14 days to withdraw from a distance contract (europa.eu, Your Europe)"
_EU_GUARANTEE = "EU: legal guarantee of 2 years (europa.eu, Your Europe; eccgreece.gr)"
_CN_25 = "China, Consumer Rights Law art. 25: 7 days without reason after an online purchase"
_CN_24 = "China, Consumer Rights Law art. 24: 7 days to send back for a quality defect"
DEFAULT_WINDOWS: tuple[dict[str, Any], ...] = (
    {"country": EU, "group": "change", "days": 14, "source": _EU_WITHDRAWAL},
    {"country": EU, "group": "quality", "days": 730, "source": _EU_GUARANTEE},
    {"country": EU, "group": "wrong", "days": 730, "source": _EU_GUARANTEE},
    {"country": EU, "group": "damage", "days": 730, "source": _EU_GUARANTEE},
    {"country": "CN", "group": "change", "days": 7, "source": _CN_25},
    {"country": "CN", "group": "quality", "days": 7, "source": _CN_24},
    {
        "country": "CN", "category": "Food", "group": "change", "days": 0,
        "source": "China, Consumer Rights Law art. 25: perishable goods are excepted",
    },
    {"country": "BR", "group": "change", "days": 30, "source": "Shopee Brazil: 30 days after receipt"},
    {
        "group": "change", "days": 15,
        "source": "AliExpress: up to 15 days after receipt (buyer protection pages, dated)",
    },
    {
        "group": "logistics", "days": 90,
        "source": "Amazon A-to-z: 90 days after the latest estimated delivery (sellercentral.amazon.com)",
    },
    {"problem": "not_received", "days": 180, "source": "PayPal: 180 days from payment (paypal.com guide)"},
    {"problem": "lost", "days": 180, "source": "PayPal: 180 days from payment (paypal.com guide)"},
    {"group": "refund", "days": 180, "source": "PayPal: 180 days from payment (paypal.com guide)"},
    {"group": "customs", "days": 180, "source": "Post: inquiry within 6 months of posting (USPS table; UPU)"},
)  # fmt: skip


@dataclass(frozen=True)
class WindowFound:
    """How many days after delivery a problem may be reported, and where that comes from; None is without end."""

    days: int | None
    source: str

    def ends_on(self, order: Order) -> dt.date | None:
        """Return the last day for a delivered order; None without delivery or without end."""
        if self.days is None or order.delivered_at is None:
            return None
        return (order.delivered_at + dt.timedelta(days=self.days)).date()

    def late_days(self, order: Order, filed_at: dt.datetime) -> int:
        """Return how many days after the window's end it was reported; 0 within it."""
        end = self.ends_on(order)
        return max((filed_at.date() - end).days, 0) if end else 0


def default_windows() -> list[Window]:
    """Return the defaults as rows that are not saved."""
    return [Window(**{"checked_on": CHECKED_ON, **each}) for each in DEFAULT_WINDOWS]


def windows() -> list[Window]:
    """Return the organization's windows, or the defaults until it adopts its own."""
    return list(Window.objects.all()) or default_windows()


def window_for(order: Order, line: OrderLine | None, problem: str, rows: Iterable[Window] | None = None) -> WindowFound:
    """Return the window that holds for a problem of an order's item: the one that names most of country, category and
    problem; between equals the problem counts before its kind, a country before the Union, and both before a category.

    Where none fits, the organization's own days hold. `rows` spares the statement.
    """
    category = line.category if line else ""
    union = EU if order.country in EU_MEMBERS else None
    best: tuple[tuple, Window] | None = None
    for row in windows() if rows is None else rows:
        fits = (
            row.country in ("", order.country, union)
            and (not row.category or row.category.casefold() == category.casefold())
            and row.group in ("", GROUP_OF.get(problem))
            and row.problem in ("", problem)
        )
        if fits:
            about = 2 if row.problem else 1 if row.group else 0
            where = 2 if row.country and row.country != union else 1 if row.country else 0
            named = bool(about) + bool(where) + bool(row.category)
            rank = (named, about, where)
            best = max(best, (rank, row), key=lambda each: each[0]) if best else (rank, row)
    if best is None:
        organization = current_organization() or order.organization
        return WindowFound(organization.report_window_days, _("the organization's own setting"))
    return WindowFound(best[1].days, best[1].source)
