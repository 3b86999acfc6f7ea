"""The lines of the policy of plans, in order: the first that fits a case says what is proposed.

Each action: kind, per cent `of` item, freight or order (what is given back or claimed), who does it, days until it is
done, whether it waits for the goods. Source of the defaults: `docs/plans.md`, "Remedies".
"""

from decimal import Decimal
from typing import Any

from ..models import Remedy

_EU = "EU: repair or replacement first, then the price (europa.eu, Your Europe)"
_EU_14 = "EU: 14 days withdrawal, refund within 14 days, may wait for the goods (europa.eu)"
_CN_25 = "China, Consumer Rights Law art. 25: refund within 7 days of receiving the goods, return freight by consumer"
_CN_24 = "China, Consumer Rights Law art. 24: quality defect, seller pays the freight"
_OWN = "After-sales practice of cross-border agents: replacement or refund within 3 to 7 days"
_CARRIER = "Carriers' conditions: claim with proof of value; packing is kept (FedEx, DHL, UPS)"
_AGENTS = "Agents' public rules on customs holds (3cplan.com, ship.yoybuy.com, pacmanstream)"
_MISSING = ["missing_part", "missing_item", "wrong_quantity"]
_WRONG = ["wrong_item", "wrong_size_colour"]
_QUALITY = ["defective", "fails_in_use", "expired"]
_DAMAGE = ["box_damaged", "broken_inside", "water", "crushed"]
_LOSS = ["lost", "no_movement", "seized"]


def _do(
    kind: str, percent: int = 0, of: str = "item", *, days: int = 7, doer: str = "agent", waits: bool = False
) -> dict:
    return {"kind": kind, "percent": percent, "of": of, "days": days, "doer": doer, "awaits_return": waits}


def _back(of_kind: str = "refund", percent: int = 100) -> list[dict[str, Any]]:
    """The goods come back, then the money goes."""
    return [_do("return", days=14, doer="customer"), _do(of_kind, percent, days=21, waits=True)]


