"""`{% load evidence %}`: files in a strip, their limits, and what the script that sends them must know."""

import json
from collections.abc import Iterable
from typing import Any

from django import template
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersales.tenants.models import Organization
from aftersales.tenants.roles import Permission
from tickets.models import FilingDraft, Ticket
from tickets.problems import Place
from tickets.workflow import Actor

from .. import actions, arrivals, looking, media, refusals
from ..likeness import Match, like
from ..models import Evidence
from ..views.receiving import MOST_BYTES

register = template.Library()
ORDER = {place.value: rank for rank, place in enumerate(Place)}
MOST = {
    "filing": actions.FILES_PER_FILING,
    "ticket": actions.FILES_PER_TICKET,
    "inspection": actions.FILES_PER_INSPECTION,
    "product": actions.FILES_PER_PRODUCT,
}
# What one form takes, by kind, in bytes.
LIMITS = {kind: min(size, MOST_BYTES) for kind, size in media.MAX_BYTES.items()}
# With less room than this, in bytes, forms say how much there is: not much more than one video.
LITTLE_ROOM = 1024**3
# How full, in per cent, the store is when members are told.
NEARLY_FULL = 90
OURS = (Actor.OPERATOR, Actor.MANAGER)
# A size that no file has.
OPEN = 987_654


@register.inclusion_tag("evidence/_strip.html", takes_context=True)
def evidence_strip(context: Any, photos: Iterable[Evidence], audience: str) -> dict[str, Any]:
    """Show photos by what they show. `audience` is desk, portal or partner; only the desk gets the originals.

    `photos` is what the audience may see; it is read once, whatever its length.
    """
    org = context["organization"].slug
    shown: list[dict[str, Any]] = []
    for photo in sorted(photos, key=lambda photo: ORDER[photo.place]):
        at = {"org": org, "pk": photo.pk}
        shown.append({
            "photo": photo,
            "thumb": reverse(f"{audience}:photo", kwargs={**at, "size": "thumb"}),
            "display": reverse(f"{audience}:photo", kwargs={**at, "size": "display"}),
            "original": reverse("desk:photo_download", kwargs=at) if audience == "desk" else "",
            "of_partner": photo.uploader_kind == Actor.PARTNER,
            "label": looking.called(photo),
            "alt": _("%(place)s, photo %(number)d") % {"place": looking.called(photo), "number": len(shown) + 1},
        })  # fmt: skip
    return {"shown": shown, "desk": audience == "desk", "organization": context["organization"]}


