"""Freight estimated and charged, refunds agreed and paid, insurance."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .base import Facts
from .record import Record

# Carriers round up to the next half kilogram; a bill within this of the scale is right.
ROUNDING_G, ROUNDING_PART = 500, 0.05
# An estimate is no promise; beyond this part of it the customer must be asked.
ESTIMATE_PART = 1.2
# Days to pay a refund where nothing was agreed: EU 14 days (`docs/responsibility.md`, "Windows").
REFUND_DAYS = 14


def freight(record: Record, facts: Facts) -> None:
    """The charged weight against the scale, the volume and the estimate."""
    parcel = record.shipment
    if parcel is None:
        return
    source = f"shipment:{parcel.pk}"
    billed, volumetric, estimated = parcel.charged_weight_g, parcel.volumetric_weight_g, parcel.estimated_weight_g
    actual = parcel.actual_weight_g or (parcel.dispatch_weight_g if billed else None)
    text = _("Estimated %(estimated)s g, scale %(actual)s g, by volume %(volumetric)s g, charged %(billed)s g") % {
        "estimated": estimated or "–", "actual": actual or "–", "volumetric": volumetric or "–",
        "billed": billed or "–",
    }  # fmt: skip
    if billed and (actual or volumetric):
        counts = max(actual or 0, volumetric or 0)
        allowed = counts + max(_rounding(counts), counts * ROUNDING_PART)
        # Without the volume a bill above the scale may still be right.
        above = billed > allowed if volumetric or billed <= allowed else None
        facts.put("billed_above_weight", above, text, source)
        by_volume = bool(
            volumetric
            and actual
            and volumetric > actual
            and abs(billed - volumetric) <= max(_rounding(volumetric), volumetric * ROUNDING_PART)
        )
        facts.put("billed_by_volume", by_volume, text, source)
    if billed and estimated:
        facts.put("billed_above_estimate", billed > estimated * ESTIMATE_PART, text, source)
    text = (
        _("The customer accepted the estimate")
        if parcel.estimate_accepted
        else _("The customer did not accept the estimate")
    )
    facts.put("estimate_accepted", parcel.estimate_accepted, text, source)
    if parcel.estimated_freight is not None and parcel.charged_freight is not None:
        over = parcel.charged_freight > parcel.estimated_freight
        text = _("Freight estimated %(estimated)s, charged %(charged)s") % {
            "estimated": parcel.estimated_freight, "charged": parcel.charged_freight,
        }  # fmt: skip
        facts.put("freight_above_estimate", over, text, source)


def _rounding(counts: int) -> int:
    return -counts % ROUNDING_G


def insurance(record: Record, facts: Facts) -> None:
    """Whether the shipping is insured."""
    order = record.order
    if order.shipping_insurance:
        low = order.shipping_insurance.lower()
        insured = low not in ("no", "none", "false", "0")
        text = _("Shipping insurance: %(name)s") % {"name": order.shipping_insurance}
        facts.put("insured", insured, text, f"order:{order.pk}")


def refunds(record: Record, facts: Facts) -> None:
    """The latest refund agreed for the order: due, paid, how much, in which currency."""
    rows = record.refunds
    if not rows:
        facts.put("refund", False, _("No refund is on record"), f"order:{record.order.pk}")
        return
    row, source = rows[-1], f"refund:{rows[-1].pk}"
    facts.put("refund", True, _("A refund is on record"), source)
    agreed = f"{row.agreed} {row.currency_agreed}".strip() if row.agreed is not None else "–"
    paid = f"{row.paid} {row.currency_paid}".strip() if row.paid is not None else "–"
    words = {"agreed": agreed, "paid": paid, "claimed": row.claimed}
    facts.put("refund_agreed", row.agreed is not None, _("Refund agreed: %(agreed)s") % words, source)
    is_paid = row.paid is not None and row.paid > 0
    text = _("Refund paid: %(paid)s") % words if is_paid else _("The refund is not paid yet")
    facts.put("refund_paid", is_paid, text, source)
    facts.put(
        "refund_reference",
        bool(row.reference) if is_paid else None,
        _("Payment reference: %(reference)s") % {"reference": row.reference or "–"},
        source,
    )
    if row.agreed is not None and is_paid and row.currency_agreed == row.currency_paid:
        facts.put("refund_short", row.paid < row.agreed, _("Agreed %(agreed)s, paid %(paid)s") % words, source)
    if is_paid and row.currency_agreed and row.currency_paid:
        same = row.currency_agreed == row.currency_paid
        facts.put("refund_currency_same", same, _("Agreed %(agreed)s, paid %(paid)s") % words, source)
    if row.claimed is not None and row.agreed is not None:
        facts.put(
            "refund_claimed_more", row.claimed > row.agreed, _("Agreed %(agreed)s, claimed %(claimed)s") % words, source
        )
    text = (
        _("The customer accepted the amount")
        if row.accepted_by_customer
        else _("The customer did not accept the amount")
    )
    facts.put("refund_accepted", row.accepted_by_customer, text, source)
    _due(record, facts, row, source, is_paid)


def _due(record: Record, facts: Facts, row: Any, source: str, is_paid: bool) -> None:
    if row.agreed_at:
        limit = row.limit_days if row.limit_days is not None else REFUND_DAYS
        last = record.day(row.agreed_at) + dt.timedelta(days=limit)
        over = (record.day(row.paid_at) or record.today) if is_paid else record.today
        days = (over - last).days
        text = ngettext("Refund %(n)d day overdue", "Refund %(n)d days overdue", days) % {"n": days}
        facts.put(
            "refund_overdue",
            days > 0,
            text if days > 0 else _("Refund to be paid until %(day)s") % {"day": last},
            source,
        )
        facts.put("refund_overdue_days", max(0, days), text, source) if days > 0 else None
    if is_paid and row.paid_at:
        since = (record.today - record.day(row.paid_at)).days
        text = ngettext("Paid %(n)d day ago", "Paid %(n)d days ago", since) % {"n": since}
        facts.put("refund_paid_days_ago", max(0, since), text, source)