_CLAIM = _do("carrier_claim", 100, days=7)
# (name, what it fits, actions, clause, source)
_LINES: tuple[tuple[str, dict[str, Any], list[dict], str, str], ...] = (
    ("Something is missing: part of the price", {"problems": _MISSING, "wishes": ["refund", "keep"]},
     [_do("keep_refund", 30)], "Missing goods: part of the price back", _OWN),
    ("Something is missing: sent after", {"problems": _MISSING}, [_do("resend")], "Missing goods are sent after", _OWN),
    ("Wrong item: kept for less", {"problems": _WRONG, "wishes": ["keep"]},
     [_do("keep_refund", 30)], "Wrong goods kept: part of the price back", _OWN),
    ("Wrong item: money back", {"problems": _WRONG, "wishes": ["refund"]}, _back(), "Wrong goods: full price back",
     _OWN),
    ("Wrong item: exchanged", {"problems": _WRONG},
     [_do("return", days=14, doer="customer"), _do("exchange", days=21, waits=True)], "Wrong goods are exchanged",
     _OWN),
    ("Counterfeit: full price, nothing sent back", {"problems": ["counterfeit"]},
     [_do("keep_refund", 100)], "Replica: the seller pays in full", _AGENTS),
    ("Quality, kept for less", {"problems": _QUALITY, "wishes": ["keep"]},
     [_do("keep_refund", 40)], "Defect: part of the price back", _OWN),
    ("Quality, repaired", {"problems": _QUALITY, "wishes": ["repair"]},
     [_do("return", days=14, doer="customer"), _do("repair", days=28, waits=True)], "Defect: repair at no cost", _EU),
    ("Quality, China: money back, we pay the way", {"problems": _QUALITY, "country": "CN", "wishes": ["refund"]},
     _back(), "Defect: returned within 7 days", _CN_24),
    ("Quality, EU: replaced first", {"problems": _QUALITY, "country": "EU", "wishes": ["replacement", "other"]},
     [_do("replacement")], "Defect: replacement first", _EU),
    ("Quality: replaced", {"problems": _QUALITY, "wishes": ["replacement"]},
     [_do("replacement")], "Defect: replacement at no cost", _OWN),
    ("Quality: money back", {"problems": _QUALITY}, _back(), "Defect: full price back", _EU),
    ("Damage, kept for less", {"problems": _DAMAGE, "wishes": ["keep"]},
     [_do("keep_refund", 50)], "Damage: part of the price back", _OWN),
    ("Damage in transit: new item, carrier pays",
     {"problems": _DAMAGE, "parties": ["carrier"], "wishes": ["replacement"]},
     [_do("replacement"), _CLAIM], "Damage in transit: replacement", _CARRIER),
    ("Damage in transit: money back, carrier pays", {"problems": _DAMAGE, "parties": ["carrier"]},
     [_do("refund", 100), _CLAIM], "Damage in transit: full price back, packing is kept", _CARRIER),
    ("Damage: new item", {"problems": _DAMAGE, "wishes": ["replacement"]},
     [_do("replacement")], "Damage: replacement at no cost", _OWN),
    ("Damage: repaired", {"problems": _DAMAGE, "wishes": ["repair"]},
     [_do("repair", days=28)], "Damage: repair at no cost", _OWN),
    ("Damage, worth 100 or more: money after the return", {"problems": _DAMAGE, "value_from": Decimal(100)},
     _back(), "Damage: full price back", _OWN),
    ("Damage: money back", {"problems": _DAMAGE}, [_do("refund", 100)], "Damage: full price back", _OWN),
    ("Lost: sent again", {"problems": _LOSS, "wishes": ["replacement", "delivery"]},
     [_do("replacement"), _CLAIM], "Lost on the way: sent again", _CARRIER),
    ("Lost: money and freight back", {"problems": _LOSS},
     [_do("refund", 100), _do("freight_refund", 100, "freight"), _CLAIM], "Lost on the way: price and freight back",
     _CARRIER),
    ("Delivered but not received: traced first", {"problems": ["not_received"], "wishes": ["delivery"]},
     [_CLAIM, _do("apology", days=2)], "Not received: the carrier traces it", _CARRIER),
    ("Delivered but not received: money back", {"problems": ["not_received"]},
     [_do("refund", 100), _CLAIM], "Not received: full price back", _CARRIER),
    ("Late: part of the freight back", {"problems": ["delayed"]},
     [_do("freight_refund", 50, "freight"), _do("apology", days=2)], "Late: half the freight back", _OWN),
    ("Wrong address of ours: sent again", {"problems": ["wrong_address", "returned_to_sender"],
     "parties": ["agent", "warehouse", "carrier", "supplier"]},
     [_do("replacement"), _do("apology", days=2)], "Sent wrongly: sent again at no cost", _OWN),
    ("Wrong address of the customer: money back less freight", {"problems": ["wrong_address", "returned_to_sender"]},
     [_do("refund", 100, days=14)], "Address given wrongly: price back, freight is not", _OWN),
    ("Held for papers", {"problems": ["held_documents", "valuation"]},
     [_do("customs_assistance", days=3)], "Customs: papers are brought at once", _AGENTS),
    ("Held as prohibited: the seller pays", {"problems": ["held_prohibited"], "parties": ["supplier", "agent"]},
     [_do("refund", 100)], "Customs: prohibited goods, full price back", _AGENTS),
    ("Held as prohibited", {"problems": ["held_prohibited"]},
     [_do("customs_assistance", days=3)], "Customs: help with the authority", _AGENTS),
    ("Duty nobody named: a part is borne",
     {"problems": ["unexpected_duty"], "parties": ["agent", "supplier", "carrier"]},
     [_do("compensation", 10, "order")], "Duty: up to a tenth of the goods", _AGENTS),
    ("Duty of the customer: explained", {"problems": ["unexpected_duty"]},
     [_do("customs_assistance", days=3), _do("apology", days=2)], "Duty under DAP is the buyer's", _AGENTS),
    ("Overcharged freight", {"problems": ["overcharged"]},
     [_do("freight_refund", 30, "freight")], "Freight charged too high: the difference back", _OWN),
    ("Instruction ignored or inspection missed", {"problems": ["instruction_ignored", "inspection_missed"]},
     [_do("compensation", 10), _do("apology", days=2)], "Our service: a tenth of the price", _OWN),
    ("Slow answer", {"problems": ["slow_answer"]}, [_do("apology", days=1)], "Our service: an explanation", _OWN),
    ("Change of mind, EU", {"problems": ["unwanted", "ordered_wrong"], "country": "EU"},
     [_do("return", days=14, doer="customer"), _do("refund", 100, days=14, waits=True)], "Withdrawal within 14 days",
     _EU_14),
    ("Change of mind, China", {"problems": ["unwanted", "ordered_wrong"], "country": "CN"},
     [_do("return", days=7, doer="customer"), _do("refund", 100, days=14, waits=True)], "Return within 7 days", _CN_25),
    ("Ordered wrong: exchanged", {"problems": ["ordered_wrong"], "wishes": ["replacement"]},
     [_do("return", days=14, doer="customer"), _do("exchange", days=21, waits=True)],
     "Exchange, the customer pays the way", _OWN),
    ("Change of mind", {"problems": ["unwanted", "ordered_wrong"]},
     _back(percent=85), "Return: 85 % of the price, the customer pays the way", _OWN),
    ("Refund never came", {"problems": ["refund_not_received"]},
     [_do("refund", 100, days=3), _do("apology", days=2)], "The refund is paid at once, with its reference", _OWN),
    ("Refund of a wrong amount or currency", {"problems": ["refund_amount", "refund_currency"]},
     [_do("partial_refund", 10, days=3), _do("apology", days=2)], "The difference is paid", _OWN),
)  # fmt: skip


def default_remedies() -> list[Remedy]:
    """Return the defaults as rows that are not saved, numbered in their order."""
    return [
        Remedy(position=n, name=name, actions=[dict(each) for each in actions], clause=clause, source=source, **fits)
        for n, (name, fits, actions, clause, source) in enumerate(_LINES, 1)
    ]


def remedies() -> list[Remedy]:
    """Return the organization's lines in their order, or the defaults until it adopts its own."""
    return list(Remedy.objects.all()) or default_remedies()
