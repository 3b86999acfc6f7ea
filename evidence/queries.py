"""What the page of the evidence store shows: how much there is, what waits and why, and whether it was checked."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from aftersales.tenants.models import Organization

from . import scanning
from .models import Evidence, Hold, Seal, Verification

SHOWN = 25
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Store:
    """The state of an organization's evidence; sizes in bytes."""

    count: int
    size: int
    quota: int
    spooled: int
    pending: int
    unscanned: int
    deleted: int
    holds: int
    scanner: bool
    failed: list[Evidence]
    failed_count: int
    verification: Verification | None
    seal: Seal | None

    @property
    def percent(self) -> float:
        """How full the room is."""
        return min(100.0, 100 * self.size / self.quota) if self.quota else 100.0


def store_of(organization: Organization) -> Store:
    """Return the state of the evidence store, in a fixed number of queries."""
    there = Q(purged_at=None)
    waits = Q(deleted_at=None)
    counted = Evidence.objects.aggregate(
        count=Count("pk", filter=there),
        size=Sum("size", filter=there),
        spooled=Count("pk", filter=waits & Q(stored_at=None) & ~Q(state=Evidence.State.FAILED)),
        pending=Count("pk", filter=waits & Q(state=Evidence.State.PENDING)),
        unscanned=Count("pk", filter=waits & Q(scan=Evidence.Scan.PENDING)),
        deleted=Count("pk", filter=Q(deleted_at__isnull=False)),
        failed=Count("pk", filter=waits & Q(state=Evidence.State.FAILED)),
    )
    failed = Evidence.objects.filter(deleted_at=None, state=Evidence.State.FAILED).select_related("ticket")
    return Store(
        count=counted["count"], size=counted["size"] or 0, quota=organization.evidence_quota_gb * GIGABYTE,
        spooled=counted["spooled"], pending=counted["pending"], unscanned=counted["unscanned"],
        deleted=counted["deleted"], holds=Hold.objects.filter(released_at=None).count(),
        scanner=scanning.configured(), failed=list(failed.order_by("-pk")[:SHOWN]), failed_count=counted["failed"],
        verification=Verification.objects.order_by("-begun_at").first(), seal=Seal.objects.order_by("-number").first(),
    )  # fmt: skip
