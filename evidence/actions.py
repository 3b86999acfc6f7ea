"""The only writers of evidence on the web's side. They read files and write the spool: call them outside `tenant()`.

Order: hash, decode, put the bytes on the disk (flushed), then one short transaction for the row. Whatever ends in
between leaves bytes without a row, never a row without bytes; a worker (`pipeline`) does everything else.
"""

import datetime as dt
import logging
import time
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from celery import current_app
from django.core.cache import cache
from django.db import models, transaction
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from aftersales.orders.models import Inspection, Product, Shipment
from aftersales.tenants.models import Organization
from aftersales.tenants.scope import current_organization, tenant
from tickets import actions as tickets
from tickets.actions import By, Refused
from tickets.models import FilingDraft, Message, PartnerRequest, Return, Ticket
from tickets.problems import Place
from tickets.workflow import Actor

from . import custody, media, names, spool, storage
from .models import Custody, Evidence

# A complaint needs five; the rest is room. After filing each side may add so many more.
FILES_PER_FILING = 12
FILES_PER_TICKET = 36
FILES_PER_INSPECTION = 12
FILES_PER_PRODUCT = 12
# Videos and all of one ticket, draft, inspection, parcel, return or product.
BYTES_PER_OWNER = 2 * 1024**3
PROCESS = "evidence.tasks.process"
USAGE_SECONDS = 60
USAGE_KEPT_SECONDS = 24 * 3600
VERIFY = "evidence.tasks.verify_all"
VERIFY_EVERY_SECONDS = 300

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Owner:
    """What a file belongs to; rows of one organization, read before in another transaction."""

    draft: FilingDraft | None = None
    ticket: Ticket | None = None
    inspection: Inspection | None = None
    shipment: Shipment | None = None
    returned: Return | None = None
    product: Product | None = None
    request: PartnerRequest | None = None
    message: Message | None = None

    @classmethod
    def of(cls, **named: Any) -> "Owner":
        """Return the owner; a partner's question belongs to its ticket. Raises ValueError where there is none."""
        owner = cls(**named)
        if owner.request is not None and owner.ticket is None:
            owner = cls(**{**named, "ticket": owner.request.ticket})
        return owner

    @property
    def main(self) -> FilingDraft | Ticket | Inspection | Shipment | Return | Product:
        """The row that is locked, and beside whose files a new one stands."""
        found = next((row for row in self.rows.values() if row is not None), None)
        if found is None:
            raise ValueError("A file belongs to a draft, a ticket, an inspection, a shipment, a return or a product.")
        return found

    @property
    def rows(self) -> dict[str, Any]:
        """What it may belong to, by the names of the fields."""
        names = ("draft", "ticket", "inspection", "shipment", "returned", "product")
        return {name: getattr(self, name) for name in names}

    @property
    def beside(self) -> models.QuerySet[Evidence]:
        """The files of the same owner that were not deleted."""
        name = next(name for name, row in self.rows.items() if row is not None)
        return Evidence.objects.filter(**{name: self.main.pk}, deleted_at=None)


def add_evidence(
    *,
    organization: Organization,
    file: Any,
    by: By,
    place: str,
    taken_at: dt.datetime | None = None,
    reduced: bool = False,
    use_place: bool = False,
    **owner: Any,
) -> Evidence:
    """Return the kept file; the existing one where the same bytes came before from the same side.

    `taken_at` is the device's claim, `reduced` its word that it made the file smaller, `use_place` the sender's leave
    to keep where it was taken. `owner` is one of draft, ticket, inspection, shipment, returned, product, or a request
    or message of a ticket. Raises media.NotAccepted (with words for people), Refused (no room, or closed), StorageDown.
    """
    outside()
    target = Owner.of(**owner)
    sha256 = storage.digest(file)
    with tenant(organization):
        known = before(target, by, sha256)
    if known:
        return known
    facts = media.inspect(file)
    require_quota(organization, facts.size)
    with media.on_disk(file) as path, path.open("rb") as handle:
        kept, size = spool.keep(organization.pk, handle)
    if (kept, size) != (sha256, facts.size):
        raise storage.StorageDown("The file changed while it was read.")
    row = Evidence(
        place=place, name=names.clean(file.name), kind=facts.kind, media_type=facts.media_type, size=size,
        sha256=sha256, width=facts.width, height=facts.height, duration=facts.duration, pages=facts.pages,
        original_key=storage.original_key(organization.pk, sha256), reduced=reduced,
        uploader_kind=by.kind, uploaded_by=by.user, partner=by.partner, api_key=by.key, command=by.command,
        **claims(facts, taken_at, use_place),
    )  # fmt: skip
    with tenant(organization):
        return record(row, target, by)


