"""The member's notifications."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires

from .. import notifications
from ..queries import inbox


@requires(Permission.WORK)
@require_safe
def show(request: HttpRequest, org: str) -> HttpResponse:
    """The member's notifications, newest first; unread ones are marked."""
    page = inbox.inbox(request.user, before=_key(request, "before"), after=_key(request, "after"))  # type: ignore[arg-type]
    unread = inbox.unread_count(request.user)  # type: ignore[arg-type]
    request.unread = unread  # type: ignore[attr-defined]
    return render(request, "desk/inbox.html", {"page": page, "unread": unread})


@requires(Permission.WORK)
@require_POST
def mark_read(request: HttpRequest, org: str) -> HttpResponse:
    """Mark one notification (`only`), or all that the page showed (`up_to`), as read."""
    only = inbox.key(request.POST.get("only", ""))
    up_to = only or inbox.key(request.POST.get("up_to", ""))
    count = notifications.mark_read(request.user, up_to=up_to, only=only)  # type: ignore[arg-type]
    if not only:
        text = ngettext("%(n)d notification marked as read.", "%(n)d notifications marked as read.", count)
        messages.success(request, text % {"n": count} if count else _("Everything was read already."))
    return redirect("desk:inbox", org=org)


def _key(request: HttpRequest, name: str) -> int:
    return inbox.key(request.GET.get(name, ""))
