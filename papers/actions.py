"""The only writers of papers. `ask_for` is called inside `tenant()`; `make` outside it: it talks to store and typst.

Order of making: claim the row, read what goes in, set and keep the bytes, then one short transaction for the row. Each
attempt has a number; only the latest may finish, so a worker that was thought dead cannot overwrite another's paper.
"""

import datetime as dt
import hashlib
import logging
import secrets
from typing import Any

from celery import current_app
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.models import Organization
from aftersales.tenants.scope import current_organization, tenant
from evidence import storage
from tickets.actions import By, Refused
from tickets.models import Claim, Return, Ticket

from . import build
from .models import Paper
from .typst import NotMade

MAKE = "papers.tasks.make"
MAX_ATTEMPTS = 3
# A paper is made within a minute or two; a worker that takes longer was lost.
LOST_AFTER = dt.timedelta(minutes=3)
# More than a person asks for; a loop does not fill the store.
MOST_PER_TICKET = 60
State, Kind = Paper.State, Paper.Kind

logger = logging.getLogger(__name__)


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
    Ticket.objects.select_for_update(of=("self",)).get(pk=ticket.pk)
    wanted = {"language": language or _usual_language(ticket, kind, claim), **asked}
    papers = Paper.objects.filter(ticket=ticket)
    same = papers.filter(kind=kind, state=State.WAITING, claim=claim, returned=returned, asked=wanted).first()
    if same:
        return same
    if papers.count() >= MOST_PER_TICKET:
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
        state=State.WAITING, attempts=0, failure="", asked_at=timezone.now()
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
    try:
        with tenant(organization):
            plan = build.prepare(paper)
        made = build.finish(plan)
    except NotMade as problem:
        _fail(organization, paper, attempt, str(problem))
        return
    except storage.StorageDown:
        raise
    except Exception:
        logger.exception("Paper %d of organization %d failed", paper.pk, organization.pk)
        _fail(organization, paper, attempt, _("Something went wrong on our side; it was written to the log."))
        return
    key = _put(organization, made.content, made.media_type)
    fields = {
        "state": State.READY, "ready_at": timezone.now(), "key": key, "name": made.name, "media_type": made.media_type,
        "size": len(made.content), "sha256": hashlib.sha256(made.content).hexdigest(), "failure": "",
    }  # fmt: skip
    if not _finish(organization, paper, attempt, **fields):
        storage.delete(key)


def _claim(organization: Organization, paper_id: int) -> tuple[Paper, int] | None:
    """Take a waiting paper by compare-and-swap on its attempts; None where it does not wait or somebody was faster."""
    with tenant(organization):
        paper = Paper.objects.filter(pk=paper_id, state=State.WAITING).first()
        if paper is None:
            return None
        attempt = paper.attempts + 1
        won = Paper.objects.filter(pk=paper.pk, state=State.WAITING, attempts=paper.attempts).update(attempts=attempt)
        return (paper, attempt) if won else None


def _finish(organization: Organization, paper: Paper, attempt: int, **fields: Any) -> bool:
    with tenant(organization):
        mine = Paper.objects.filter(pk=paper.pk, state=State.WAITING, attempts=attempt)
        return mine.update(**fields) > 0


def _fail(organization: Organization, paper: Paper, attempt: int, reason: str) -> None:
    _finish(organization, paper, attempt, state=State.FAILED, failure=reason[:300])


def _put(organization: Organization, content: bytes, media_type: str) -> str:
    """Keep the bytes under a new key that holds no word of a person. Raises StorageDown."""
    name = f"{organization.pk}/papers/{secrets.token_hex(16)}"
    file = ContentFile(content, name)
    file.content_type = media_type  # type: ignore[attr-defined]
    with storage.reaching():
        return default_storage.save(name, file)


def lost(organization: Organization, *, limit: int = 50) -> list[Paper]:
    """Return the papers that wait for longer than their attempts explain, the oldest first."""
    with tenant(organization):
        waiting = Paper.objects.filter(state=State.WAITING, asked_at__lt=timezone.now() - LOST_AFTER)
        now = timezone.now()
        return [p for p in waiting.order_by("asked_at")[:limit] if p.asked_at + LOST_AFTER * max(p.attempts, 1) < now]
