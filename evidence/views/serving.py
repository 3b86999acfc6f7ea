"""Copies going out, after the permission check. Originals never go out here: they are downloads from the store."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _

from tickets.actions import By

from .. import actions, pipeline, storage
from ..models import Evidence

PLACEHOLDERS = {Evidence.State.PENDING: "photo-pending.svg", Evidence.State.FAILED: "photo-failed.svg"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def copy(request: HttpRequest, evidence: Evidence, size: str, *, by: By) -> HttpResponse:
    """Return a copy (`thumb` or `display`), a placeholder while there is none. Call it outside the transaction.

    Who looked at the large one is written down; a browser asks again after ten minutes.
    """
    if evidence.state in PLACEHOLDERS:
        return _placeholder(Evidence.State(evidence.state))
    sha256 = evidence.thumb_sha256 if size == "thumb" else evidence.display_sha256
    etag = f'"{sha256[:32]}"'
    answer = get_conditional_response(request, etag=etag) or _whole(request, evidence, size, sha256)
    for name, value in HEADERS.items():
        answer[name] = value
    if answer.status_code in (200, 304):
        answer["ETag"] = etag
        # The copy under a key never changes.
        answer["Cache-Control"] = "private, max-age=600"
        if size == "display":
            actions.seen(request.organization, evidence, by=by)
    return answer


def _placeholder(state: Evidence.State) -> HttpResponse:
    response = redirect(static(PLACEHOLDERS[state]))
    response["Cache-Control"] = "private, no-store"
    return response


def _whole(request: HttpRequest, evidence: Evidence, size: str, sha256: str) -> HttpResponse:
    try:
        data = storage.read(evidence.thumb_key if size == "thumb" else evidence.display_key)
    except FileNotFoundError:
        data = b""
    except storage.StorageDown:
        text = _("The photo cannot be read just now. Please try again in a minute.")
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
    if hashlib.sha256(data).hexdigest() != sha256:
        # Somebody put other bytes there, or took them away: they are made again from the original, and never shown.
        pipeline.remake(request.organization, evidence)
        return _placeholder(Evidence.State.PENDING)
    return HttpResponse(
        data, content_type=storage.COPY_TYPE, headers={"Content-Disposition": 'inline; filename="photo.jpg"'}
    )
