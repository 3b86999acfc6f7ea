"""The only writers of photos. They talk to the object store: call them outside `tenant()`, they enter it themselves.

Order of every step: decode, keep the bytes, then one short transaction for the row. Whatever ends in between leaves
bytes without a row, never a row without bytes.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import Any

from celery import current_app
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.orders.models import Inspection, Shipment
from aftersales.tenants.models import Organization
from aftersales.tenants.scope import current_organization, tenant
from tickets import actions as tickets
from tickets.actions import By, Refused
from tickets.models import FilingDraft, Message, PartnerRequest, Return, Ticket
from tickets.problems import Place
from tickets.workflow import Actor

from . import images, names, storage
from .models import Evidence

# A complaint needs five; the rest is room. After filing each side may add so many more.
PHOTOS_PER_FILING = 12
PHOTOS_PER_TICKET = 36
PHOTOS_PER_INSPECTION = 12
PREPARE = "evidence.tasks.prepare"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Owner:
    """What a photo belongs to; rows of one organization, read before in another transaction."""

    draft: FilingDraft | None = None
    ticket: Ticket | None = None
    inspection: Inspection | None = None
    shipment: Shipment | None = None
    request: PartnerRequest | None = None
    message: Message | None = None
    returned: Return | None = None


def add_photo(
    *,
    organization: Organization,
    file: Any,
    by: By,
    place: str,
    taken_at: dt.datetime | None = None,
    draft: FilingDraft | None = None,
    ticket: Ticket | None = None,
    inspection: Inspection | None = None,
    shipment: Shipment | None = None,
    request: PartnerRequest | None = None,
    message: Message | None = None,
    returned: Return | None = None,
) -> Evidence:
    """Return the kept photo; the existing one where the same bytes came before. `taken_at` is the phone's claim.

    Raises NotAnImage (with words for people), Refused (too many, or the complaint was closed to it), StorageDown.
    """
    outside()
    owner = Owner(
        draft, ticket or (request.ticket if request else None), inspection, shipment, request, message, returned
    )
    facts = images.inspect(file)
    with images.on_disk(file) as path, path.open("rb") as handle:
        sha256 = storage.digest(handle)
        with tenant(organization):
            known = before(owner, by, sha256)
        if known:
            return known
        key = storage.put_original(organization, handle, sha256, facts.size)
    photo = Evidence(
        place=place, name=names.clean(file.name), media_type=facts.media_type, size=facts.size, sha256=sha256,
        width=facts.width, height=facts.height, original_key=key, taken_at=taken_at, uploader_kind=by.kind,
        uploaded_by=by.user, partner=by.partner,
    )  # fmt: skip
    try:
        with tenant(organization):
            kept = record(photo, owner, by)
    except BaseException:
        storage.delete(key)
        raise
    if kept is not photo:
        storage.delete(key)
    return kept


def outside() -> None:
    """Raise RuntimeError inside an organization's transaction: it must not wait for the store."""
    if current_organization() is not None:
        raise RuntimeError("Photos are kept and read outside tenant(): the object store may be slow.")


def before(owner: Owner, by: By, sha256: str) -> Evidence | None:
    """Return the same photo of the same owner, or None. Raises Refused where no more photos are taken."""
    photos = of_owner(owner)
    known = photos.filter(sha256=sha256, partner=by.partner, uploader_kind__in=side(by)).first()
    if known is None:
        require_room(photos, owner, by)
    return known


def of_owner(owner: Owner) -> models.QuerySet[Evidence]:
    """Return the photos beside which a new one would stand."""
    for name in ("draft", "ticket", "inspection", "shipment", "returned"):
        found = getattr(owner, name)
        if found is not None:
            return Evidence.objects.filter(**{name: found.pk})
    raise ValueError("A photo belongs to a draft, a ticket, an inspection, a shipment or a return.")


def require_room(photos: models.QuerySet[Evidence], owner: Owner, by: By) -> None:
    """Raise Refused where this side has added as many as are possible."""
    limit = PHOTOS_PER_INSPECTION
    mend = _("Send only what shows something new.")
    if owner.draft is not None:
        limit, mend = PHOTOS_PER_FILING, _("Remove one that helps less.")
    elif owner.ticket is not None:
        limit = PHOTOS_PER_TICKET
        photos = photos.filter(draft=None, uploader_kind__in=side(by), partner=by.partner)
    if photos.count() >= limit:
        most = ngettext(
            "At most %(limit)d photo is possible here.", "At most %(limit)d photos are possible here.", limit
        )
        raise Refused(f"{most % {'limit': limit}} {mend}", "photo")


def side(by: By) -> tuple[Actor, ...]:
    """Return who counts as the same side: the members of the organization are one."""
    members = (Actor.OPERATOR, Actor.MANAGER)
    return members if by.kind in members else (by.kind,)


