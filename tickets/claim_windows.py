"""How long carriers take a claim, which window holds for a parcel, and what papers its carrier asks for.

Source of the defaults: `docs/papers.md`, "Carriers' windows"; each row names its own. Checked on `CHECKED_ON`.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from aftersales.orders.models import Order, Partner, Shipment

from .models import ClaimWindow
from .problems import GROUP_OF, Group, Problem

CHECKED_ON = dt.date(2026, 11, 21)
# The regime that holds where nothing is known of the carrier's own terms.
TREATY = "Montreal Convention (air)"
Event, Counted = ClaimWindow.Event, ClaimWindow.Counted
_D, _P, _X = Counted.DELIVERY, Counted.POSTING, Counted.PROMISED
_MC = "Montreal Convention art. 31 (Halsbury art. 119; lesteraldridge.com; forwarderlaw.com 2024-11)"
_FX = "FedEx conditions (copy); support.shipopti.com"
_US = "support.webinterpret.com; ups.com faq-cla06"
_DH = "mydhl.express.dhl/us, claims FAQ"
_PO = "Chunghwa Post regulation; USPS table; UPU"
_JP = "Announcement of a forwarder; post.japanpost.jp"
_UE = "USPS archive (dated)"
_SDR, _100 = "26 SDR/kg since 2024-12-28", "US$100 unless declared"
DEFAULTS: tuple[tuple[str, str, int, str, str, str], ...] = (
    (TREATY, Event.DAMAGE, 14, _D, _SDR, _MC),
    (TREATY, Event.DELAY, 21, _D, _SDR, _MC),
    ("FedEx international", Event.DAMAGE, 21, _D, "US$100 or treaty unless declared", _FX),
    ("FedEx international", Event.DELAY, 21, _D, "US$100 or treaty unless declared", _FX),
    ("FedEx international", Event.LOSS, 270, _P, "US$100 or treaty unless declared", f"{_FX}; 9 months as 270 days"),
    ("FedEx US", Event.DAMAGE, 60, _D, _100, "support.shipopti.com"),
    ("FedEx US", Event.DELAY, 60, _D, _100, "support.shipopti.com"),
    ("FedEx US", Event.LOSS, 270, _P, _100, "support.shipopti.com; 9 months as 270 days"),
    ("UPS US", Event.DAMAGE, 60, _D, _100, f"{_US}; papers within 9 months"),
    ("UPS US", Event.LOSS, 60, _X, _100, _US),
    ("UPS international", Event.DAMAGE, 14, _D, "", "support.shipopti.com"),
    ("UPS international", Event.DELAY, 21, _D, "", "support.shipopti.com"),
    ("UPS international", Event.LOSS, 180, _P, "", "support.shipopti.com; 6 months as 180 days"),
    ("DHL Express", Event.DAMAGE, 30, _P, "per conditions", f"{_DH}: from DHL accepting the shipment"),
    ("DHL Express", Event.LOSS, 30, _P, "per conditions", f"{_DH}: from DHL accepting the shipment, trace first"),
    ("Post, registered or parcel", Event.DAMAGE, 180, _P, "UPU indemnity", f"{_PO}; 6 months as 180 days"),
    ("Post, registered or parcel", Event.LOSS, 180, _P, "UPU indemnity", f"{_PO}; 6 months as 180 days"),
    ("EMS to China (Japan Post)", Event.DAMAGE, 120, _P, "up to declared, JPY 20 000 by default", f"{_JP}; 4 months"),
    ("EMS to China (Japan Post)", Event.LOSS, 120, _P, "up to declared, JPY 20 000 by default", f"{_JP}; 4 months"),
    ("USPS EMS international", Event.DAMAGE, 90, _P, "", _UE),
    ("USPS EMS international", Event.DELAY, 30, _P, "with guarantee", _UE),
    ("USPS EMS international", Event.LOSS, 90, _P, "", f"{_UE}; not before 3 days"),
)  # fmt: skip
DELAYS = {Problem.DELAYED}
LOSSES = {Problem.LOST, Problem.NO_MOVEMENT, Problem.NOT_RECEIVED, Problem.RETURNED, Problem.WRONG_ADDRESS}


@dataclass(frozen=True)
class Deadline:
    """The last day of a claim, and how it is known, in words; None where the day it is counted from is not known."""

    expires_on: dt.date | None
    words: str
    window: ClaimWindow | None


def default_windows() -> list[ClaimWindow]:
    """Return the defaults as rows that are not saved."""
    names = ("regime", "event", "days", "counted", "limit", "source")
    rows: list[dict[str, Any]] = [dict(zip(names, each, strict=True)) for each in DEFAULTS]
    return [ClaimWindow(checked_on=CHECKED_ON, **row) for row in rows]


def windows() -> list[ClaimWindow]:
    """Return the organization's windows, or the defaults until it adopts its own."""
    return list(ClaimWindow.objects.select_related("carrier")) or default_windows()


