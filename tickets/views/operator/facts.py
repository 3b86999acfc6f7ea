"""The facts page: what the record holds, what somebody reads in its pictures, and what is still missing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.tenants.permissions import Permission, requires

from ... import actions
from ...actions.record import describe_picture
from ...forms import record as forms
from ...models import EvidenceRequest, Ticket
from ...queries import bench, card, case, facts_page
from ...sheets import SHEETS
from ..attempts import attempt
from .page import act, by_of, loaded, ticket_of


@requires(Permission.WORK)
@require_safe
def facts(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Every fact of the case; `enter` with `row` or `owner` opens one sheet's form, `picture` a photo's."""
    ticket = loaded(request, number)
    sheet = SHEETS.get(request.GET.get("enter", ""))
    opened: dict[str, Any] = {}
    if sheet:
        row, owner = request.GET.get("row", ""), request.GET.get("owner", "")
        found = facts_page.find(ticket, sheet, row=row, owner=owner)
        if found is None:
            raise Http404
        opened = {"sheet": sheet, "row": row, "owner": owner, "record": forms.record_form(sheet, found)}
    return draw(request, ticket, opened)


def draw(request: HttpRequest, ticket: Ticket, opened: dict[str, Any], status: int = 200) -> HttpResponse:
    """Draw the page; `opened` is the form that is open, with what was typed."""
    recommended = card.recommendation(ticket)
    picture = request.GET.get("picture", "") if request.method == "GET" else ""
    context = {
        "case": case.head(ticket, tab="facts"),
        "ticket": ticket,
        "page": facts_page.page(ticket),
        "proofs": card.proofs(ticket, recommended, bench.askable(ticket)),
        "requests": bench.requests(ticket),
        "received": forms.ReceivedForm(initial={"text": ticket.received}),
        "picture": int(picture) if picture.isdecimal() and len(picture) < 19 else None,
        "form": opened.get("record"),
    } | opened
    context["to_ask"] = [each for each in context["proofs"] if each.wanted and each.who != "us" and not each.asked]
    return render(request, "desk/facts.html", context, status=status)


def _back(request: HttpRequest, number: str, anchor: str = "") -> HttpResponse:
    response = redirect("desk:facts", org=request.organization.slug, number=number)
    response["Location"] += anchor
    return response


@requires(Permission.WORK)
@require_POST
def enter(request: HttpRequest, org: str, number: str, sheet: str) -> HttpResponse:
    """Enter a sheet's values into the order's record."""
    ticket, found = loaded(request, number), SHEETS.get(sheet)
    row, owner = request.POST.get("row", ""), request.POST.get("owner", "")
    if found is None:
        raise Http404
    target = facts_page.find(ticket, found, row=row, owner=owner)
    if target is None and not row and not owner:
        return HttpResponseBadRequest(_("Name the row, or what a new one belongs to."))
    if target is None:
        raise Http404
    form = forms.record_form(found, target, request.POST)
    # The form's own instance is not written: the action compares with what stands in the table.
    fresh = facts_page.find(ticket, found, row=row, owner=owner)

    def do(data: dict[str, Any]) -> None:
        assert fresh is not None
        actions.enter(ticket, by=by_of(request), sheet=found, row=fresh, values=form.changes())

    status = attempt(form, do)  # type: ignore[arg-type]
    if status:
        return draw(request, ticket, {"sheet": found, "row": row, "owner": owner, "record": form}, status)
    messages.success(request, _("Entered. The recommendation was looked at anew."))
    return _back(request, number, f"#sheet-{sheet}")


@requires(Permission.WORK)
@require_POST
def find(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Record what a picture shows of this complaint, in one tap."""
    ticket = ticket_of(request, number)
    form = forms.DeskForm(request.POST)

    def do(data: dict[str, Any]) -> None:
        answer, about, note = (request.POST.get(name, "") for name in ("value", "about", "note"))
        if answer not in card.VALUES:
            raise actions.Refused(_("Choose what the picture shows."))
        actions.record_finding(ticket, by=by_of(request), about=about, value=card.VALUES[answer], note=note)

    return _after(request, ticket, "finding", form, do, done=_("Noted. The recommendation was looked at anew."))


@requires(Permission.WORK)
@require_POST
def received(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write in words what arrived."""
    ticket = ticket_of(request, number)

    def do(data: dict[str, Any]) -> None:
        actions.record_received(ticket, by=by_of(request), text=data["text"])

    return _after(request, ticket, "received", forms.ReceivedForm(request.POST), do, done=_("Noted."))


@requires(Permission.WORK)
@require_POST
def tick(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Note that something that was asked for came by another way."""
    ticket = ticket_of(request, number)
    row = EvidenceRequest.objects.filter(ticket=ticket, pk=pk).first()
    if row is None:
        raise Http404
    row.ticket = ticket

    def do(data: dict[str, Any]) -> None:
        actions.tick_proof(row, by=by_of(request), text=data["text"])

    return _after(request, ticket, f"tick{pk}", forms.TickForm(request.POST), do, done=_("Noted that it came."))


@requires(Permission.WORK)
@require_POST
def picture(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Write what a picture shows, and where the same one was seen before."""
    ticket = ticket_of(request, number)
    photo = facts_page.photo_of(ticket, pk)
    if photo is None:
        raise Http404

    def do(data: dict[str, Any]) -> None:
        describe_picture(ticket, by=by_of(request), photo=photo, **data)

    return _after(
        request, ticket, "picture", forms.PictureForm(request.POST), do, done=_("Noted."), anchor=f"#evidence-{pk}"
    )


def _after(
    request: HttpRequest, ticket: Ticket, name: str, form: Any, do: Any, *, done: str, anchor: str = ""
) -> HttpResponse:
    """Act, then back to the page the tap came from: the facts page, or the workbench."""
    if request.POST.get("from") != "facts":
        return act(request, ticket, name, form, do, done=done)
    status = attempt(form, do)
    if status:
        for error in form.errors.values():
            messages.error(request, " ".join(error))
        return draw(request, loaded(request, ticket.number), {name: form, "form": form}, status)
    messages.success(request, done)
    return _back(request, ticket.number, anchor)
