"""The decision card: what is recommended and why, what speaks against it, what would decide it, what was asked."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, OuterRef
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Assessment, AssessmentShare, EvidenceRequest, Finding, Ticket
from ..problems import Party
from ..proofs import ASKED_OF, PLACE_OF, Proof
from .rows import Row, as_rows, with_moments

# Source: the labelled cases' words for confidence (docs/responsibility.md).
HIGH, MEDIUM = 75, 50
WORDS = {"high": gettext_lazy("high"), "medium": gettext_lazy("medium"), "low": gettext_lazy("low")}
# Where we enter what only we can bring: the sheet of the facts page.
ENTERED_AT: dict[Proof, str] = {
    Proof.INSPECTION_PHOTO: "inspection",
    Proof.PACKING_PHOTO: "packing",
    Proof.DISPATCH_WEIGHT: "weights",
    Proof.PACKING_LIST: "packing",
    Proof.STOCK_CHECK: "packing",
    Proof.CARRIER_WEIGHT: "weights",
    Proof.CARRIER_TRACE: "carrier_trace",
    Proof.DELIVERY_PROOF: "delivery",
    Proof.HANDOVER_RECEIPT: "handover",
    Proof.CUSTOMS_LETTER: "customs",
    Proof.AUTHENTICITY_REPORT: "purchase",
    Proof.PROOF_OF_ORIGIN: "purchase",
    Proof.INSTRUCTION_RECORD: "instruction",
    Proof.CHAT_RECORD: "contact",
    Proof.PAYMENT_REFERENCE: "refund",
    Proof.BANK_TRACE: "refund",
}
FINDINGS: tuple[tuple[str, Any, tuple[tuple[str, Any], ...]], ...] = (
    (
        Finding.About.INSPECTION,
        gettext_lazy("Inspection photo: the fault"),
        (
            ("yes", gettext_lazy("can be seen")),
            ("no", gettext_lazy("is not there")),
            ("open", gettext_lazy("cannot be told")),
        ),
    ),
    (
        Finding.About.PACKING,
        gettext_lazy("Packing photo: the fault"),
        (
            ("yes", gettext_lazy("can be seen")),
            ("no", gettext_lazy("is not there")),
            ("open", gettext_lazy("cannot be told")),
        ),
    ),
    (
        Finding.About.SPECIFICATION,
        gettext_lazy("What arrived is what was locked"),
        (("yes", gettext_lazy("yes")), ("no", gettext_lazy("no")), ("open", gettext_lazy("disputed"))),
    ),
)
VALUES: dict[str, bool | None] = {"yes": True, "no": False, "open": None}


# ── columns of the ticket's own statement ──────────────────────────────────────────────────────────────────────────
def columns() -> dict[str, Any]:
    """Return what the card reads, as columns of the ticket's statement."""
    return {
        "assessment_rows": _assessments(),
        "proof_rows": as_rows(
            EvidenceRequest.objects.filter(ticket=OuterRef("pk")).order_by("pk"),
            "party", "proof", "asked_at", "read_at", "answered_at", id="pk", partner="partner_id", name="partner__name",
        ),
        "finding_rows": as_rows(
            Finding.objects.filter(ticket=OuterRef("pk")), "about", "value", "note", "at", id="pk", by_name="by__name"
        ),
        "inspection_photo_rows": _photos(
            # A ticket about the whole order looks at each item's.
            inspection__line__order=OuterRef("order"),
            inspection__line=Coalesce(OuterRef("line"), F("inspection__line")),
        ),
        "packing_photo_rows": _photos(shipment__order=OuterRef("order")),
    }  # fmt: skip


def _photos(**where: Any):
    # The evidence app stands left of this one and is reached through the reverse accessor only.
    photos = Ticket.evidence.rel.related_model.objects.filter(**where)  # type: ignore[attr-defined]
    return as_rows(photos.order_by("uploaded_at", "pk"), "state", "deleted_at", id="pk", inspection="inspection_id")


def _assessments():
    shares = AssessmentShare.objects.filter(assessment=OuterRef("pk")).order_by("-percent", "pk")
    standing = Assessment.objects.filter(ticket=OuterRef("pk"), superseded_at=None).order_by("-pk")
    return as_rows(
        standing,
        "kind", "rule", "basis", "source", "runner_up", "changes", "facts", "confidence", "asks_for", "override",
        "created_at", id="pk", version="rule_set__version", by="created_by__name",
        shares=as_rows(shares, "party", "percent", partner="partner_id", name="partner__name"),
    )  # fmt: skip


# ── what is recommended, and what was confirmed ────────────────────────────────────────────────────────────────────
def recommendation(ticket: Ticket) -> Row | None:
    """Return the standing recommended assessment of a loaded ticket, in words."""
    return _first_of(ticket, Assessment.Kind.RECOMMENDED)


def confirmed(ticket: Ticket) -> Row | None:
    """Return the standing confirmed assessment of a loaded ticket, in words."""
    return _first_of(ticket, Assessment.Kind.CONFIRMED)


def _first_of(ticket: Ticket, kind: str) -> Row | None:
    found = next((row for row in ticket.assessment_rows if row["kind"] == kind), None)  # type: ignore[attr-defined]
    if found is None:
        return None
    labels = dict(Party.choices)
    facts = [fact | {"anchor": anchor_of(fact.get("source", ""))} for fact in found["facts"]]
    return found | {
        "shares": [share | {"label": labels.get(share["party"], share["party"])} for share in found["shares"]],
        "level": level(found["confidence"]),
        "level_words": WORDS[level(found["confidence"])],
        "decisive": [fact for fact in facts if fact.get("supports") is not None],
        "neutral": [fact for fact in facts if fact.get("supports") is None],
        "otherwise": _otherwise(found["runner_up"]),
        "before": _before(found["changes"], {share["party"]: share["percent"] for share in found["shares"]}),
        "override_label": dict(Assessment.Override.choices).get(found["override"]),
    }


