"""The only writers of papers. `ask_for` is called inside `tenant()`; `make` outside it: it talks to store and typst.

Order of making: claim the row, read what goes in, set and keep the bytes, then one short transaction for the row. Each
attempt has a number; only the latest may finish, so a worker that was thought dead cannot overwrite another's paper.
"""

import datetime as dt
import logging
import secrets
import tempfile
import time
from pathlib import Path
from typing import Any

from celery import current_app
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.models import Membership, Organization
from aftersales.tenants.scope import current_organization, tenant
from evidence import custody, storage
from evidence.models import Custody, Evidence
from tickets.actions import By, Refused
from tickets.models import Claim, Return, Ticket

from . import build, photos, store
from .models import Paper
from .typst import NotMade

MAKE = "papers.tasks.make"
MAX_ATTEMPTS = 3
# Most papers are made within a minute or two, and a large pack gives a sign every second; without either a worker was
# lost.
LOST_AFTER = dt.timedelta(minutes=3)
SIGN_SECONDS = 1
# More than a person asks for; a loop does not fill the store.
MOST_PER_TICKET = 60
MOST_PACKS = 12
State, Kind = Paper.State, Paper.Kind

logger = logging.getLogger(__name__)


class Superseded(Exception):
    """Another worker has claimed the paper meanwhile."""


def ask_for(
    ticket: Ticket, *, by: By, kind: str, claim: Claim | None = None, returned: Return | None = None,
    language: str = "", **asked: Any,
) -> Paper:  # fmt: skip
    """Write a paper that a worker then makes. `asked`: what is left out (`names`, `internal`, `partners`), `archive`.

    The same paper that is being made already is returned instead of a second one. Raises Refused.
    """
    if kind not in Kind.values:
        raise Refused(_("There is no such paper."), "kind")
    if kind == Kind.CLAIM and (claim is None or claim.ticket_id != ticket.pk):
        raise Refused(_("Choose the claim that the pack is for."), "claim")
    if kind == Kind.RETURN_LABEL and (returned is None or returned.ticket_id != ticket.pk):
        raise Refused(_("Choose the return that the label is for."), "returned")
    if kind == Kind.CUSTOMS and not ticket.order.shipments.exists():
        raise Refused(_("There is no parcel on record, so there is nothing to declare. Record the parcel first."))
    if kind == Kind.EVIDENCE and not photos.everything(ticket).exists():
        raise Refused(_("There is no evidence on this ticket, so there is nothing to pack."))
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    if kind == Kind.EVIDENCE:
        asked.setdefault("names", False)
    wanted = {"language": language or _usual_language(ticket, kind, claim), **asked}
    papers = Paper.objects.filter(ticket=ticket)
    same = papers.filter(kind=kind, state=State.WAITING, claim=claim, returned=returned, asked=wanted).first()
    if same:
        return same
    packs = papers.filter(kind=Kind.EVIDENCE).count() if kind == Kind.EVIDENCE else 0
    if papers.count() >= MOST_PER_TICKET or packs >= MOST_PACKS:
        raise Refused(_("This ticket has very many papers already; use one of them."))
    paper = Paper(ticket=ticket, kind=kind, claim=claim, returned=returned, asked=wanted, asked_by=by.user)
    paper.save()
    transaction.on_commit(lambda: enqueue(paper), robust=True)
    return paper


def _usual_language(ticket: Ticket, kind: str, claim: Claim | None) -> str:
    """Return the language of who will read it; the letter of a customs pack has its country's own."""
    if kind == Kind.CLAIM:
        return (claim.partner.language if claim and claim.partner else "") or "en"
    return "en" if kind == Kind.CUSTOMS else ticket.language or "en"


def try_again(paper: Paper) -> Paper:
    """Ask anew for a paper that could not be made. Does nothing where somebody did already."""
    again = Paper.objects.filter(pk=paper.pk, state=State.FAILED).update(
        state=State.WAITING, attempts=0, failure="", asked_at=timezone.now(), touched_at=None, done=None, total=None
    )
    if again:
        transaction.on_commit(lambda: enqueue(paper), robust=True)
    return paper


def enqueue(paper: Paper, **options: Any) -> None:
    """Ask a worker. The broker may be away: the sweep asks again for what stays waiting."""
    current_app.send_task(MAKE, [paper.organization_id, paper.pk], retry=False, **options)


def make(organization: Organization, paper_id: int) -> None:
    """Make a paper. Does nothing where it is made, or another worker has claimed it since.

    Raises StorageDown; the sweep asks again. What cannot be made at all is marked so, with the reason.
    """
    if current_organization() is not None:
        raise RuntimeError("Papers are made outside tenant(): the store and the typesetter are slow.")
    claimed = _claim(organization, paper_id)
    if claimed is None:
        return
    paper, attempt = claimed
    if attempt > MAX_ATTEMPTS:
        _fail(organization, paper, attempt, _("The worker was lost each time. The photos may be too large."))
        return
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        try:
            sign = Signs(organization, paper, attempt)
            with tenant(organization):
                plan = build.prepare(paper)
            made = build.finish(plan, Path(folder), sign)
            key = f"{organization.pk}/papers/{secrets.token_hex(16)}"
            store.put_file(key, made.path, made.media_type, sign)
            if not _keep(organization, paper, attempt, made, key):
                storage.delete(key)
        except NotMade as problem:
            _fail(organization, paper, attempt, str(problem))
        except Superseded:
            logger.info("Paper %d of organization %d is made by another worker", paper.pk, organization.pk)
        except storage.StorageDown:
            # No fault of the paper: however long the store is away, this is no attempt.
            _finish(organization, paper, attempt, attempts=attempt - 1)
            raise
        except Exception:
            logger.exception("Paper %d of organization %d failed", paper.pk, organization.pk)
            _fail(organization, paper, attempt, _("Something went wrong on our side; it was written to the log."))


