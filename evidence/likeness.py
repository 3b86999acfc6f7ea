"""Which pictures were sent before: equal bytes, or fingerprints that differ in a few bits, within the organization.

Two pictures are compared by their 128-bit difference hashes (`sandbox.copies.fingerprint`). An index finds those that
have one of eight 16-bit parts in common: every pair that differs in fewer than eight bits, and most of those up to
`NEAR`. A part without any structure (an even wall gives sixteen equal bits) is in too many pictures to look one up by.
Documents are found by equal bytes only: from afar all letters look alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q
from django.utils.translation import gettext as _

from tickets.workflow import Actor

from . import custody
from .models import Evidence
from .pipeline import PARTS, parts

# Bits of 128. Measured by `tests/evidence/test_likeness.py`: pictures like photos, saved at quality 60, halved, cut
# by 2 %, or made 10 % brighter or darker differ in at most 9, other ones in at least 28; two different things drawn
# in the same empty room in 11. What is flat, as a drawing, may differ by more after saving: noise decides there.
NEAR = 10
UNLIKE = {Evidence.Kind.DOCUMENT, Evidence.Kind.STATEMENT}
EMPTY_PARTS = {0x0000, 0xFFFF}
# Newest first; what is found in more places than these is no trace of anybody.
MOST_CANDIDATES = 2000


@dataclass(frozen=True)
class Match:
    """Where a like picture is: its row's id, the ticket's or order's number or the SKU, and how much it differs.

    `distance` is in bits, 0 for `exact` (equal bytes). `what` is ticket, inspection, shipment, return or product;
    `same_customer` says whether the ticket is of the same customer.
    """

    pk: int
    what: str
    number: str
    order: str
    distance: int
    exact: bool
    same_customer: bool
    sku: str = ""

    @property
    def text(self) -> str:
        """Where it was found, as a sentence."""
        exact, near = {
            "ticket": (_("The same file was used in %(where)s."), _("Almost the same picture was used in %(where)s.")),
            "return": (
                _("The same file shows what came back for %(where)s."),
                _("Almost the same picture shows what came back for %(where)s."),
            ),
            "inspection": (
                _("The same file is our inspection of order %(where)s."),
                _("Almost the same picture as our inspection of order %(where)s."),
            ),
            "shipment": (
                _("The same file is our packing of order %(where)s."),
                _("Almost the same picture as our packing of order %(where)s."),
            ),
            "product": (
                _("The same file as the catalogue picture of %(where)s: the shop's picture, not a photo of the item."),
                _("Almost the same as the catalogue picture of %(where)s: the shop's picture, perhaps saved again."),
            ),
        }[self.what]
        return (exact if self.exact else near) % {"where": self.number or self.order or self.sku}


def like(rows: Iterable[Evidence], customer: int | None = None, case: int | None = None) -> dict[int, list[Match]]:
    """Return, by id, where each picture was found elsewhere, the nearest first; one statement, inside the organization.

    Read from each row: id, kind, sha256, fingerprint, ticket_id and uploader_kind. Elsewhere is another ticket, or
    another side of the same one: our inspection, our packing, what came back, our catalogue. `customer` is whose
    complaint it is; `case` is the ticket that it is worked on as: what was merged into it is not elsewhere.
    """
    mine = [row for row in rows if row.sha256]
    found: dict[int, list[Match]] = {}
    for other in _candidates(mine) if mine else ():
        for row in mine:
            distance = _distance(row, other)
            if distance is not None and _elsewhere(row, other, case):
                found.setdefault(row.pk, []).append(_match(row, other, distance, customer))
    return {pk: sorted(matches, key=lambda match: (match.distance, -match.pk)) for pk, matches in found.items()}


def _candidates(rows: list[Evidence]) -> list[dict]:
    wanted = Q(sha256__in={row.sha256 for row in rows})
    own = [parts(row.fingerprint) for row in rows if row.fingerprint and row.kind not in UNLIKE]
    for position in range(PARTS):
        values = {each[position] for each in own} - {position << 16 | empty for empty in EMPTY_PARTS}
        if values:
            # A B-tree for each part: a test for arrays that overlap is not marked leak-proof, and no index of it is
            # read behind row-level security (PostgreSQL 18 manual, 5.9 and 39.5).
            wanted |= Q(**{f"fingerprint_parts__{position}__in": values}) & ~Q(fingerprint="")
    found = Evidence.objects.filter(custody.FILED, wanted, deleted_at=None).order_by("-pk")
    return list(found.values(
        "pk", "kind", "sha256", "fingerprint", "ticket_id", "inspection_id", "shipment_id", "returned_id",
        "uploader_kind", number=F("ticket__number"), into=F("ticket__merged_into_id"),
        customer=F("ticket__customer_id"),
        back_number=F("returned__ticket__number"), back_customer=F("returned__ticket__customer_id"),
        inspected=F("inspection__line__order__number"), shipped=F("shipment__order__number"), sku=F("product__sku"),
    )[:MOST_CANDIDATES])  # fmt: skip


def _distance(row: Evidence, other: dict) -> int | None:
    """Return in how many bits they differ; None where they are not alike."""
    if row.pk == other["pk"]:
        return None
    if row.sha256 == other["sha256"]:
        return 0
    if not (row.fingerprint and other["fingerprint"]) or {row.kind, other["kind"]} & UNLIKE:
        return None
    bits = (int(row.fingerprint, 16) ^ int(other["fingerprint"], 16)).bit_count()
    return bits if bits <= NEAR else None


def _elsewhere(row: Evidence, other: dict, case: int | None) -> bool:
    if case is not None and other["ticket_id"] != row.ticket_id and case in (other["ticket_id"], other["into"]):
        return False
    if other["ticket_id"] is None or other["ticket_id"] != row.ticket_id:
        # Two inspections of one line often look alike; a photo of ours matters only beside one that was sent to us.
        return row.ticket_id is not None or other["ticket_id"] is not None
    return (other["uploader_kind"] == Actor.CUSTOMER) != (row.uploader_kind == Actor.CUSTOMER)


def _match(row: Evidence, other: dict, distance: int, customer: int | None) -> Match:
    exact = row.sha256 == other["sha256"]
    if other["returned_id"]:
        what, number, whose = "return", other["back_number"] or "", other["back_customer"]
    elif other["ticket_id"]:
        what, number, whose = "ticket", other["number"] or "", other["customer"]
    else:
        ours = {"inspection": other["inspection_id"], "product": other["sku"]}
        what, number, whose = next((name for name, pk in ours.items() if pk), "shipment"), "", None
    order = other["inspected"] or other["shipped"] or ""
    return Match(
        other["pk"], what, number, order, distance, exact, whose is not None and whose == customer, other["sku"] or ""
    )
