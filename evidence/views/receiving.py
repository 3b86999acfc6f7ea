"""Files coming in: one by one from a script, or several at once from a form; what was refused is said file by file."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from aftersales import uploads
from tickets.actions import Refused

from .. import actions, names, refusals
from ..media import MEGABYTE, VIDEO, NotAccepted, SandboxFailed
from ..models import Evidence
from ..storage import StorageDown

PREFIX = "photo-"
# Through a form and this process; what is larger goes to the object store by itself.
MOST_BYTES = 100 * MEGABYTE
TOO_EARLY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Refusal:
    """One file that was not kept: its name, and why with what to do."""

    name: str
    reason: str

    def __str__(self) -> str:
        # Isolated, so that a name in another direction does not turn the sentence round.
        return f"\N{FIRST STRONG ISOLATE}{self.name}\N{POP DIRECTIONAL ISOLATE}: {self.reason}"


@dataclass
class Received:
    """What came of one request. `status` is 201, 422 where a file was refused, 503 where the store was away."""

    kept: list[Evidence] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    status: int = 201


def receive(request: HttpRequest, add: Callable[..., Evidence]) -> Received:
    """Keep each file of the request by `add(file=, place=, taken_at=, …)`; go on after one that is refused.

    `reduced` and `use_place` are the device's word: that it made the file smaller, and that its place may be used.
    """
    received = Received()
    told = {name: request.POST.get(name) == "1" for name in ("reduced", "use_place")}
    for file, place in files_of(request):
        if received.status == 503:
            received.refused.append(Refusal(names.clean(file.name), away()))
            continue
        try:
            if file.size > MOST_BYTES:
                raise NotAccepted("bytes", refusals.too_large(VIDEO, file.size, MOST_BYTES))
            kept = add(file=file, place=place, taken_at=claimed_time(request.POST.get("taken_at", "")), **told)
            received.kept.append(kept)
        except (NotAccepted, Refused) as error:
            received.refused.append(Refusal(names.clean(file.name), error.message))
            received.status = 422
        except (StorageDown, SandboxFailed):
            received.refused.append(Refusal(names.clean(file.name), away()))
            received.status = 503
    for name in uploads.lost(request):
        received.refused.append(Refusal(names.clean(name), away()))
        received.status = 503
    return received


def away() -> str:
    """Return what is said while the object store does not answer."""
    return _("The file could not be stored just now. Please try again in a minute; everything else is kept.")


def files_of(request: HttpRequest) -> Iterator[tuple[Any, str]]:
    """Yield (file, place): `photo` with the field `place` from a script, `photo-<place>` from a form."""
    for name, files in request.FILES.lists():
        if name == "photo":
            place = request.POST.get("place", "")
        elif name.startswith(PREFIX):
            place = name.removeprefix(PREFIX)
        else:
            continue
        for file in files:
            yield file, actions.place_or_other(place)


def claimed_time(text: str) -> dt.datetime | None:
    """Return when the phone says the photo was taken, where that is a time at all and not in the future."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    found = found if timezone.is_aware(found) else found.replace(tzinfo=dt.UTC)
    return found if TOO_EARLY < found <= timezone.now() + dt.timedelta(days=1) else None


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which sends one photo at a time."""
    return "application/json" in request.headers.get("Accept", "")


def as_json(received: Received, thumb: Callable[[Evidence], str]) -> HttpResponse:
    """Return the script's answer: the photo, or why it was refused.

    `thumb` is empty while the copy is being made and the browser can show the file itself, which a HEIC it cannot.
    """
    if received.refused:
        return JsonResponse({"error": str(received.refused[0])}, status=received.status)
    if not received.kept:
        return JsonResponse({"error": _("Choose a file first.")}, status=422)
    photo = received.kept[0]
    ready = photo.state == Evidence.State.READY or photo.media_type == "image/heic"
    return JsonResponse({"id": photo.pk, "name": photo.name, "thumb": thumb(photo) if ready else ""}, status=201)


def go_on(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Redirect to the form's `next` where it lies on this site, else to `otherwise`."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if safe else otherwise)
