"""Links to evidence packs: made and revoked on the desk, opened by somebody without an account."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.tenants.permissions import Permission, outside_transaction, public, requires
from aftersales.tenants.scope import tenant
from evidence import storage
from tickets.actions import Refused
from tickets.queries import case
from tickets.views.attempts import attempt
from tickets.views.operator.page import by_of

from . import links, queries
from .forms import LinkForm
from .models import PackLink


@requires(Permission.WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def pack_links(request: HttpRequest, org: str, token: UUID) -> HttpResponse:
    """What a pack is known by, and its links; POST makes one."""
    paper = queries.pack_by_token(token)
    if paper is None:
        raise Http404
    form, status = LinkForm(), 200
    if request.method == "POST":
        form = LinkForm(request.POST)

        def act(data: dict[str, Any]) -> None:
            links.issue(paper, by=by_of(request), receiver=data["receiver"], days=data["days"])

        status = attempt(form, act)
        if not status:
            messages.success(request, _("The link is made. Copy it from the list and send it."))
            return redirect("desk:pack_links", org=org, token=token)
    context = {
        "case": case.head(paper.ticket, tab="papers"), "ticket": paper.ticket, "paper": paper, "form": form,
        "links": queries.pack_links(paper),
    }  # fmt: skip
    return render(request, "desk/pack_links.html", context, status=status)


@requires(Permission.WORK)
@require_POST
def pack_link_revoke(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Make a link open nothing from now on."""
    link = PackLink.objects.select_related("paper__ticket").filter(pk=pk).first()
    if link is None:
        raise Http404
    try:
        links.revoke(link, by=by_of(request))
        messages.success(request, _("The link opens nothing any more."))
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("desk:pack_links", org=org, token=link.paper.token)


# A form may lead to another origin only where the page says so: the store, which gives the file.
@csp_update({"form-action": [settings.STORE_ORIGIN]})
@public
@outside_transaction
@require_http_methods(["GET", "HEAD", "POST"])
def pack(request: HttpRequest, org: str, token: str) -> HttpResponse:
    """What lies behind a link, and the button that takes it. Opening it, as mail scanners do, takes nothing."""
    organization = request.organization  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            address = links.download(organization, token)
        except storage.StorageDown:
            text = _("The pack cannot be read just now. Please try again in a minute.")
            return HttpResponse(
                text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"}
            )
        if address:
            return _unkept(redirect(address))
    with tenant(organization):
        found = links.open_link(token)
        template, status = ("portal/pack.html", 200) if found else ("portal/pack_closed.html", 404)
        return _unkept(render(request, template, {"link": found}, status=status))


def _unkept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