def record(photo: Evidence, owner: Owner, by: By) -> Evidence:
    """Write the row and tell the ticket; return it, or the row that the same bytes got meanwhile.

    The owner's row is locked first: two uploads wait for each other here, and filing waits for an upload, so a photo
    that comes while the complaint is sent finds either the draft or the ticket that it became.
    """
    owners = (owner.draft, owner.ticket, owner.inspection, owner.shipment, owner.returned)
    target = next(found for found in owners if found is not None)
    fresh = type(target).objects.select_for_update(of=("self",)).get(pk=target.pk)
    known = before(owner, by, photo.sha256)
    if known:
        return known
    photo.draft, photo.ticket, photo.inspection = owner.draft, owner.ticket, owner.inspection
    photo.shipment, photo.request, photo.message = owner.shipment, owner.request, owner.message
    photo.returned = owner.returned
    if isinstance(fresh, FilingDraft) and fresh.ticket_id:
        photo.ticket = Ticket.objects.get(pk=fresh.ticket_id)
    photo.save()
    if photo.ticket is not None:
        tickets.evidence_arrived(photo.ticket, by=by, count=1)
    elif isinstance(fresh, Inspection):
        tickets.order_photo_arrived(fresh.line.order_id, by=by, what="inspection")
    elif isinstance(fresh, Shipment):
        tickets.order_photo_arrived(fresh.order_id, by=by, what="packing")
    elif isinstance(fresh, Return):
        tickets.note_event(fresh.ticket, by=by, verb="evidence_added", photo=photo.pk, count=1)
    transaction.on_commit(lambda: enqueue(photo), robust=True)
    return photo


def enqueue(photo: Evidence, **options: Any) -> None:
    """Ask a worker for the copies. The broker may be away: the sweep asks again for what stays pending."""
    current_app.send_task(PREPARE, [photo.organization_id, photo.pk], retry=False, **options)


def remove_photo(evidence: Evidence, *, by: By) -> None:
    """Delete a photo of a complaint that is not sent yet. Raises Refused afterwards: evidence stays."""
    outside()
    organization = evidence.organization
    with tenant(organization):
        draft = FilingDraft.objects.select_for_update(of=("self",)).get(pk=evidence.draft_id)
        if draft.ticket_id or by.kind == Actor.PARTNER:
            raise Refused(_("The complaint was sent, so its photos stay with it."), "photo")
        Evidence.objects.filter(pk=evidence.pk, draft=draft, ticket=None).delete()
    storage.delete(evidence.original_key, evidence.display_key, evidence.thumb_key)


def download(organization: Organization, evidence: Evidence, *, by: By) -> str:
    """Return the address of the original for two minutes, after writing down who took it. Raises StorageDown."""
    outside()
    address = storage.presigned_download(evidence)
    if evidence.ticket_id or evidence.returned_id:
        with tenant(organization):
            of = {"pk": evidence.ticket_id} if evidence.ticket_id else {"returns": evidence.returned_id}
            ticket = Ticket.objects.get(**of)
            tickets.note_event(ticket, by=by, verb="evidence_downloaded", photo=evidence.pk, sha256=evidence.sha256)
    return address


def prepare(organization: Organization, evidence_id: int) -> None:
    """Make the copies that are shown. Does nothing where they are made, or where the photo is gone.

    Raises StorageDown; the sweep asks again. A photo that cannot be rendered, or whose bytes are not those received,
    is marked so.
    """
    outside()
    with tenant(organization):
        photo = Evidence.objects.filter(pk=evidence_id, state=Evidence.State.PENDING).first()
    if photo is None:
        return
    try:
        with storage.open_original(photo.original_key) as file:
            if storage.digest(file) != photo.sha256:
                raise FileNotFoundError("other bytes lie under its key")
            copies = images.render(file)
    except (images.NotAnImage, FileNotFoundError) as error:
        logger.error("Photo %d of organization %d cannot be shown: %s", photo.pk, organization.pk, error)
        finish(organization, photo, Evidence.State.FAILED)
        return
    photo.display_key = storage.put_copy(photo.original_key, "display", copies.display)
    photo.thumb_key = storage.put_copy(photo.original_key, "thumb", copies.thumb)
    finish(organization, photo, Evidence.State.READY)


def finish(organization: Organization, photo: Evidence, state: str) -> None:
    """Write down how the preparation ended."""
    with tenant(organization):
        kept = Evidence.objects.filter(pk=photo.pk).update(
            state=state, display_key=photo.display_key, thumb_key=photo.thumb_key
        )
    if not kept:
        # Removed while it was being prepared.
        storage.delete(photo.original_key, photo.display_key, photo.thumb_key)


def forget_unfiled(organization: Organization, *, older_than: dt.datetime, limit: int = 100) -> int:
    """Delete photos of complaints that were never sent; return how many. Rows first: a filed photo keeps its bytes."""
    outside()
    with tenant(organization):
        old = list(
            Evidence.objects.filter(ticket=None, draft__isnull=False, uploaded_at__lt=older_than)
            .order_by("uploaded_at")[:limit]
        )  # fmt: skip
        drafts = {photo.draft_id for photo in old}
        free = set(
            FilingDraft.objects.filter(pk__in=drafts, ticket=None)
            .select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)
        )  # fmt: skip
        gone = [photo for photo in old if photo.draft_id in free]
        Evidence.objects.filter(pk__in=[photo.pk for photo in gone], ticket=None).delete()
    for photo in gone:
        storage.delete(photo.original_key, photo.display_key, photo.thumb_key)
    return len(gone)


def pending(organization: Organization, *, older_than: dt.datetime, limit: int = 200) -> list[Evidence]:
    """Return the photos that wait for a worker for longer than they should, the oldest first."""
    with tenant(organization):
        waiting = Evidence.objects.filter(state=Evidence.State.PENDING, uploaded_at__lt=older_than)
        return list(waiting.order_by("id")[:limit])


def place_or_other(value: str) -> str:
    """Return a known place; anything else is an “other photo”."""
    return value if value in Place.values else Place.OTHER
