"""The door for other systems: inspection, packing and catalogue pictures, with a key. `docs/api.md` describes it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aftersales import uploads
from aftersales.tenants import actions as tenants
from aftersales.tenants.permissions import outside_transaction, public
from aftersales.tenants.scope import tenant
from tickets import throttle
from tickets.actions import By, Refused
from tickets.problems import Place
from tickets.workflow import Actor

from .. import media
from ..intake import bulk, targets
from ..intake import catalogue as pictures
from ..storage import StorageDown
from . import receiving

# One key, and wrong keys from one address.
BY_KEY = throttle.Limit("api-key", 600, 60)
BY_ADDRESS = throttle.Limit("api-address", 30, 15 * 60)
# What a request holds beside its file.
ENVELOPE = 64 * 1024


class Problem(Exception):
    """What is answered instead: a status, a sentence, and the field to mend."""

    def __init__(self, status: int, error: str, field: str = "", **headers: str) -> None:
        super().__init__(error)
        self.status, self.error, self.field, self.headers = status, error, field, headers


@csrf_exempt  # A key in a header is nothing that a browser sends by itself.
@outside_transaction
@public
@require_POST
def evidence(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Keep a photo of an order's inspection or packing: 201, or 200 where the same bytes were there."""
    return _answer(request, lambda: _asked(request, number))


@csrf_exempt  # As above.
@outside_transaction
@public
@require_POST
def catalogue(request: HttpRequest, org: str) -> HttpResponse:
    """Keep a catalogue picture of a SKU, as `evidence`."""
    return _answer(request, lambda: _product(request))


def _answer(request: HttpRequest, asked: Callable[[], tuple[Any, targets.Target, str]]) -> HttpResponse:
    try:
        return _kept(request, asked)
    except Problem as problem:
        words = {"error": problem.error, "field": problem.field}
        headers = {name.replace("_", "-"): value for name, value in problem.headers.items()}
        return JsonResponse(words, status=problem.status, headers=headers)


def _kept(request: HttpRequest, asked: Callable[[], tuple[Any, targets.Target, str]]) -> HttpResponse:
    by = _by(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > bulk.LARGEST_FILE + ENVELOPE:
        raise Problem(413, f"The file is larger than {bulk.LARGEST_FILE // 1024 // 1024} MB.", "file")
    file, target, place = asked()
    taken_at = receiving.claimed_time(request.POST.get("taken_at", ""))
    if request.POST.get("taken_at") and taken_at is None:
        raise Problem(422, "Write the time as 2026-03-02T06:30Z, not in the future.", "taken_at")
    try:
        result, kept = bulk.keep(
            request.organization, by=by, target=target, place=place, file=file, taken_at=taken_at
        )  # fmt: skip
    except (media.NotAccepted, Refused) as error:
        raise Problem(422, error.message, "file") from error
    except (StorageDown, media.SandboxFailed) as error:
        raise Problem(503, receiving.away(), Retry_After="60") from error
    status = 201 if result.outcome == bulk.Outcome.KEPT else 200
    return JsonResponse({"id": kept.pk, "sha256": kept.sha256, "state": kept.state}, status=status)


def _by(request: HttpRequest) -> By:
    """Return who brings the photo: the key. Raises Problem before a byte of the body is read."""
    address = (request.organization.pk, throttle.client_address(request))
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    key = None
    if kind.lower() == "bearer" and token.strip():
        with tenant(request.organization):
            key = tenants.use_api_key(token.strip())
    wait = throttle.take(BY_KEY, request.organization.pk, key.pk) if key else throttle.take(BY_ADDRESS, *address)
    if wait:
        raise Problem(429, "Too many requests.", Retry_After=str(wait))
    if key is None:
        error = "Send the header “Authorization: Bearer” with a key that is in use."
        raise Problem(401, error, "Authorization", WWW_Authenticate="Bearer")
    return By(Actor.OPERATOR, f"API: {key.name}", key=key)


def _asked(request: HttpRequest, number: str) -> tuple[Any, targets.Target, str]:
    """Return the file, what it is of, and its place. Raises Problem."""
    fields = request.POST
    what = fields.get("of", "")
    if what not in targets.WHAT:
        raise Problem(422, "Say what the photo is of: inspection or packing.", "of")
    place = _place(request, Place.WHOLE if what == targets.INSPECTION else Place.OTHER)
    which = fields.get("line" if what == targets.INSPECTION else "tracking", "").strip()
    with tenant(request.organization):
        try:
            target = targets.target(targets.order_of(targets.Named((number,), what, which, str(place))), what, which)
        except targets.NoOrder as error:
            raise Problem(404, error.message, "number") from error
        except targets.Unclear as error:
            raise Problem(422, error.message, error.field) from error
    return _file(request), target, place


def _product(request: HttpRequest) -> tuple[Any, targets.Target, str]:
    """Return the file, the product whose SKU is named, and the place. Raises Problem."""
    sku = request.POST.get("sku", "").strip()
    if not sku or len(sku) > targets.LONGEST_SKU or "\0" in sku:
        raise Problem(422, f"Name the SKU as the orders write it, at most {targets.LONGEST_SKU} characters.", "sku")
    place, file = _place(request, Place.WHOLE), _file(request)
    with tenant(request.organization):
        try:
            return file, pictures.target_of(targets.line_of((sku,))), place
        except targets.NoProduct as error:
            raise Problem(404, error.message, error.field) from error


def _place(request: HttpRequest, usual: Place) -> str:
    place = request.POST.get("place", "") or usual
    if place not in Place.values:
        raise Problem(422, f"The place is one of {', '.join(Place.values)}.", "place")
    return str(place)


def _file(request: HttpRequest) -> Any:
    file = request.FILES.get("file")
    if uploads.lost(request):
        raise Problem(503, receiving.away(), Retry_After="60")
    if file is None:
        raise Problem(422, "Send the photo as the multipart field “file”.", "file")
    return file
