"""`{% load evidence %}`: files in a strip, their limits, and what the script that sends them must know."""

import json
from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.models import FilingDraft, Ticket
from tickets.problems import Place
from tickets.workflow import Actor

from .. import actions, arrivals, looking, media, refusals
from ..likeness import Match
from ..models import Evidence
from ..views.receiving import MOST_BYTES

register = template.Library()
ORDER = {place.value: rank for rank, place in enumerate(Place)}
MOST = {
    "filing": actions.FILES_PER_FILING,
    "ticket": actions.FILES_PER_TICKET,
    "inspection": actions.FILES_PER_INSPECTION,
}
# What one form takes, by kind, in bytes.
LIMITS = {kind: min(size, MOST_BYTES) for kind, size in media.MAX_BYTES.items()}
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


@register.filter
def called(row: dict[str, Any], label: str) -> str:
    """Return the label of its place; of a video or document without a named place, what it is."""
    other = row["place"] == Place.OTHER and row["kind"] != Evidence.Kind.PHOTO
    return str(Evidence.Kind(row["kind"]).label) if other else label


@register.filter
def of_piece(found: dict[int, list[Match]], photo: dict[str, Any]) -> list[Match]:
    """Return the matches of one row."""
    return found.get(photo["id"], [])


@register.simple_tag
def photo_limits(of: str) -> str:
    """Say how many files of what kind and size are possible: `of` is filing, ticket or inspection."""
    photo, video, document = (LIMITS[kind] // media.MEGABYTE for kind in (media.PHOTO, media.VIDEO, media.DOCUMENT))
    return _(
        "Up to %(files)d files: photos (JPEG, PNG, WebP, HEIC) of at most %(photo)d MB, videos (MP4, MOV, WebM) of"
        " %(video)d MB, PDF of %(document)d MB."
    ) % {"files": MOST[of], "photo": photo, "video": video, "document": document}


@register.simple_tag(takes_context=True)
def sending(context: Any, of: str = "", owner: FilingDraft | Ticket | None = None, large: str = "") -> SafeString:
    """Return the attributes of a form (or of the line about what is still on its way) that `static/sending.js` reads.

    `of` as in `photo_limits`. With the draft or ticket that the customer's form is for, it says how many were sent.
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
    if of:
        known["limits"] = limits
    if owner is not None:
        known |= {"most": MOST[of], "taken": taken(owner)}
    more = format_html(' data-large-url="{}"', large) if large else ""
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
        "again": _("Try again"),
        "discard": _("Remove"),
        "ended": _("This page takes no more files. Open the link in our mail again, or reload the page."),
        "large": _("The file is too large to be sent."),
        "unreadable": _("The file cannot be read on this device any more. Please choose it again."),
        "before": _("Files from before that are still being sent: {n}"),
        "done": _("The files from before have arrived."),
    }
    if of:
        limit = MOST[of]
        most = ngettext("At most %(limit)d file is possible here.", "At most %(limit)d files are possible here.", limit)
        mend = _("Remove one that helps less.") if of == "filing" else _("Send only what shows something new.")
        said |= {
            "remove": _("Remove photo"),
            "small": _("Sent as a smaller copy"),
            "checking": _("Arrived, being checked"),
            "count": _("{n} of {most} sent"),
            "tooMany": f"{most % {'limit': limit}} {mend}",
            "tooLarge": {kind: _too_large(kind, limit) for kind, limit in limits.items()},
        }
    return said


def _too_large(kind: str, limit: int) -> str:
    # The server's own sentences, with the size left open.
    return refusals.too_large(kind, OPEN * media.MEGABYTE, limit).replace(str(OPEN), "{size}")
