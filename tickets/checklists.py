"""Evidence that is enough: for each problem what decides it, for each likely claim what the other side's list wants.

Pure: everything is counted from rows that somebody else loaded. Sources: `docs/evidence-checklists.md`.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import claim_windows
from .models import ClaimWindow
from .problems import GROUP_OF, Group, Party, Place, Problem
from .proofs import ASKED_OF, PLACE_OF, Proof

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Event = ClaimWindow.Event
P, Q = Problem, Proof
CHECKED_ON = claim_windows.CHECKED_ON
FILMS = frozenset({"video", "unboxing_video"})
# What carriers take as a shortage, claimed like damage; and what is theirs without any.
SHORT = {P.WRONG_QUANTITY, P.MISSING_ITEM, P.MISSING_PART}
CARRIED = claim_windows.DELAYS | claim_windows.LOSSES


# ── one thing on a list ────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Entry:
    """One thing on a list, and what of the record answers for it.

    Files at one of `places` or of one of `kinds` are counted against `count`; without any, one of `record` (proofs
    and facts that stand on record) is enough. `proof` is what can be asked for; None: we enter it ourselves.
    """

    code: str
    label: "StrOrPromise"
    proof: Proof | None = None
    count: int = 1
    places: frozenset[Place] = frozenset()
    kinds: frozenset[str] = frozenset()
    record: frozenset[str] = frozenset()
    why: "StrOrPromise" = ""

    def have(self, have: "Have") -> int:
        """Return how many of it are there, never more than are needed."""
        files = sum(have.places[place] for place in self.places) + sum(have.kinds[kind] for kind in self.kinds)
        told = (self.record | {self.proof}) & have.record
        return min(self.count, files) if files else self.count if told else 0

    @property
    def of_customer(self) -> bool:
        """Whether the customer is the one who can bring it."""
        return self.proof is not None and ASKED_OF[self.proof] == Party.CUSTOMER


@dataclass(frozen=True)
class Have:
    """What there is: files by place and by kind, and the proofs and facts that stand on record."""

    places: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    record: frozenset[str] = frozenset()


def have(evidence: Iterable[Mapping[str, Any]], record: Iterable[str] = ()) -> Have:
    """Count rows of evidence (`place`, `kind`, `state`, `deleted_at`); what failed or was deleted proves nothing."""
    rows = [row for row in evidence if row["state"] != "failed" and not row.get("deleted_at")]
    return Have(Counter(row["place"] for row in rows), Counter(row["kind"] for row in rows), frozenset(record))


# ── what decides a problem ─────────────────────────────────────────────────────────────────────────────────────────
# Two photos of the box, three sides in each: a UPS claim guide.
COUNT = {Q.OUTER_BOX_PHOTO: 2}
WHY: dict[Proof, "StrOrPromise"] = {
    Q.ITEM_PHOTO: gettext_lazy("Shows what arrived, to be held against the inspection and the order."),
    Q.CLOSE_UP_PHOTO: gettext_lazy("Shows the fault itself: how it broke, or what is wrong."),
    Q.OUTER_BOX_PHOTO: gettext_lazy("A crushed box points to the carrier, a sound one to the packing."),
    Q.INNER_PACKING_PHOTO: gettext_lazy("Shows whether it was packed well enough for the way."),
    Q.LABEL_PHOTO: gettext_lazy("Ties the photos to this parcel and shows its weight."),
    Q.SERIAL_PHOTO: gettext_lazy("Ties the photos to the piece that was sold."),
    Q.BATCH_PHOTO: gettext_lazy("Shows the date or the batch that the maker answers for."),
    Q.FAULT_VIDEO: gettext_lazy("A fault that comes and goes cannot be seen on a photo."),
    Q.STATEMENT_OF_USE: gettext_lazy("Tells a fault of the item from one of its use."),
    Q.NON_RECEIPT: gettext_lazy("Carriers open no inquiry against a scan of delivery without it."),
    Q.CUSTOMS_LETTER: gettext_lazy("Without it the parcel counts as still on its way."),
    Q.BANK_STATEMENT: gettext_lazy("Shows what came to the account, and when."),
}
_BROKEN = ((Q.ITEM_PHOTO, Q.CLOSE_UP_PHOTO, Q.OUTER_BOX_PHOTO), (Q.INNER_PACKING_PHOTO, Q.LABEL_PHOTO))
_SHORT = ((Q.ITEM_PHOTO, Q.INNER_PACKING_PHOTO), (Q.LABEL_PHOTO, Q.OUTER_BOX_PHOTO))
_HELD = ((Q.CUSTOMS_LETTER,), ())
_PAID = ((Q.BANK_STATEMENT,), ())
# Needed, and useful beside it, in the order in which the customer is shown them; a problem that is not here needs none.
ASKS: dict[Problem, tuple[tuple[Proof, ...], tuple[Proof, ...]]] = {
    P.DEFECTIVE: ((Q.ITEM_PHOTO, Q.CLOSE_UP_PHOTO), (Q.LABEL_PHOTO, Q.FAULT_VIDEO)),
    P.FAILS: ((Q.ITEM_PHOTO, Q.CLOSE_UP_PHOTO), (Q.SERIAL_PHOTO, Q.FAULT_VIDEO, Q.STATEMENT_OF_USE)),
    P.COUNTERFEIT: ((Q.ITEM_PHOTO, Q.CLOSE_UP_PHOTO), (Q.LABEL_PHOTO, Q.SERIAL_PHOTO)),
    P.EXPIRED: ((Q.ITEM_PHOTO, Q.BATCH_PHOTO), (Q.LABEL_PHOTO,)),
    P.WRONG_ITEM: ((Q.ITEM_PHOTO, Q.LABEL_PHOTO), (Q.OUTER_BOX_PHOTO,)),
    P.WRONG_SIZE: ((Q.ITEM_PHOTO, Q.CLOSE_UP_PHOTO), (Q.LABEL_PHOTO,)),
    P.WRONG_QUANTITY: _SHORT,
    P.MISSING_ITEM: _SHORT,
    P.MISSING_PART: _SHORT,
    P.BOX_DAMAGED: ((Q.OUTER_BOX_PHOTO, Q.ITEM_PHOTO), (Q.CLOSE_UP_PHOTO, Q.INNER_PACKING_PHOTO, Q.LABEL_PHOTO)),
    P.BROKEN_INSIDE: _BROKEN,
    P.WATER: _BROKEN,
    P.CRUSHED: _BROKEN,
    P.LOST: ((), (Q.NON_RECEIPT,)),
    P.NOT_RECEIVED: ((Q.NON_RECEIPT,), ()),
    P.HELD_DOCUMENTS: _HELD,
    P.HELD_PROHIBITED: _HELD,
    P.UNEXPECTED_DUTY: _HELD,
    P.SEIZED: _HELD,
    P.VALUATION: _HELD,
    P.REFUND_NOT_RECEIVED: _PAID,
    P.REFUND_AMOUNT: _PAID,
    P.REFUND_CURRENCY: _PAID,
    P.OTHER: ((), (Q.ITEM_PHOTO,)),
}


def _of_proof(proof: Proof) -> Entry:
    place = PLACE_OF.get(proof)
    return Entry(
        proof, proof.label, proof, COUNT.get(proof, 1), frozenset({place} if place else ()),
        FILMS if proof == Q.FAULT_VIDEO else frozenset(), why=WHY.get(proof, ""),
    )  # fmt: skip


def asks(problem: str) -> tuple[tuple[Proof, ...], tuple[Proof, ...]]:
    """Return what a problem needs to be decided, and what helps beside it; nothing for what is no problem."""
    return ASKS.get(Problem(problem), ((), ())) if problem in Problem.values else ((), ())


def places_of(problem: str) -> tuple[str, ...]:
    """Return the named places whose photos help with a problem, those that decide it first; () where none helps."""
    needed, useful = asks(problem)
    return tuple(PLACE_OF[proof].value for proof in (*needed, *useful) if proof in PLACE_OF)


# ── what a claim's other side wants to see ─────────────────────────────────────────────────────────────────────────
def _photo(code: str, label: "StrOrPromise", proof: Proof, *places: Place, count: int = 1, record: str = "") -> Entry:
    return Entry(code, label, proof, count, frozenset(places), record=frozenset({record} if record else ()))


DAMAGE: tuple[Entry, ...] = (
    _photo("item", gettext_lazy("Photo of the damaged item"), Q.ITEM_PHOTO, Place.WHOLE, Place.CLOSE_UP),
    _photo(
        "in_box",
        gettext_lazy("Photo of the item in its box with the cushioning"),
        Q.INNER_PACKING_PHOTO,
        Place.PADDING,
    ),
    _photo(
        "inner",
        gettext_lazy("Photo of the inner packaging"),
        Q.INNER_PACKING_PHOTO,
        Place.PADDING,
        record=Q.PACKING_PHOTO,
    ),
    _photo("label", gettext_lazy("Close-up of the label with the tracking number"), Q.LABEL_PHOTO, Place.LABEL),
    _photo(
        "six_sides",
        gettext_lazy("Photos that show all six sides of the box"),
        Q.OUTER_BOX_PHOTO,
        Place.BOX,
        count=2,
    ),
    Entry("dimensions", gettext_lazy("Dimensions of the box"), record=frozenset({"dimensions"})),
)
CERTIFICATE = _photo(
    "certificate", gettext_lazy("Box maker's certificate on the flap"), Q.BOX_MARK_PHOTO, Place.BOX_MARK
)
TRACKING_NUMBER = Entry("tracking_number", gettext_lazy("Tracking number"), record=frozenset({"tracking_number"}))
VALUE = Entry("value", gettext_lazy("Proof of value: the paid order"), record=frozenset({"paid_order"}))
ALWAYS: tuple[Entry, ...] = (
    TRACKING_NUMBER,
    Entry("tracking_log", gettext_lazy("Tracking log"), Q.CARRIER_TRACE, record=frozenset({"tracking_log"})),
    VALUE,
    Entry(
        "condition",
        gettext_lazy("Proof of the condition at dispatch: inspection or packing photos"),
        Q.INSPECTION_PHOTO,
        record=frozenset({Q.PACKING_PHOTO}),
    ),
    Entry("weight", gettext_lazy("Weight at dispatch"), Q.DISPATCH_WEIGHT),
)
LOSS: tuple[Entry, ...] = (
    Entry("trace", gettext_lazy("Carrier's trace, finished"), Q.CARRIER_TRACE, record=frozenset({"finished_trace"})),
    Entry("non_receipt", gettext_lazy("Signed declaration that nothing arrived"), Q.NON_RECEIPT),
)
LETTER = Entry(
    "letter", gettext_lazy("Letter of customs"), Q.CUSTOMS_LETTER, places=frozenset({Place.LETTER}),
    record=frozenset({Q.CUSTOMS_LETTER}),
)  # fmt: skip
MEDIA = Entry(
    "media", gettext_lazy("Photos or a video of what arrived"), Q.ITEM_PHOTO,
    places=frozenset(place for place in Place if place not in (Place.LETTER, Place.OTHER)), kinds=FILMS,
)  # fmt: skip
UPS = "UPS claim guide; ups.com faq-cla06"
_AFTER_UPS = (
    "UPS claim guide, as no list of this carrier's own is on record; packaging kept: FedEx, DHL, UPS conditions"
)
_DHL = "mydhl.express.dhl/us, claims FAQ: a loss only after a finished trace"
_LOSS = "DHL's rule for a loss, as no list of this carrier's own is on record"
_DELAY = "Papers that carriers ask for with any claim"
_ALIEXPRESS = "AliExpress buyer protection pages (dated): photos or videos where goods were received"
_CUSTOMS = "Agents' public rules (3cplan.com; ship.yoybuy.com; pacmanstream help 82)"


@dataclass(frozen=True)
class ClaimList:
    """What the other side of a claim wants to see, and who says so on which day."""

    code: str
    name: str
    entries: tuple[Entry, ...]
    source: str
    checked_on: dt.date = CHECKED_ON


def carrier_list(event: str, regime: str, name: str = "") -> ClaimList:
    """Return what a carrier of this regime (`claim_windows.regime_of`) wants for damage, delay or loss."""
    who = {"carrier": name or _("Carrier")}
    if event == Event.DAMAGE:
        of_ups = regime.startswith("UPS")
        papers = (*DAMAGE, CERTIFICATE, *ALWAYS) if of_ups else (*DAMAGE, *ALWAYS)
        return ClaimList("damage", _("%(carrier)s: damage claim") % who, papers, UPS if of_ups else _AFTER_UPS)
    if event == Event.LOSS:
        source = _DHL if regime.startswith("DHL") else _LOSS
        return ClaimList("loss", _("%(carrier)s: loss claim") % who, (*LOSS, *ALWAYS), source)
    return ClaimList("delay", _("%(carrier)s: delay claim") % who, ALWAYS, _DELAY)


def likely(problem: str, *, carrier: str = "", regime: str = "", marketplace: bool = False) -> list[ClaimList]:
    """Return the claims that a problem likely leads to: the carrier's, customs', the marketplace's own."""
    found = []
    group = GROUP_OF.get(problem)
    if carrier and (group == Group.DAMAGE or problem in SHORT or problem in CARRIED):
        found.append(carrier_list(claim_windows.event_of(problem), regime, carrier))
    if group == Group.CUSTOMS:
        found.append(ClaimList("customs", _("Customs: release or refund"), (LETTER, TRACKING_NUMBER, VALUE), _CUSTOMS))
    if marketplace:
        arrived = group in (Group.QUALITY, Group.WRONG, Group.DAMAGE)
        papers = (MEDIA, VALUE) if arrived else (TRACKING_NUMBER, VALUE)
        found.append(ClaimList("marketplace", _("Marketplace: dispute"), papers, _ALIEXPRESS))
    return found


