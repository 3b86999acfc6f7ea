"""Settings of the tickets' side: time limits, and the mail that was sent, waits or was given up."""

from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires

from .. import clocks, links, notifications
from ..forms.limits import LimitsForm
from ..models import Notification, StageLimit
from ..queries import inbox


@requires(Permission.ADMINISTER)
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: HttpRequest, org: str) -> HttpResponse:
    """The limit of each clock in business time; clocks that start from now on take it."""
    current = dict(StageLimit.objects.values_list("kind", "minutes"))
    form = LimitsForm(request.POST or None, current=current)
    if request.method == "POST" and form.is_valid():
        clocks.set_limits(request.organization, form.limits())  # type: ignore[attr-defined]
        messages.success(request, _("Saved. Clocks that start from now on use these limits."))
        return redirect("settings:limits", org=org)
    return render(request, "settings/limits.html", {"form": form}, status=422 if form.errors else 200)


@requires(Permission.ADMINISTER)
@require_safe
def outbox(request: HttpRequest, org: str) -> HttpResponse:
    """The organization's mail: given up first, for somebody must look at it; else what waits, or was sent."""
    counts = inbox.outbox_counts()
    wanted = request.GET.get("box", "")
    box = inbox.Box(wanted) if wanted in inbox.Box else inbox.Box.PARKED if counts["parked"] else inbox.Box.SENT
    before, after = (inbox.key(request.GET.get(name, "")) for name in ("before", "after"))
    tabs = [
        {"label": each.label, "url": f"?box={each}", "count": counts.get(each), "current": each == box}
        for each in inbox.Box
    ]
    context = {
        "page": inbox.outbox(box, before=before, after=after),
        "box": box,
        "tabs": tabs,
        "down": cache.get(notifications.SERVER_DOWN),
    }
    return render(request, "settings/outbox.html", context)


@requires(Permission.ADMINISTER)
@require_safe
def mail(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """One mail as it was written. Its link opens somebody's page and is shown in the demonstration only."""
    row = _mail(pk)
    shown = links.url_of(row.link) if settings.DEMO and row.link else _("[the receiver's own link]")
    return render(
        request, "settings/mail.html", {"mail": row, "body": row.body.replace(notifications.LINK_MARK, shown)}
    )


@requires(Permission.ADMINISTER)
@require_POST
def send_again(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Queue a mail that was given up."""
    if notifications.send_again(_mail(pk)):
        messages.success(request, _("It is sent again within a minute."))
    else:
        messages.info(request, _("This mail is on its way or was sent already."))
    return redirect(reverse("settings:outbox", kwargs={"org": org}) + "?box=waiting")


def _mail(pk: int) -> Notification:
    row = inbox.mail(pk)
    if row is None:
        raise Http404
    return row