@register.filter
def clock(seconds: float) -> str:
    """Return a video's length: 0:07, 12:30, 1:02:05."""
    whole = max(1, round(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


@register.filter
def geo(photo: Evidence) -> SafeString:
    """Return where it says it was taken as an address that a map program opens; nothing is fetched (RFC 5870)."""
    return format_html("geo:{},{}", f"{photo.latitude:.5f}", f"{photo.longitude:.5f}")


@register.filter
def place_of(photo: Evidence) -> str:
    """Return the coordinates for people, in degrees; five digits are about a metre."""
    return f"{photo.latitude:.5f}, {photo.longitude:.5f}"


@register.simple_tag
def found_elsewhere(ticket: Ticket) -> dict[int, list[Match]]:
    """Return where the pictures of a loaded ticket were found before, by id; one query, none without pictures."""
    return looking.alike(ticket.photo_rows, ticket)  # type: ignore[attr-defined]


@register.simple_tag
def found_before(photos: Iterable[Evidence], ticket: Ticket) -> dict[int, list[Match]]:
    """Return where these photos of a ticket were found before, by id; one query, none without photos."""
    there = [photo for photo in photos if not photo.deleted_at]
    return like(there, ticket.customer_id, ticket.merged_into_id or ticket.pk)


@register.simple_tag
def comparable(ticket: Ticket) -> dict[str, Any] | None:
    """Return the first picture of a loaded ticket that can be seen, None without one."""
    rows = ticket.photo_rows  # type: ignore[attr-defined]
    return next((row for row in rows if row["state"] == Evidence.State.READY), None)


@register.simple_tag
def odd_times(ticket: Ticket) -> dict[int, str]:
    """Return by id which pictures of a loaded ticket say a time that does not go with the story, in words."""
    return looking.odd(ticket)


@register.filter
def called(row: dict[str, Any], label: str) -> str:
    """Return the label of its place; of a video or document without a named place, what it is."""
    other = row["place"] == Place.OTHER and row["kind"] != Evidence.Kind.PHOTO
    return str(Evidence.Kind(row["kind"]).label) if other else label


@register.filter
def of_piece(found: dict[int, Any], photo: dict[str, Any] | Evidence) -> Any:
    """Return what was found of one piece, a row or an object; nothing is an empty text."""
    return found.get(photo.pk if isinstance(photo, Evidence) else photo["id"], "")


@register.filter
def sent_by_us(ticket: Ticket) -> int:
    """Return how many files of a loaded ticket members have added."""
    rows = ticket.photo_rows  # type: ignore[attr-defined]
    return len([
        row for row in rows
        if row["uploader_kind"] in OURS and row["ticket"] == ticket.pk and not row["deleted_at"]
    ])  # fmt: skip


@register.filter
def sent_by_partner(photos: Iterable[Evidence]) -> int:
    """Return how many of the photos that a partner sees are its own."""
    return len([photo for photo in photos if photo.uploader_kind == Actor.PARTNER and not photo.deleted_at])


@register.inclusion_tag("evidence/_nearly_full.html", takes_context=True)
def room_notice(context: Any) -> dict[str, Any]:
    """Tell members that the organization's store is nearly full; nothing before."""
    organization, membership = context["organization"], context.get("membership")
    quota, used = organization.evidence_quota_gb * 1024**3, actions.last_usage(organization)
    if used is None:
        return {}
    percent = min(100, 100 * used // quota) if quota else 100
    manager = bool(membership and membership.can(Permission.MANAGE))
    return {
        "nearly": percent >= NEARLY_FULL, "percent": percent, "used": used, "quota": quota, "manager": manager,
        "organization": organization,
    }  # fmt: skip


@register.simple_tag(takes_context=True)
def photo_limits(context: Any, of: str, large: bool = False) -> SafeString:
    """Say how many files of what kind and size are possible: `of` is filing, ticket, inspection or product. `large`
    where a script sends large videos in parts. Where the organization's store has little room left, how much."""
    limits = media.MAX_BYTES if large else LIMITS
    photo, video, document = (limits[kind] // media.MEGABYTE for kind in (media.PHOTO, media.VIDEO, media.DOCUMENT))
    said = _(
        "Up to %(files)d files: photos (JPEG, PNG, WebP, HEIC) of at most %(photo)d MB, videos (MP4, MOV, WebM) of"
        " %(video)d MB, PDF of %(document)d MB."
    ) % {"files": MOST[of], "photo": photo, "video": video, "document": document}
    bare = _("Without JavaScript, videos of at most %(size)d MB.") % {"size": LIMITS[media.VIDEO] // media.MEGABYTE}
    without = format_html(" <noscript>{}</noscript>", bare) if large else ""
    room = room_left(context["organization"])
    return format_html("{}{}{}{}", said, without, " " if room else "", room)


def room_left(organization: Organization) -> str:
    """Say how much room an organization has left; "" where it is enough for whatever a form takes, or not known."""
    used = actions.last_usage(organization)
    size = organization.evidence_quota_gb * 1024**3 - (used or 0)
    if used is None or size >= LITTLE_ROOM:
        return ""
    if size < media.MEGABYTE:
        return _("There is no room for files just now; everything else can be sent as always.")
    return _("There is room for %(size)s more.") % {"size": filesizeformat(size)}


@register.simple_tag(takes_context=True)
def sending(
    context: Any, of: str = "", owner: FilingDraft | Ticket | None = None, large: str = "", sent: int | None = None
) -> SafeString:
    """Return the attributes of a form (or of the line about what is still on its way) that `static/sending.js` reads.

    `of` as in `photo_limits`. With the draft or ticket that the customer's form is for, or with the number
    `sent`, it says how many were sent.
    `large` is the address that says where large videos go; a customer's form has its owner's.
    """
    organization = context["organization"]
    if owner is not None:
        if isinstance(owner, FilingDraft):
            large = reverse("portal:large_begin", args=[organization.slug, owner.key])
        else:
            large = reverse("portal:ticket_large_begin", args=[organization.slug, owner.number])
    limits = media.MAX_BYTES if large else LIMITS
    known: dict[str, Any] = {"words": words(of, limits)}
    if context.get("membership"):
        known["words"]["ended"] = _(
            "This page takes no more files. Reload it, and sign in if asked; the file waits here."
        )
    if of:
        known["limits"] = limits
    if owner is not None:
        sent = taken(owner)
    if sent is not None:
        known |= {"most": MOST[of], "taken": sent}
    more = format_html(' data-large-url="{}"', large) if large else ""
    if isinstance(owner, FilingDraft):
        more += format_html(' data-about="{}-{}"', owner.order_id, owner.line_id or "")
    full = mark_safe(' data-full="1"') if organization.full_originals else ""
    return format_html('data-sending="{}"{}{}', json.dumps(known, ensure_ascii=False), more, full)


@register.inclusion_tag("evidence/_arrivals.html")
def arrivals_of(owner: FilingDraft | Ticket, customer: bool = True) -> dict[str, Any]:
    """Show the large videos that are being checked, and those refused of late; to a customer its own only."""
    return {"arrivals": arrivals.unkept(owner, customer=customer)}


def taken(owner: FilingDraft | Ticket) -> int:
    """Return how many files the customer has sent to a draft, or to a ticket since it was filed."""
    found = Evidence.objects.filter(deleted_at=None)
    if isinstance(owner, FilingDraft):
        return found.filter(draft=owner).count()
    return found.filter(ticket=owner, draft=None, uploader_kind=Actor.CUSTOMER).count()


def words(of: str, limits: dict[str, int]) -> dict[str, Any]:
    """Return what the script says; {n}, {most} and {size} are filled in by it."""
    said: dict[str, Any] = {
        "waiting": _("Waiting for signal. It goes on by itself."),
        "lost": _("Connection lost. It goes on by itself."),
        "busy": _("We cannot take files just now. It goes on by itself."),
        "elsewhere": _("Being sent in another tab"),
        "checking": _("Arrived, being checked"),
        "again": _("Try again"),
        "discard": _("Remove"),
        "ended": _(
            "This page takes no more files. Find your order again, or open the link in our mail; the file waits here."
        ),
        "large": _("The file is too large to be sent."),
        "unreadable": _("The file cannot be read on this device any more. Please choose it again."),
        "before": _("Files from before that are still being sent: {n}"),
        "done": _("The files from before have arrived."),
        "progress": _("Progress"),
    }
    if of:
        limit = MOST[of]
        most = ngettext("At most %(limit)d file is possible here.", "At most %(limit)d files are possible here.", limit)
        mend = _("Remove one that helps less.") if of == "filing" else _("Send only what shows something new.")
        said |= {
            "remove": _("Remove photo"),
            "small": _("Sent as a smaller copy"),
            "queued": _("Waits its turn"),
            "whole": _("Almost there"),
            "arrived": _("{name} has arrived."),
            "twice": _("This file is already here."),
            "stays": _("Could not be removed just now. Please try again."),
            "stay": _("Please keep this page open: this browser cannot keep the files. It goes on by itself."),
            "count": _("{n} of {most} sent"),
            "tooMany": f"{most % {'limit': limit}} {mend}",
            "tooLarge": {kind: _too_large(kind, limit) for kind, limit in limits.items()},
        }
    return said


def _too_large(kind: str, limit: int) -> str:
    # The server's own sentences, with the size left open.
    return refusals.too_large(kind, OPEN * media.MEGABYTE, limit).replace(str(OPEN), "{size}")
