"""Papers of a ticket: asked for, being made, downloaded. The bytes go out as a download, never shown."""

import io
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders.declarations import lint
from aftersales.orders.models import Declaration
from aftersales.tenants.permissions import Permission, outside_transaction, public, requires
from aftersales.tenants.scope import tenant
from evidence import storage
from evidence.models import Custody
from tickets import access
from tickets.actions import By, Refused, note_event
from tickets.models import Claim, Return, Ticket
from tickets.queries import case
from tickets.queries.returns import for_customer
from tickets.views.attempts import attempt
from tickets.views.operator.page import by_of, ticket_of

from . import actions, letters, photos, queries
from .forms import AskForm
from .models import Paper

Kind = Paper.Kind


@requires(Permission.WORK)
@require_safe
def papers(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """All papers of a ticket, and what can be made."""
    return _page(request, ticket_of(request, number))


def _page(request: HttpRequest, ticket: Ticket, form: AskForm | None = None, status: int = 200) -> HttpResponse:
    found = queries.of_ticket(ticket)
    shipment = ticket.order.shipments.order_by("-id").first()
    declaration = Declaration.objects.filter(shipment=shipment).prefetch_related("lines__line").first()
    language = letters.customs_language(ticket.order.country)
    context: dict[str, Any] = {
        "case": case.head(ticket, tab="papers"), "ticket": ticket, "papers": found, "form": form,
        "waiting": any(each.state == Paper.State.WAITING for each in found),
        "ask": form or AskForm(initial={"partners": True}), "pack": AskForm(auto_id="pack-%s"),
        "claims": queries.claims(ticket),
        "returns": queries.returns(ticket), "shipment": shipment, "declaration": declaration,
        "findings": lint(declaration, ticket.order) if declaration else [],
        "pieces": photos.everything(ticket).count(),
        "letter_is_there": language in letters.CUSTOMS, "country": ticket.order.country,
    }  # fmt: skip
    piece = request.htmx and request.method == "GET"
    return render(request, "desk/_papers.html" if piece else "desk/papers.html", context, status=status)


@requires(Permission.WORK)
@require_POST
def ask(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Ask for a paper."""
    ticket = ticket_of(request, number)
    form = AskForm(request.POST)

    def act(data: dict[str, Any]) -> None:
        kind, asked = data["kind"], {}
        if kind == Kind.CASE_FILE:
            asked = {"internal": data["internal"], "partners": data["partners"], "names": not data["nameless"]}
        elif kind == Kind.CLAIM:
            asked = {"archive": data["archive"]}
        elif kind == Kind.EVIDENCE:
            asked = {"names": data["names"]}
        claim = Claim.objects.filter(ticket=ticket, pk=data["claim"] or 0).select_related("partner").first()
        returned = Return.objects.filter(ticket=ticket, pk=data["returned"] or 0).first()
        actions.ask_for(
            ticket, by=by_of(request), kind=kind, language=data["language"],
            claim=claim if kind == Kind.CLAIM else None, returned=returned if kind == Kind.RETURN_LABEL else None,
            **asked,
        )  # fmt: skip

    status = attempt(form, act)
    if status:
        return _page(request, ticket, form, status)
    messages.success(request, _("It is being made; that takes a few seconds."))
    return redirect("desk:papers", org=org, number=number)


@requires(Permission.WORK)
@require_POST
def again(request: HttpRequest, org: str, token: UUID) -> HttpResponse:
    """Ask anew for a paper that could not be made."""
    paper = queries.by_token(token)
    if paper is None:
        raise Http404
    actions.try_again(paper)
    return redirect("desk:papers", org=org, number=paper.ticket.number)


@outside_transaction
@requires(Permission.WORK)
@require_safe
def paper(request: HttpRequest, org: str, token: UUID) -> HttpResponse:
    """Download a paper; the ticket keeps who took it."""
    with tenant(request.organization):
        found = queries.by_token(token)
        if found is None or found.state != Paper.State.READY or actions.holds_deleted(found.pieces):
            raise Http404
    if found.kind == Kind.EVIDENCE:
        return _pack(request, found)
    answer = _download(found)
    if request.method == "GET" and answer.status_code == 200:
        with tenant(request.organization):
            note_event(found.ticket, by=by_of(request), verb="paper_downloaded", paper=found.pk, name=found.name)
    return answer


def _pack(request: HttpRequest, found: Paper) -> HttpResponse:
    """Send the browser to the store: a pack may be larger than what goes through a web worker."""
    try:
        answer = redirect(storage.download_address(found.key, found.name, found.media_type))
    except FileNotFoundError:
        raise Http404 from None
    except storage.StorageDown:
        return _away()
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "private, no-store"
    if request.method == "GET":
        by = by_of(request)
        with tenant(request.organization):
            note_event(found.ticket, by=by, verb="paper_downloaded", paper=found.pk, name=found.name)
            actions.note_pieces(found.pieces, Custody.Verb.DOWNLOADED, by=by, paper=found.pk)
    return answer


def _away() -> HttpResponse:
    text = _("The paper cannot be read just now. Please try again in a minute.")
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "60"})


@public
@outside_transaction
@require_safe
def customer_paper(request: HttpRequest, org: str, token: UUID) -> HttpResponse:
    """Download the label of a return that this session may see."""
    with tenant(request.organization):
        found = queries.by_token(token)
        if found is None or found.kind != Kind.RETURN_LABEL or found.state != Paper.State.READY:
            raise Http404
        access.accessible_ticket(request, found.ticket.number)
    return _download(found)


@public
def customer_label(request: HttpRequest, org: str, number: str, rma: str) -> HttpResponse:
    """The label of a customer's own return: POST asks for it, GET shows how far it is."""
    ticket = access.accessible_ticket(request, number)
    returned = for_customer(ticket, rma)
    if returned is None or request.method not in ("GET", "HEAD", "POST"):
        raise Http404
    label = queries.label_of(returned)
    status = 200
    if request.method == "POST":
        try:
            if label is None or label.state != Paper.State.READY:
                actions.ask_for(
                    ticket, by=By.customer(ticket.customer), kind=Kind.RETURN_LABEL, returned=returned,
                    language=ticket.language,
                )  # fmt: skip
            return redirect("portal:return_label", org=org, number=number, rma=rma)
        except Refused as refused:
            messages.error(request, refused.message)
            status = 422
    context = {"ticket": ticket, "returned": returned, "label": label}
    return render(request, "portal/return_label.html", context, status=status)


def _download(found: Paper) -> HttpResponse:
    """Return the bytes as a download, whatever the browser would like to do with them."""
    try:
        file = io.BytesIO(storage.read(found.key))
    except FileNotFoundError:
        raise Http404 from None
    except storage.StorageDown:
        return _away()
    answer = FileResponse(file, as_attachment=True, filename=found.name, content_type=found.media_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "private, no-store"
    return answer
