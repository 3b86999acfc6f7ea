"""Judging the cases: each in an organization of its own, in a transaction that is rolled back."""

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import translation

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from tickets import responsibility
from tickets.models import Ticket

from . import before, complaint, order, parcel, verdict
from .cases import Case
from .reading import BadField, Log, Reader

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Result:
    """What was recommended for a case, whether it agrees, and what is wrong with its basis.

    `unread`: why the case itself could not be read; then nothing was recommended.
    """

    case: Case
    agrees: bool
    shares: dict[str, int]
    confidence: int
    rule: str
    basis: str
    facts: list[dict[str, Any]] = field(default_factory=list)
    asks_for: tuple[str, ...] = ()
    untrue: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unread: str = ""

    @property
    def word(self) -> str:
        """The confidence as a word."""
        return verdict.confidence_word(self.confidence)


def run(cases: Sequence[Case], told: Callable[[int], None] = lambda done: None) -> list[Result]:
    """Return the result of each case, in order. A case that cannot be read differs, and hides no other."""
    results = []
    for number, case in enumerate(cases, start=1):
        results.append(_result(case))
        told(number)
    return results


def _result(case: Case) -> Result:
    try:
        if case.mistake:
            return _unread(case, case.mistake)
        with built(case) as (ticket, log):
            return judge(case, ticket, log)
    except BadField as error:
        return _unread(case, str(error))


def _unread(case: Case, why: str) -> Result:
    return Result(case, False, {}, 0, "", "", unread=why)


@contextmanager
def built(case: Case) -> Iterator[tuple[Ticket, Log]]:
    """Write a case's order, trace and ticket into a new organization and enter it; nothing of it stays."""
    log = Log(case.id, remarks=list(case.remarks))
    with transaction.atomic(), translation.override("en"):
        try:
            organization = Organization.objects.create(slug=f"case-{uuid.uuid4().hex}", name="Labelled case")
            with tenant(organization):
                ticket = write(case, log)
                # As a request would read it: nothing cached from the writing.
                yield Ticket.objects.get(pk=ticket.pk), log
        finally:
            transaction.set_rollback(True)


def write(case: Case, log: Log) -> Ticket:
    """Write the case through the ordinary models into the entered organization; returns its ticket."""
    trace = Reader(case.trace, log)
    sold = order.write_order(trace, case.id[:64])
    shipment = parcel.write_parcel(trace, sold)
    ticket = complaint.write_ticket(trace, case.problem, sold, shipment)
    before.write_before(trace, sold, ticket)
    before.write_requests(trace, sold, ticket)
    log.remarks += [
        f"{log.case}: {path}: is not a field of the format; nothing was read from it" for path in log.unread()
    ]
    return ticket


def judge(case: Case, ticket: Ticket, log: Log) -> Result:
    """Ask for the recommendation and compare it."""
    try:
        with transaction.atomic():
            found = responsibility.recommend(ticket, now=ticket.filed_at)
    except Exception as error:  # one case that breaks the rules must not hide the others
        logger.exception("The recommendation of %s failed", case.id)
        return Result(case, False, {}, 0, "", "", untrue=[f"failed: {error!r}"], remarks=log.remarks)
    shares = {str(share[0]): share[1] for share in found.shares if share[1]}
    asked = tuple(map(str, found.asks_for))
    return Result(
        case, verdict.agrees(case.expected, shares, found.confidence, asked), shares, found.confidence, found.rule,
        found.basis, list(found.facts), asked, verdict.untrue(found.basis, found.facts), log.remarks,
    )  # fmt: skip