def level(confidence: int) -> str:
    """Return "high", "medium" or "low" for a confidence in per cent."""
    return "high" if confidence >= HIGH else "medium" if confidence >= MEDIUM else "low"


def in_words(shares: dict[str, int]) -> str:
    """Return shares as people read them: "Carrier 60%, Warehouse 40%"."""
    labels = dict(Party.choices)
    return ", ".join(
        _("%(party)s %(percent)d%%") % {"party": labels.get(party, party), "percent": percent}
        for party, percent in shares.items()
    )


def _otherwise(found: Row) -> Row | None:
    """The rule that would have fitted next, where it says otherwise."""
    if not found or not found.get("shares"):
        return None
    return {"shares": in_words(found["shares"]), "rule": found.get("rule", ""), "basis": found.get("basis", "")}


def _before(found: Row, shares: dict[str, int]) -> Row | None:
    """What is new against the recommendation before: the facts, and what it said where that was something else."""
    if not found or not (found.get("facts") or found.get("was")):
        return None
    was = found.get("was") or {}
    return {"was": in_words(was) if was != shares else "", "new": found.get("facts") or []}


def anchor_of(source: str) -> str:
    """Return the place on the facts page that shows a fact's source ("shipment:12" → "shipment-12")."""
    kind, _colon, pk = source.partition(":")
    return f"{kind}-{pk}" if kind.isidentifier() and pk.isdigit() else ""


# ── what would decide it, and what was asked ───────────────────────────────────────────────────────────────────────
@dataclass
class Wanted:
    """One thing that would decide the case: who brings it, and how far that is.

    `who` is "customer", "partner" or "us"; `sheet` is where we enter it ourselves; `asked` are the times it was asked.
    """

    proof: str
    label: str
    who: str
    name: str
    sheet: str = ""
    wanted: bool = True
    asked: list[dt.datetime] = field(default_factory=list)
    row: int | None = None
    read_at: dt.datetime | None = None
    answered_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was asked and has not come."""
        return bool(self.asked) and self.answered_at is None


def proofs(ticket: Ticket, recommended: Row | None, emails: dict[str, str]) -> list[Wanted]:
    """Return what the recommendation asks for and what was asked before, of a loaded ticket.

    `emails` are the partners that can be written to, by party: name where there is an address.
    """
    there = {photo["place"] for photo in ticket.photo_rows}  # type: ignore[attr-defined]
    asks = [Proof(code) for code in (recommended or {}).get("asks_for", []) if code in Proof.values]
    found = {proof: wanted(proof, emails) for proof in asks if PLACE_OF.get(proof) not in there}
    for row in with_moments(ticket.proof_rows, "asked_at", "read_at", "answered_at"):  # type: ignore[attr-defined]
        each = found.setdefault(Proof(row["proof"]), wanted(Proof(row["proof"]), emails, wanted_now=False))
        each.asked.append(row["asked_at"])
        each.row, each.read_at, each.answered_at = row["id"], row["read_at"], row["answered_at"]
        each.who = "customer" if row["party"] == Party.CUSTOMER else "partner"
        each.name = row["name"] or each.name
    return list(found.values())


def wanted(proof: Proof, emails: dict[str, str], *, wanted_now: bool = True) -> Wanted:
    """Return whom one click asks for a proof, or where we enter it."""
    party = ASKED_OF[proof]
    if party == Party.CUSTOMER:
        return Wanted(proof, str(proof.label), "customer", str(party.label), wanted=wanted_now)
    name = emails.get(party, "")
    sheet = ENTERED_AT.get(proof, "")
    return Wanted(proof, str(proof.label), "partner" if name else "us", name, sheet, wanted=wanted_now)


# ── findings ───────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Look:
    """One question about a picture, its answers, and which was given by whom."""

    about: str
    label: str
    answers: list[tuple[str, str, bool]]
    photos: list[Row]
    note: str = ""
    by: str = ""
    at: dt.datetime | None = None
    pk: int | None = None


def looks(ticket: Ticket) -> list[Look]:
    """Return the questions that a loaded ticket's pictures raise; without a picture there is nothing to look at."""
    photos: dict[str, Iterable[Row]] = {
        Finding.About.INSPECTION: ticket.inspection_photo_rows,  # type: ignore[attr-defined]
        Finding.About.PACKING: ticket.packing_photo_rows,  # type: ignore[attr-defined]
    }
    return questions(ticket.finding_rows, photos)  # type: ignore[attr-defined]


def questions(findings: Iterable[Row], photos: dict[str, Iterable[Row]]) -> list[Look]:
    """Return the questions with the answers given; about the specification it can always be said."""
    given = {row["about"]: row for row in with_moments(findings, "at")}
    found = []
    for about, label, answers in FINDINGS:
        row, seen = given.get(about), list(photos.get(about, ()))
        if about != Finding.About.SPECIFICATION and not seen and row is None:
            continue
        chosen = next((name for name, value in VALUES.items() if row and value is row["value"]), "")
        choices = [(name, str(words), name == chosen) for name, words in answers]
        more = {"note": row["note"], "by": row["by_name"] or "", "at": row["at"], "pk": row["id"]} if row else {}
        found.append(Look(about, str(label), choices, seen, **more))
    return found
