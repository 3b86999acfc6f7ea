"""Whether a recommendation agrees with a case, and whether its basis names only what the record shows."""

import re
from collections.abc import Iterable
from typing import Any

from django.apps import apps

from aftersales.tenants.base import TenantModel

from .cases import Expected

HIGH, MEDIUM = 75, 50
# Shares may differ by so many points from an accepted answer.
NEAR = 20


def confidence_word(percent: int) -> str:
    """Return high (75 and more), medium (50 to 74) or low."""
    return "high" if percent >= HIGH else "medium" if percent >= MEDIUM else "low"


def agrees(expected: Expected, shares: dict[str, int], confidence: int, asks_for: Iterable[str]) -> bool:
    """Return whether the recommendation says what people would.

    Decidable: the largest share falls on the expected party, or on one of two equal ones, and every share is within 20
    points of an accepted answer. Undecidable: nobody is named, or somebody with low confidence, and at least one of the
    listed proofs is asked for.
    """
    asked = set(asks_for)
    if any(near(answer, shares) if answer else not shares and not asked for answer in expected.accepted):
        return True
    open_ = not shares or confidence < MEDIUM
    return open_ and bool(asked & set(expected.ask_for))


def near(answer: dict[str, int], shares: dict[str, int]) -> bool:
    """Return whether the shares name the same party first and differ nowhere by more than 20 points."""
    if not shares:
        return False
    apart = max(abs(answer.get(party, 0) - shares.get(party, 0)) for party in answer.keys() | shares.keys())
    return bool(leading(answer) & leading(shares)) and apart <= NEAR


def leading(shares: dict[str, int]) -> set[str]:
    """Return the party with the largest share, or those that share it."""
    return {party for party, percent in shares.items() if percent == max(shares.values())}


def untrue(basis: str, facts: Iterable[dict[str, Any]]) -> list[str]:
    """Return what is wrong with a basis: empty, unfilled, or resting on a fact that the record does not hold.

    A fact that supports must be known and come from a row that the case's organization holds.
    """
    found = [] if basis.strip() else ["no basis"]
    if re.search(r"%\(|\{\w*\}|\bNone\b", basis):
        found.append(f"unfilled words in the basis: {basis}")
    for fact in facts:
        if not fact.get("supports"):
            continue
        name = fact.get("name") or fact.get("text") or "fact"
        if "value" in fact and fact["value"] is None:
            found.append(f"{name}: not known")
        if not str(fact.get("text") or "").strip():
            found.append(f"{name}: no words")
        if not _is_there(str(fact.get("source") or "")):
            found.append(f"{name}: its source “{fact.get('source')}” is not in the record")
    return found


def _is_there(source: str) -> bool:
    """Whether a source such as "shipment:12" or "trackingevent:4" names a row of the entered organization."""
    kind, _, key = source.partition(":")
    plain = kind.replace("_", "").lower()
    found = [
        m for m in apps.get_models() if m._meta.model_name in (plain, ALSO.get(plain)) and issubclass(m, TenantModel)
    ]
    return bool(found and key.isdigit() and any(model.objects.filter(pk=key).exists() for model in found))


# Sources that are named by what people call them.
ALSO = {
    "line": "orderline", "tracking": "trackingevent", "scan": "trackingevent", "request": "partnerrequest",
    "purchase": "purchaseorder", "customs": "customsevent", "refund": "orderrefund", "proof": "evidencerequest",
}  # fmt: skip