def event_of(problem: str) -> str:
    """Return what a carrier calls a problem: damage or shortage, delay, or loss."""
    if problem in DELAYS:
        return Event.DELAY
    return Event.LOSS if problem in LOSSES or GROUP_OF.get(problem) == Group.CUSTOMS else Event.DAMAGE


def regime_of(carrier: Partner | None, order: Order) -> str:
    """Return the default regime of a carrier, known by its name; the treaty for any other."""
    name = carrier.name.casefold() if carrier else ""
    home = order.country == "US" and bool(carrier) and getattr(carrier, "country", "") == "US"
    words = set(re.findall(r"\w+", name))
    at_home = "US" if home else "international"
    ems = "ems" in words and order.country == "CN"
    postal = "post" in name or words & {"ems", "postal", "correos", "poste", "correios"}
    known = {
        f"FedEx {at_home}": "fedex" in words, f"UPS {at_home}": "ups" in words, "DHL Express": "dhl" in words,
        "USPS EMS international": "usps" in words, "EMS to China (Japan Post)": ems,
        "Post, registered or parcel": bool(postal),
    }  # fmt: skip
    return next((regime for regime, fits in known.items() if fits), TREATY)


def deadline(
    order: Order, shipment: Shipment | None, event: str, rows: Iterable[ClaimWindow] | None = None
) -> Deadline:
    """Return until when a carrier takes a claim of this event, explained.

    A window of this very carrier counts before its regime's, and that before the treaty. Where the one that holds says
    nothing of the event, the treaty's does.
    """
    carrier = shipment.carrier if shipment else None
    regime = regime_of(carrier, order)
    found: list[tuple[int, ClaimWindow]] = []
    for row in windows() if rows is None else rows:
        if row.event != event:
            continue
        if row.carrier_id is not None:
            if carrier is not None and row.carrier_id == carrier.pk:
                found.append((3, row))
        elif row.regime in (regime, TREATY):
            found.append((2 if row.regime == regime else 1, row))
    if not found:
        words = _("No window is known for this carrier and event; ask the carrier and set it under Settings.")
        return Deadline(None, words, None)
    window = max(found, key=lambda each: each[0])[1]
    start = _start(order, shipment, window.counted)
    about = {"regime": window.regime, "days": window.days, "counted": window.get_counted_display()}
    source = f"{window.source} ({date_format(window.checked_on, 'Y-m-d')})"
    if start is None:
        words = _("%(regime)s: %(days)d days %(counted)s; that day is not on record.") % about
        return Deadline(None, f"{words} {source}", window)
    day = {"start": start.isoformat()}
    words = _("%(regime)s: %(days)d days %(counted)s (%(start)s).") % (about | day)
    return Deadline(start + dt.timedelta(days=window.days), f"{words} {source}", window)


def _start(order: Order, shipment: Shipment | None, counted: str) -> dt.date | None:
    zone = order.organization.zone
    if counted == Counted.PROMISED:
        return order.promised_on
    if counted == Counted.POSTING:
        at = shipment.shipped_at if shipment else None
    else:
        at = (shipment.delivered_at if shipment else None) or order.delivered_at
    return at.astimezone(zone).date() if at else None
