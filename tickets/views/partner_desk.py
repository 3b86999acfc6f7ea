"""What the desk knows of a partner's answers: figures, the tickets behind them, and the links that it holds."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders import queries as orders
from aftersales.orders.models import Partner
from aftersales.tenants.permissions import Permission, requires

from .. import actions
from ..queries import partner_doors as doors
from ..queries import partner_figures as queries


def _partner(pk: int) -> Partner:
    return get_object_or_404(Partner.objects.select_related("calendar"), pk=pk)


def _period(request: HttpRequest) -> str:
    period = request.GET.get("period", "")
    return period if period in queries.PERIODS else queries.DEFAULT_PERIOD


def _periods(request: HttpRequest, chosen: str) -> list[dict[str, Any]]:
    rest = request.GET.copy()
    rest.pop("page", None)
    found = []
    for value, label in queries.PERIODS.items():
        rest["period"] = value
        found.append({"label": label, "url": f"?{rest.urlencode()}", "current": value == chosen})
    return found


def _page_url(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["page"] = cursor
    return f"?{query.urlencode()}" if cursor else ""


def _tabs(request: HttpRequest, partner: Partner, current: str) -> list[dict[str, Any]]:
    names = {"partner": _("Profile"), "partner_figures": _("Figures"), "partner_links": _("Links")}
    at = {"org": request.organization.slug, "pk": partner.pk}
    return [
        {"label": label, "url": reverse(f"desk:{name}", kwargs=at), "current": name == current}
        for name, label in names.items()
        if name != "partner_figures" or request.membership.can(Permission.MANAGE)
    ]


@requires(Permission.MANAGE)
@require_safe
def figures(request: HttpRequest, org: str) -> HttpResponse:
    """All partners beside each other, by name."""
    period, kind = _period(request), request.GET.get("kind", "")
    page = orders.partners(kind=kind if kind in Partner.Kind.values else "", q="", cursor=request.GET.get("page", ""))
    found = queries.figures_of([partner.pk for partner in page.rows], period)
    context = {
        "rows": [(partner, found[partner.pk]) for partner in page.rows], "period": period,
        "periods": _periods(request, period), "previous_url": _page_url(request, page.previous),
        "next_url": _page_url(request, page.next), "enough": queries.ENOUGH,
    }  # fmt: skip
    return render(request, "desk/partners_figures.html", context)


@requires(Permission.MANAGE)
@require_safe
def partner_figures(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """One partner: how fast, how often, how rightly, and what came back."""
    partner, period = _partner(pk), _period(request)
    context = {
        "partner": partner, "figures": queries.figures_of([pk], period)[pk], "period": period,
        "periods": _periods(request, period), "tabs": _tabs(request, partner, "partner_figures"),
        "enough": queries.ENOUGH,
    }  # fmt: skip
    return render(request, "desk/partner_figures.html", context)


@requires(Permission.MANAGE)
@require_safe
def tickets(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """The tickets behind one number."""
    partner, period, figure = _partner(pk), _period(request), request.GET.get("figure", "asked")
    if figure not in queries.FIGURES:
        raise Http404
    page = queries.tickets(
        partner, figure=figure, period=period, currency=request.GET.get("currency", "")[:3],
        cursor=request.GET.get("page", ""),
    )  # fmt: skip
    context = {
        "partner": partner, "label": queries.FIGURES[figure][0], "rows": page.rows,
        "period_label": queries.PERIODS[period],
        "back_url": f"{reverse('desk:partner_figures', args=[org, pk])}?{urlencode({'period': period})}",
        "previous_url": _page_url(request, page.previous), "next_url": _page_url(request, page.next),
    }  # fmt: skip
    return render(request, "desk/partner_tickets.html", context)


# ── links ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@requires(Permission.WORK)
@require_safe
def links(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """The links that the partner holds; one can be sent, each can be revoked."""
    partner = _partner(pk)
    page = doors.links(partner, request.GET.get("page", ""))
    context = {
        "partner": partner, "rows": page.rows, "tabs": _tabs(request, partner, "partner_links"),
        "previous_url": _page_url(request, page.previous), "next_url": _page_url(request, page.next),
    }  # fmt: skip
    return render(request, "desk/partner_links.html", context)


@requires(Permission.WORK)
@require_POST
def send(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Mail the link to the list of all open tickets."""
    partner = _partner(pk)
    try:
        actions.send_inbox(partner, by=request.membership)
    except actions.Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The link is on its way to %(email)s.") % {"email": partner.email})
    return redirect("desk:partner_links", org=org, pk=pk)


@requires(Permission.WORK)
@require_POST
def revoke(request: HttpRequest, org: str, pk: int) -> HttpResponse:
    """Take a link back: what it opened closes at once."""
    partner, number = _partner(pk), request.POST.get("link", "")
    found = doors.link(partner, int(number)) if number.isdecimal() and len(number) < 19 else None
    if found is None:
        messages.error(request, _("Choose a link of this partner."))
        return redirect("desk:partner_links", org=org, pk=pk)
    try:
        actions.revoke_link(found, by=request.membership)
    except actions.Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("The link is revoked; pages that it opened are closed."))
    return redirect("desk:partner_links", org=org, pk=pk)