# ── how far it is ──────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True)
class Line:
    """One thing of a problem's list: how many there are of how many, and when it was asked for and has not come."""

    entry: Entry
    needed: bool
    have: int
    asked_at: dt.datetime | None = None

    @property
    def is_there(self) -> bool:
        """Whether enough of it is there."""
        return self.have >= self.entry.count


@dataclass(frozen=True)
class Enough:
    """Whether what is there is enough for one claim, and what it still lacks."""

    claim: ClaimList
    missing: tuple[Entry, ...]

    @property
    def is_enough(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class Checklist:
    """What a problem needs, what of it is there, and what it is enough for."""

    lines: tuple[Line, ...]
    enough_for: tuple[Enough, ...]
    asked: Mapping[str, dt.datetime] = field(default_factory=dict)

    @property
    def decides(self) -> bool:
        """Whether everything that decides the problem is there."""
        return all(line.is_there for line in self.lines if line.needed)

    @property
    def missing(self) -> list[Line]:
        """What decides the problem and is not there."""
        return [line for line in self.lines if line.needed and not line.is_there]

    @property
    def wanted(self) -> list[Proof]:
        """What the customer can bring of what decides the problem or its likely claims lack, each once."""
        lacking = [*(line.entry for line in self.missing), *(e for each in self.enough_for for e in each.missing)]
        return list(dict.fromkeys(entry.proof for entry in lacking if entry.proof and entry.of_customer))

    @property
    def to_ask(self) -> list[Proof]:
        """The same without what was asked for and has not come."""
        return [proof for proof in self.wanted if proof not in self.asked]

    @property
    def waiting(self) -> list[tuple[Proof, dt.datetime]]:
        """What only a claim lacks, was asked of the customer and has not come, with the time."""
        listed = {line.entry.proof for line in self.lines}
        return [(proof, self.asked[proof]) for proof in self.wanted if proof in self.asked and proof not in listed]


def _line(proof: Proof, needed: bool, have: Have, asked: Mapping[str, dt.datetime]) -> Line:
    entry = _of_proof(proof)
    return Line(entry, needed, entry.have(have), asked.get(proof))


def status(
    problem: str, have: Have, claims: Iterable[ClaimList] = (), asked: Mapping[str, dt.datetime] | None = None
) -> Checklist:
    """Return how far the evidence for a problem is. `asked` is what was asked for and has not come, by proof."""
    asked = asked or {}
    needed, useful = asks(problem)
    lines = [_line(proof, proof in needed, have, asked) for proof in (*needed, *useful)]
    enough = [Enough(each, tuple(e for e in each.entries if e.have(have) < e.count)) for each in claims]
    return Checklist(tuple(lines), tuple(enough), asked)
