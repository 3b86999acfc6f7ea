"""The queue and all tickets: lists that never move by themselves, and Take."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders.models import Order
from aftersales.tenants.permissions import Permission, requires

from ... import actions
from ...forms.desk import FilterForm
from ...queries import desk
from ...queries.filters import VIEWS, Wanted
from .page import by_of, ticket_of


@requires(Permission.WORK)
@require_safe
def queue(request: HttpRequest, org: str) -> HttpResponse:
    """Open tickets, soonest deadline first; with a cursor only the rows that follow."""
    now, wanted = timezone.now(), Wanted.read(request.GET)
    page = desk.queue(wanted, request.user, now=now)
    context = _list(request, wanted, page) | {"now": now}
    if wanted.after and request.htmx:
        return render(request, "desk/_queue_rows.html", context)
    if _is_the_one(wanted, page):
        return redirect("desk:ticket", org=org, number=page.rows[0].number)
    figures = desk.figures(request.organization, request.user, now=now)
    request.open_tickets = figures.counts["open"]
    context |= {
        "figures": figures,
        "chips": wanted.chips(),
        "tabs": _tabs(request, wanted, figures),
        "news_url": reverse("desk:queue_news", kwargs={"org": org}) + wanted.query(since=figures.newest),
    }
    if not page.rows:
        context["empty"] = _why_empty(request, wanted, figures)
    return render(request, "desk/queue.html", context)


def _list(request: HttpRequest, wanted: Wanted, page: desk.Page) -> dict[str, Any]:
    filters_url = reverse("desk:filters", kwargs={"org": request.organization.slug})
    return {
        "page": page,
        "wanted": wanted,
        "list_url": request.path,
        "more": wanted.query(after=page.after),
        "filters_url": filters_url + wanted.query(list=request.resolver_match.url_name),
    }


def _is_the_one(wanted: Wanted, page: desk.Page) -> bool:
    """Whether a ticket's number was searched for and nothing else was found."""
    return len(page.rows) == 1 and not wanted.chosen and page.rows[0].number == wanted.text.upper()


def _tabs(request: HttpRequest, wanted: Wanted, figures: desk.Figures) -> list[dict[str, Any]]:
    shown = [
        name
        for name, view in VIEWS.items()
        if view.tab and (name != "manager" or request.membership.can(Permission.MANAGE))
    ]
    if wanted.view not in shown:
        shown.append(wanted.view)
    return [
        {
            "label": VIEWS[name].label,
            "count": figures.counts[name],
            "current": name == wanted.view,
            "url": wanted.query(view="" if name == "open" else name),
        }
        for name in shown
    ]


def _why_empty(request: HttpRequest, wanted: Wanted, figures: desk.Figures) -> dict[str, Any]:
    """Why nothing is shown and what to do: first day, filters too narrow, or all done. Counts only here."""
    now = timezone.now()
    if not wanted.is_narrowed and not figures.counts["open"] and desk.is_first_day():
        return {"kind": "first", "has_orders": Order.objects.exists()}
    if wanted.is_narrowed:
        chips = wanted.chips()
        dropped = [(chip, Wanted.read(QueryDict(chip.url.removeprefix("?")))) for chip in chips[:4]]
        ways = [(chip, desk.count_matching(rest, request.user, now=now)) for chip, rest in dropped]
        best = max(ways, key=lambda way: way[1])
        return {
            "kind": "narrow",
            "filters": len(chips),
            "drop": best[0] if best[1] else None,
            "left": best[1],
            "anywhere": desk.count_everything(wanted),
            "anywhere_query": wanted.query(view=""),
        }
    return {"kind": "done", "nobody": figures.counts["nobody"], "next_due": figures.next_due}


@requires(Permission.WORK)
@require_safe
def queue_news(request: HttpRequest, org: str) -> HttpResponse:
    """How many tickets that match came since the page was drawn; asked every 15 seconds, 304 while it is the same."""
    since = request.GET.get("since", "")
    wanted = Wanted.read(request.GET)
    newer_than = int(since) if since.isascii() and since.isdigit() and len(since) <= 18 else 0
    count = desk.count_matching(wanted, request.user, now=timezone.now(), newer_than=newer_than)
    tag = f'"{get_language()}-{count}"'
    if request.headers.get("If-None-Match") == tag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = render(request, "desk/_queue_news.html", {"count": count, "query": wanted.query()})
    response["ETag"] = tag
    # The browser may keep the answer to compare its tag, but must ask each time.
    patch_cache_control(response, private=True, no_cache=True)
    return response


@requires(Permission.WORK)
@require_safe
def tickets(request: HttpRequest, org: str) -> HttpResponse:
    """Tickets of any stage, newest first, with the same search and filters."""
    wanted = Wanted.read(request.GET)
    page = desk.every(wanted)
    context = _list(request, wanted, page) | {"now": timezone.now(), "everything": True}
    if wanted.after and request.htmx:
        return render(request, "desk/_queue_rows.html", context)
    if _is_the_one(wanted, page):
        return redirect("desk:ticket", org=org, number=page.rows[0].number)
    return render(request, "desk/tickets.html", context | {"chips": wanted.chips()})


@requires(Permission.WORK)
@require_safe
def filters(request: HttpRequest, org: str) -> HttpResponse:
    """What can be filtered by: a page of its own, or the fragment that the queue's button opens."""
    form = FilterForm(wanted=Wanted.read(request.GET), organization=request.organization)
    everything = request.GET.get("list") == "tickets"
    name = "desk:tickets" if everything else "desk:queue"
    context = {"form": form, "list_url": reverse(name, kwargs={"org": org})}
    return render(request, "desk/_filter_form.html" if request.htmx else "desk/filters.html", context)


@requires(Permission.WORK)
@require_POST
def take(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Make a ticket one's own: the list's row is redrawn in its place, else back to where one was."""
    ticket = ticket_of(request, number)
    status = 200
    try:
        actions.take(ticket, by=by_of(request))
    except actions.Refused as refused:
        status = 409 if isinstance(refused, actions.TooLate) else 422
        messages.warning(request, refused.message)
    if request.htmx:
        return render(request, "desk/_queue_taken.html", {"t": desk.row(number), "now": timezone.now()}, status=status)
    if status == 200:
        messages.success(request, _("%(number)s is yours.") % {"number": number})
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("desk:ticket", kwargs={"org": org, "number": number})
    return redirect(back)
