"""Large files straight from a browser into the object store, in parts, and only then, after every check, evidence.

    begin: a row and signed addresses for the parts ▸ the browser sends them ▸ finish ▸ a worker puts them together,
    fetches, decodes and hashes the file, and keeps it as if it had come through the form (`actions.add_evidence`)

Nobody sees it before. What never arrives whole is cleared away after a day.
"""

import datetime as dt
import logging
import math
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import current_app
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.storage import in_time
from aftersales.tenants.models import Organization
from aftersales.tenants.scope import tenant
from tickets.actions import By, Refused
from tickets.models import FilingDraft, Ticket
from tickets.workflow import Actor

from . import actions, media, names, refusals, storage
from .models import Arrival

# S3 takes parts of at least 5 MiB (the last one may be smaller) and at most 10,000 of them.
PART_SIZE = 8 * 1024 * 1024
# An address is used within two minutes or asked for again.
PART_SECONDS = 120
ARRIVE = "evidence.tasks.arrive"
OWNERS = ("draft", "ticket", "inspection", "shipment", "returned", "product")
State = Arrival.State

logger = logging.getLogger(__name__)


def begin(
    organization: Organization,
    *,
    by: By,
    name: str,
    size: int,
    media_type: str,
    place: str,
    taken_at: dt.datetime | None = None,
    use_place: bool = False,
    **owner: Any,
) -> Arrival:
    """Return a file's arrival; the open one where the same file was begun before.

    Raises NotAccepted (no video, or too large), Refused (no room), StorageDown. Call it outside the organization.
    """
    actions.outside()
    if not media_type.startswith("video/") or media_type not in media.EXTENSIONS:
        raise media.NotAccepted("format", refusals.stranger(""))
    if not 0 < size <= media.MAX_BYTES[media.VIDEO]:
        raise media.NotAccepted("bytes", refusals.too_large(media.VIDEO, size, media.MAX_BYTES[media.VIDEO]))
    target = actions.Owner.of(**owner)
    actions.require_quota(organization, size)
    rows = {f"{field}_id": row.pk for field, row in target.rows.items() if row is not None}
    if target.request is not None:
        rows["request_id"] = target.request.pk
    told = {"uploader_kind": by.kind, "partner": by.partner, "name": names.clean(name), "size": size}
    with tenant(organization):
        actions.require_room(target, by)
        known = Arrival.objects.filter(**rows, **told, state=State.OPEN).first()
    if known is not None:
        return known
    key = uuid.uuid4()
    incoming = f"{organization.pk}/incoming/{key}"
    store: Any = default_storage
    made = in_time(
        lambda: store.client.create_multipart_upload(
            Bucket=store.bucket_name, Key=incoming, ContentType=storage.ORIGINAL_TYPE
        )
    )
    with tenant(organization):
        return Arrival.objects.create(
            **rows, **told, key=key, place=place, media_type=media_type, taken_at=taken_at, use_place=use_place,
            uploaded_by=by.user, incoming_key=incoming, upload_id=made["UploadId"],
        )  # fmt: skip


def sizes(arrival: Arrival) -> dict[int, int]:
    """Return how many bytes each part has, by number from 1."""
    count = math.ceil(arrival.size / PART_SIZE)
    return {n: min(PART_SIZE, arrival.size - (n - 1) * PART_SIZE) for n in range(1, count + 1)}


def arrived(arrival: Arrival, store: Any) -> dict[int, dict[str, Any]]:
    """Return the whole parts that the store has, by number. Raises StorageDown; FileNotFoundError where it has none
    of this upload any more."""
    found: dict[int, dict[str, Any]] = {}
    expected = sizes(arrival)
    with storage.reaching():
        pages = store.client.get_paginator("list_parts").paginate(
            Bucket=store.bucket_name, Key=arrival.incoming_key, UploadId=arrival.upload_id
        )
        for page in pages:
            for part in page.get("Parts", []):
                if expected.get(part["PartNumber"]) == part["Size"]:
                    found[part["PartNumber"]] = part
    return found


def here(arrival: Arrival) -> set[int]:
    """Return the numbers of the parts that have come, asked as a page does. Raises StorageDown."""
    try:
        return set(in_time(lambda: arrived(arrival, default_storage)))
    except FileNotFoundError:
        return set()


def addresses(arrival: Arrival, without: Any = ()) -> list[dict[str, Any]]:
    """Return signed addresses for the parts that are missing; each takes exactly its number of bytes."""
    return [
        {
            "number": number,
            "size": size,
            "url": default_storage.presigned(  # type: ignore[attr-defined]
                "upload_part", PART_SECONDS, Key=arrival.incoming_key, UploadId=arrival.upload_id, PartNumber=number,
                ContentLength=size,
            ),
        }
        for number, size in sizes(arrival).items()
        if number not in without
    ]  # fmt: skip


