"""Copies going out, after the permission check. Originals never go out here: they are downloads from the store."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _

from .. import storage
from ..images import COPY_TYPE
from ..models import Evidence

PLACEHOLDERS = {Evidence.State.PENDING: "photo-pending.svg", Evidence.State.FAILED: "photo-failed.svg"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def copy(request: HttpRequest, photo: Evidence, size: str) -> HttpResponse:
    """Return a copy (`thumb` or `display`), a placeholder while there is none. Call it outside the transaction."""
    if photo.state in PLACEHOLDERS:
        response = redirect(static(PLACEHOLDERS[Evidence.State(photo.state)]))
        response["Cache-Control"] = "private, no-store"
        return response
    key = photo.thumb_key if size == "thumb" else photo.display_key
    etag = f'"{photo.sha256[:32]}-{size}"'
    answer = get_conditional_response(request, etag=etag) or _whole(key)
    for name, value in HEADERS.items():
        answer[name] = value
    if answer.status_code in (200, 304):
        answer["ETag"] = etag
        # The copy under a key never changes.
        answer["Cache-Control"] = "private, max-age=600"
    return answer


def _whole(key: str) -> HttpResponse:
    try:
        data = storage.read(key)
    except FileNotFoundError:
        raise Http404 from None
    except storage.StorageDown:
        text = _("The photo cannot be read just now. Please try again in a minute.")
        return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})
    return HttpResponse(data, content_type=COPY_TYPE, headers={"Content-Disposition": 'inline; filename="photo.jpg"'})