def claims(facts: media.Facts, taken_at: dt.datetime | None, use_place: bool) -> dict[str, Any]:
    """Return what is claimed of time and place: the file's own word goes before the device's clock."""
    told: dict[str, Any] = {"taken_at": taken_at, "taken_source": Evidence.Source.DEVICE if taken_at else ""}
    if facts.taken:
        told = {"taken_at": facts.taken, "taken_source": Evidence.Source.FILE}
    if use_place:
        told |= {"latitude": facts.latitude, "longitude": facts.longitude}
    return told


def outside() -> None:
    """Raise RuntimeError inside an organization's transaction: it must not wait for a disk or the store."""
    if current_organization() is not None:
        raise RuntimeError("Evidence is kept and read outside tenant(): disk and object store may be slow.")


def before(owner: Owner, by: By, sha256: str) -> Evidence | None:
    """Return the same file of the same owner, or None. Raises Refused where no more files are taken."""
    known = owner.beside.filter(sha256=sha256, partner=by.partner, uploader_kind__in=side(by)).first()
    if known is None:
        require_room(owner, by)
    return known


def require_room(owner: Owner, by: By) -> None:
    """Raise Refused where this side has added as many as are possible."""
    limit, found = FILES_PER_INSPECTION, owner.beside
    mend = _("Send only what shows something new.")
    if owner.draft is not None:
        limit, mend = FILES_PER_FILING, _("Remove one that helps less.")
    elif owner.ticket is not None:
        limit = FILES_PER_TICKET
        found = found.filter(draft=None, uploader_kind__in=side(by), partner=by.partner)
    elif owner.product is not None:
        limit, mend = FILES_PER_PRODUCT, _("A manager can delete one that is no longer true.")
    held = found.aggregate(count=models.Count("pk"), size=Sum("size"))
    if held["count"] >= limit:
        most = ngettext("At most %(limit)d file is possible here.", "At most %(limit)d files are possible here.", limit)
        raise Refused(f"{most % {'limit': limit}} {mend}", "photo")
    if (held["size"] or 0) >= BYTES_PER_OWNER:
        most = _("All files here together may have %(size)s.") % {"size": filesizeformat(BYTES_PER_OWNER)}
        raise Refused(f"{most} {mend}", "photo")


def usage(organization: Organization) -> int:
    """Return how many bytes of originals the organization keeps; as they were up to a minute ago."""
    size, at = 0, 0.0
    with suppress(RedisError):
        size, at = cache.get(_usage_key(organization)) or (0, 0.0)
    if time.time() - at >= USAGE_SECONDS:
        with tenant(organization):
            size = int(Evidence.objects.filter(purged_at=None).aggregate(size=Sum("size"))["size"] or 0)
        with suppress(RedisError):
            cache.set(_usage_key(organization), (size, time.time()), USAGE_KEPT_SECONDS)
    return size


def last_usage(organization: Organization) -> int | None:
    """Return what `usage` last was, for pages: it asks no database. None where it is not known, or the cache is away.

    The sweep of each minute sees to it that it is known; it is measured again by whatever comes in.
    """
    try:
        found = cache.get(_usage_key(organization))
    except RedisError:
        return None
    return found[0] if found else None


def _usage_key(organization: Organization) -> str:
    return f"evidence-usage:{organization.pk}"


def require_quota(organization: Organization, size: int) -> None:
    """Raise Refused where the organization's room for evidence is used up."""
    if usage(organization) + size > organization.evidence_quota_gb * 1024**3:
        raise Refused(
            _("The store for files is full. Write to us instead; everything else can be sent as always."), "photo"
        )


def side(by: By) -> tuple[Actor, ...]:
    """Return who counts as the same side: the members of the organization are one."""
    members = (Actor.OPERATOR, Actor.MANAGER)
    return members if by.kind in members else (by.kind,)


