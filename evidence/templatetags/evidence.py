"""`{% load evidence %}`: photos in a strip, and the limits in words, for pages of apps that cannot import this one."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext as _

from tickets.problems import Place
from tickets.workflow import Actor

from .. import actions
from ..images import MAX_MEGABYTES
from ..models import Evidence

register = template.Library()
ORDER = {place.value: rank for rank, place in enumerate(Place)}
MOST = {
    "filing": actions.PHOTOS_PER_FILING,
    "ticket": actions.PHOTOS_PER_TICKET,
    "inspection": actions.PHOTOS_PER_INSPECTION,
}


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
            "alt": _("%(place)s, photo %(number)d") % {"place": photo.get_place_display(), "number": len(shown) + 1},
        })  # fmt: skip
    return {"shown": shown, "desk": audience == "desk"}


@register.simple_tag
def photo_limits(of: str) -> str:
    """Say how many photos of what kind and size are possible: `of` is filing, ticket or inspection."""
    return _("JPEG, PNG, WebP or HEIC, up to %(photos)d photos of at most %(megabytes)d MB each.") % {
        "photos": MOST[of],
        "megabytes": MAX_MEGABYTES,
    }