def finish(organization: Organization, arrival: Arrival) -> Arrival:
    """Take note that the browser has sent everything, and have it checked. Raises Refused where parts are missing,
    StorageDown."""
    actions.outside()
    if arrival.state == State.OPEN:
        if len(here(arrival)) != len(sizes(arrival)):
            raise Refused(_("The file did not arrive whole. Please send it again."), "photo")
        with tenant(organization):
            Arrival.objects.filter(pk=arrival.pk, state=State.OPEN).update(
                state=State.ARRIVED, arrived_at=timezone.now()
            )
            transaction.on_commit(lambda: enqueue(arrival), robust=True)
        arrival.state = State.ARRIVED
    return arrival


def enqueue(arrival: Arrival, **options: Any) -> None:
    """Ask a worker to check what arrived; the sweep asks again."""
    current_app.send_task(ARRIVE, [arrival.organization_id, arrival.pk], retry=False, **options)


def arrive(organization: Organization, arrival_id: int) -> None:
    """Check a file that arrived and keep or refuse it. Does nothing a second time. Raises StorageDown."""
    actions.outside()
    with tenant(organization):
        arrival = (
            Arrival.objects.select_related(*OWNERS, "request__ticket", "partner", "uploaded_by")
            .filter(pk=arrival_id, state=State.ARRIVED)
            .first()
        )
    if arrival is None:
        return
    try:
        with put_together(arrival) as path:
            evidence = keep(organization, arrival, path)
    except (media.NotAccepted, Refused) as error:
        settle(organization, arrival, state=State.REFUSED, refusal=error.message[:300])
    except FileNotFoundError:
        said = _("The file did not arrive whole. Please send it again.")
        settle(organization, arrival, state=State.REFUSED, refusal=said)
    else:
        settle(organization, arrival, state=State.KEPT, evidence=evidence)
    storage.purge(arrival.incoming_key)


@contextmanager
def put_together(arrival: Arrival) -> Iterator[Path]:
    """Yield the file, fetched to this machine's disk. Raises FileNotFoundError (parts are missing), StorageDown."""
    store = storage.patient()
    try:
        parts = arrived(arrival, store)
    except FileNotFoundError:
        # A worker that ended after this step: the object is there already, or nothing is.
        storage.head(arrival.incoming_key)
    else:
        if len(parts) != len(sizes(arrival)):
            raise FileNotFoundError("parts are missing")
        told = [{"PartNumber": number, "ETag": parts[number]["ETag"]} for number in sorted(parts)]
        with storage.reaching():
            store.client.complete_multipart_upload(
                Bucket=store.bucket_name, Key=arrival.incoming_key, UploadId=arrival.upload_id,
                MultipartUpload={"Parts": told},
            )  # fmt: skip
    with storage.open_original(arrival.incoming_key) as file:
        yield Path(file.name)


def keep(organization: Organization, arrival: Arrival, path: Path) -> Any:
    """Keep the file as evidence, by the door that everything takes, in the name of whoever sent it."""
    by = By(Actor(arrival.uploader_kind), "", user=arrival.uploaded_by, partner=arrival.partner)
    rows = {name: getattr(arrival, name) for name in (*OWNERS, "request")}
    with path.open("rb") as handle:
        return actions.add_evidence(
            organization=organization, file=File(handle, arrival.name), by=by, place=arrival.place,
            taken_at=arrival.taken_at, use_place=arrival.use_place, **rows,
        )  # fmt: skip


def settle(organization: Organization, arrival: Arrival, **changes: Any) -> None:
    """Write down how it ended."""
    with tenant(organization):
        Arrival.objects.filter(pk=arrival.pk, state=State.ARRIVED).update(**changes)


def unkept(owner: FilingDraft | Ticket, *, customer: bool) -> list[Arrival]:
    """Return what arrived for a draft or ticket and is no evidence (yet): being checked, or refused within a day."""
    of = Q(draft=owner.pk) if isinstance(owner, FilingDraft) else Q(ticket=owner.pk) | Q(draft__ticket=owner.pk)
    found = Arrival.objects.filter(of, state__in=[State.ARRIVED, State.REFUSED])
    return list(found.filter(uploader_kind=Actor.CUSTOMER) if customer else found)


def unfinished(organization: Organization, *, older_than: dt.datetime) -> list[Arrival]:
    """Return what arrived and waits for a worker for longer than it should."""
    with tenant(organization):
        return list(Arrival.objects.filter(state=State.ARRIVED, arrived_at__lt=older_than).order_by("pk")[:100])


def clear(organization: Organization, *, older_than: dt.datetime, limit: int = 100) -> int:
    """Forget arrivals that never came whole, and those that ended long ago; return how many. Raises StorageDown."""
    store = storage.patient()
    with tenant(organization):
        old = list(
            Arrival.objects.filter(~Q(state=State.ARRIVED), begun_at__lt=older_than).order_by("begun_at")[:limit]
        )
    for each in old:
        try:
            with storage.reaching():
                store.client.abort_multipart_upload(
                    Bucket=store.bucket_name, Key=each.incoming_key, UploadId=each.upload_id
                )
        except FileNotFoundError:
            pass
        storage.purge(each.incoming_key)
    with tenant(organization):
        return Arrival.objects.filter(pk__in=[each.pk for each in old]).delete()[1].get(Arrival._meta.label, 0)