def record(row: Evidence, owner: Owner, by: By) -> Evidence:
    """Write the row and tell the ticket; return it, or the row that the same bytes got meanwhile.

    The owner's row is locked first: two uploads wait for each other here, and filing waits for an upload, so a file
    that comes while the complaint is sent finds either the draft or the ticket that it became.
    """
    target = owner.main
    fresh = type(target).objects.select_for_update(of=("self",)).get(pk=target.pk)
    known = before(owner, by, row.sha256)
    if known:
        return known
    for each in fields(owner):
        setattr(row, each.name, getattr(owner, each.name))
    if isinstance(fresh, FilingDraft) and fresh.ticket_id:
        row.ticket = Ticket.objects.get(pk=fresh.ticket_id)
    row.save()
    custody.begin(row)
    if row.ticket is not None:
        tickets.evidence_arrived(row.ticket, by=by, count=1)
    elif isinstance(fresh, Inspection):
        tickets.order_photo_arrived(fresh.line.order_id, by=by, what="inspection")
    elif isinstance(fresh, Shipment):
        tickets.order_photo_arrived(fresh.order_id, by=by, what="packing")
    elif isinstance(fresh, Return):
        tickets.note_event(fresh.ticket, by=by, verb="evidence_added", photo=row.pk, count=1)
    transaction.on_commit(lambda: enqueue(row), robust=True)
    return row


def enqueue(row: Evidence, **options: Any) -> None:
    """Ask a worker for what is left to do. The broker may be away: the sweep asks again for what stays pending."""
    current_app.send_task(PROCESS, [row.organization_id, row.pk], retry=False, **options)


def ask_for_verification(organization: Organization) -> bool:
    """Ask a worker to check all evidence; return whether it was asked: not while a check may still be running."""
    if not cache.add(f"evidence-verify:{organization.pk}", 1, VERIFY_EVERY_SECONDS):
        return False
    try:
        current_app.send_task(VERIFY, [organization.pk], retry=False, expires=VERIFY_EVERY_SECONDS)
    except OperationalError:
        cache.delete(f"evidence-verify:{organization.pk}")
        return False
    return True


def verification_ended(organization: Organization) -> None:
    """Let the next check be asked for at once."""
    cache.delete(f"evidence-verify:{organization.pk}")


def remove_evidence(evidence: Evidence, *, by: By) -> None:
    """Delete a file of a complaint that is not sent yet. Raises Refused afterwards: evidence stays.

    Its bytes go with the next sweep, which asks whether another row has the same.
    """
    outside()
    with tenant(evidence.organization):
        draft = FilingDraft.objects.select_for_update(of=("self",)).get(pk=evidence.draft_id)
        if draft.ticket_id or by.kind == Actor.PARTNER:
            raise Refused(_("The complaint was sent, so its files stay with it."), "photo")
        forget([evidence.pk])


def forget(pks: list[int]) -> int:
    """Delete rows that belong to nothing but a draft, so that their log has not begun; return how many."""
    unfiled = Evidence.objects.filter(pk__in=pks, ticket=None, draft__isnull=False)
    return unfiled.delete()[1].get(Evidence._meta.label, 0)


def download(organization: Organization, evidence: Evidence, *, by: By) -> str:
    """Return the address of the original for two minutes, after writing down who took it.

    Raises StorageDown; Refused where the bytes are not in the store, or must not leave it.
    """
    outside()
    if evidence.deleted_at or evidence.scan == Evidence.Scan.INFECTED or evidence.stored_at is None:
        raise Refused(str(why_not(evidence)), "photo")
    name = f"{evidence.place}-{evidence.sha256[:12]}.{media.EXTENSIONS[evidence.media_type]}"
    try:
        address = storage.download_address(evidence.original_key, name, evidence.media_type, evidence.version_id)
    except FileNotFoundError:
        raise Refused(_("The store does not have this file any more. Have all evidence checked."), "photo") from None
    with tenant(organization):
        custody.note(evidence, Custody.Verb.DOWNLOADED, by=by)
        if evidence.ticket_id or evidence.returned_id:
            of = {"pk": evidence.ticket_id} if evidence.ticket_id else {"returns": evidence.returned_id}
            ticket = Ticket.objects.get(**of)
            tickets.note_event(ticket, by=by, verb="evidence_downloaded", photo=evidence.pk, sha256=evidence.sha256)
    return address


def why_not(evidence: Evidence) -> str:
    """Return in words why an original cannot be had."""
    if evidence.failure in (Evidence.Failure.DELETED, Evidence.Failure.INFECTED):
        return str(Evidence.Failure(evidence.failure).label)
    return _("The file is still on its way into the store. Try again in a minute.")


def seen(organization: Organization, evidence: Evidence, *, by: By) -> None:
    """Write down that somebody looked at the picture in full size."""
    with tenant(organization):
        custody.note(evidence, Custody.Verb.SEEN, by=by)


def place_or_other(value: str) -> str:
    """Return a known place; anything else is an “other photo”."""
    return value if value in Place.values else Place.OTHER