class Signs:
    """Tells the row that its worker lives and how far it is, at most once a second. Raises Superseded."""

    def __init__(self, organization: Organization, paper: Paper, attempt: int) -> None:
        self.organization, self.paper, self.attempt = organization, paper, attempt
        self.told: dict[str, int] = {}
        self.last = time.monotonic()

    def __call__(self, **told: int) -> None:
        """Tell it; `told` is `done` and `total`, where they are known."""
        self.told |= told
        if time.monotonic() - self.last >= SIGN_SECONDS:
            self.last = time.monotonic()
            if not _finish(self.organization, self.paper, self.attempt, touched_at=timezone.now(), **self.told):
                raise Superseded


def _claim(organization: Organization, paper_id: int) -> tuple[Paper, int] | None:
    """Take a waiting paper by compare-and-swap on its attempts; None where it does not wait or somebody was faster."""
    with tenant(organization):
        paper = Paper.objects.filter(pk=paper_id, state=State.WAITING).first()
        if paper is None:
            return None
        attempt = paper.attempts + 1
        mine = Paper.objects.filter(pk=paper.pk, state=State.WAITING, attempts=paper.attempts)
        won = mine.update(attempts=attempt, touched_at=timezone.now(), done=None, total=None)
        return (paper, attempt) if won else None


def _finish(organization: Organization, paper: Paper, attempt: int, **fields: Any) -> bool:
    with tenant(organization):
        mine = Paper.objects.filter(pk=paper.pk, state=State.WAITING, attempts=attempt)
        return mine.update(**fields) > 0


def _fail(organization: Organization, paper: Paper, attempt: int, reason: str) -> None:
    _finish(organization, paper, attempt, state=State.FAILED, failure=reason[:300])


def _keep(organization: Organization, paper: Paper, attempt: int, made: build.Made, key: str) -> bool:
    """Finish the row, and note each piece of a pack in its log; False where another worker has claimed the paper.

    Raises NotMade where a piece was deleted meanwhile: what is gone must not live on in a pack.
    """
    with made.path.open("rb") as file:
        sha256 = storage.digest(file)
    fields = {
        "state": State.READY, "ready_at": timezone.now(), "key": key, "name": made.name, "media_type": made.media_type,
        "size": made.path.stat().st_size, "sha256": sha256, "failure": "", "manifest_sha256": made.manifest_sha256,
        "pieces": made.pieces,
    }  # fmt: skip
    try:
        with tenant(organization):
            if not _finish(organization, paper, attempt, **fields):
                return False
            # Deleting locks the piece as noting does, so none can be deleted between this and the end.
            note_pieces(made.pieces, Custody.Verb.PACKED, by=_asker(paper), paper=paper.pk,
                        manifest=made.manifest_sha256, pack=sha256)  # fmt: skip
            if holds_deleted(made.pieces):
                raise NotMade(_("A file was deleted while it was being packed. Make the pack anew."))
    except NotMade:
        storage.purge(key)
        raise
    return True


def note_pieces(pieces: list[int], verb: Custody.Verb, *, by: By, **detail: Any) -> None:
    """Append an event to the log of each piece of a pack; inside the organization."""
    for each in Evidence.objects.filter(pk__in=pieces).order_by("pk"):
        custody.note(each, verb, by=by, **detail)


def _asker(paper: Paper) -> By:
    found = Membership.objects.filter(organization=paper.organization_id, user=paper.asked_by_id).first()
    return By.member(paper.asked_by, found) if found and paper.asked_by else By.system()


def lost(organization: Organization, *, limit: int = 50) -> list[Paper]:
    """Return the papers that wait and whose worker has given no sign for too long, the oldest first."""
    with tenant(organization):
        waiting = Paper.objects.filter(state=State.WAITING, asked_at__lt=timezone.now() - LOST_AFTER)
        waiting = waiting.annotate(sign=Coalesce("touched_at", "asked_at")).filter(sign__lt=timezone.now() - LOST_AFTER)
        return list(waiting.order_by("asked_at")[:limit])


def holds_deleted(pieces: list[int]) -> bool:
    """Whether a piece of a pack was deleted since, so that it is handed to nobody; inside the organization."""
    return Evidence.objects.filter(pk__in=pieces, deleted_at__isnull=False).exists()


def withdraw(organization: Organization, *, limit: int = 20) -> int:
    """Take back the packs that hold a piece which was deleted since, with all versions; return how many.

    Raises StorageDown; the next sweep goes on.
    """
    with tenant(organization):
        deleted = ArraySubquery(Evidence.objects.filter(deleted_at__isnull=False).values("pk"))
        packs = Paper.objects.filter(kind=Kind.EVIDENCE).exclude(key="")
        found = list(packs.filter(Q(state=State.FAILED) | Q(pieces__overlap=deleted)).order_by("pk")[:limit])
        reason = _("A file in it was deleted since. Make it anew.")
        Paper.objects.filter(pk__in=[each.pk for each in found], state=State.READY).update(
            state=State.FAILED, failure=reason
        )
    for each in found:
        storage.purge(each.key)
        with tenant(organization):
            Paper.objects.filter(pk=each.pk, key=each.key).update(key="", size=None, sha256="", manifest_sha256="")
    return len(found)
