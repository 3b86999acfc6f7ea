"""The page with named places for photos, the same for a complaint being filed and for one already filed."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from aftersales.tenants.scope import current_organization

from ..guide import Shot, enough_words
from ..problems import Place
from ..queries.customer import kept_photos


def thumb(photo) -> str:
    """Return the address of a photo's small copy on a customer's page."""
    return _address(photo, "thumb")


def _address(photo, size: str) -> str:
    organization = current_organization()
    assert organization is not None
    return reverse("portal:photo", kwargs={"org": organization.slug, "pk": photo.pk, "size": size})


def give_addresses(photos: Iterable) -> None:
    """Give each photo of a customer's page the address of its small copy, `thumb`, and of its larger one, `page`."""
    for photo in photos:
        photo.thumb, photo.page = thumb(photo), _address(photo, "display")


def photo_page(owner, wanted: list[Shot], *, add: str, remove: str, after: str) -> dict[str, Any]:
    """Return what the photo form needs. `owner` is a draft or a ticket; `after` is where "Continue" leads.

    With an empty `remove` what was sent stays: those photos are shown elsewhere, not here.
    """
    places = tuple(shot.place for shot in wanted)
    kept = kept_photos(owner, places) if remove else {place: [] for place in (*places, Place.OTHER.value)}
    for photos in kept.values():
        give_addresses(photos)
    shots = [
        {
            "place": shot.place, "label": shot.label, "how": shot.how, "photos": kept[shot.place],
            "hint": (_("helps us most") if shot.needed else _("optional")) if remove else "",
        }
        for shot in wanted
    ]  # fmt: skip
    others = kept[Place.OTHER.value] if Place.OTHER.value not in places else []
    there = {place: sum(photo.state != "failed" for photo in photos) for place, photos in kept.items()}
    return {
        "owner": owner,
        "shots": shots,
        "others": others,
        "enough": enough_words(wanted, there),
        "add_url": add,
        "remove_url": remove,
        "after": after,
    }
