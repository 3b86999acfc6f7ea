"""The customer follows a complaint, answers the proposal, writes, rates, reopens, appeals or takes it back."""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders.models import Customer

from .. import access, actions
from ..forms import customer as forms
from ..models import Ticket
from ..queries import customer as queries
from ..workflow import State
from .attempts import attempt, words_of
from .photo_places import give_addresses, photo_page

MAY_WITHDRAW = (State.REPORTED, State.RESPONSIBILITY, State.PLANNING)
# Seconds between two looks of an open page, and for how long the first holds.
SOON, LATER, SOON_FOR = 5, 20, 120


@access.customer_page
@require_safe
def ticket(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Where the complaint stands and what the customer can do."""
    return _page(request, access.accessible_ticket(request, number))


def _page(request: HttpRequest, found: Ticket, form: Form | None = None, status: int = 200) -> HttpResponse:
    """Draw the page; `form` is one that was sent and needs mending, shown with what was typed."""
    page = queries.ticket_page(found)
    plan = {"plan": page.offer.version} if page.offer else {}
    kinds = (
        forms.MessageForm, forms.PlanForm, forms.RefuseForm, forms.CounterForm, forms.RatingForm, forms.ReopenForm,
        forms.AppealForm, forms.WithdrawForm,
    )  # fmt: skip
    shown: dict[str, Form] = {kind.name: kind(initial=plan) for kind in kinds}
    if form is not None:
        if plan and "plan" in form.fields:
            # What was typed against an earlier proposal stands ready for the one that is shown now.
            form.data = {**form.data.dict(), **plan}  # type: ignore[attr-defined]
        shown[form.name] = form  # type: ignore[attr-defined]
    possible = {
        "message": True, "accept": page.offer, "refuse": page.offer, "counter": page.offer,
        "rating": found.state == State.CLOSED,
        "reopen": page.may_reopen, "appeal": found.state == State.REJECTED and found.appealed_at is None,
        "withdraw": found.state in MAY_WITHDRAW,
    }  # fmt: skip
    context = {
        "page": page, "ticket": found, "form": form, "forms": shown, "possible": possible,
        "lost": words_of(form) if form and not possible[form.name] else "",  # type: ignore[attr-defined]
        "rating_icons": forms.RATING_ICONS, "rating_label": dict(forms.RATINGS).get(page.rating),
        "may_open_order": access.may_open_order(request, found.order),
        **_live(request, page, page.moment, int(timezone.now().timestamp())),
    }  # fmt: skip
    return render(request, "portal/ticket.html", context, status=status)


# ── looking again ──────────────────────────────────────────────────────────────────────────────────────────────────
def _live(request: HttpRequest, page: queries.TicketPage, seen: str, since: int) -> dict[str, Any]:
    """Return the fragment that looks again by itself, and its ETag. It holds no form, so nothing typed is lost."""
    give_addresses(page.photos)
    url = reverse("portal:status", args=[request.organization.slug, page.ticket.number])
    every = SOON if 0 <= timezone.now().timestamp() - since < SOON_FOR else LATER
    # Drawn without the request: no token of a form may stand in it, and equal facts must give equal bytes.
    context = {
        "page": page,
        "ticket": page.ticket,
        "changed": page.moment != seen,
        "organization": request.organization,
    }
    body = render_to_string("portal/_live.html", context)
    etag = f'"{hashlib.sha256(f"{every} {page.says} {page.now.expects} {body}".encode()).hexdigest()[:32]}"'
    return {
        "live": body, "etag": etag, "every": every, "live_url": f"{url}?{urlencode({'seen': seen, 'since': since})}",
        "ask": json.dumps({"If-None-Match": etag}),
    }  # fmt: skip


@access.customer_page
@require_safe
def status(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The part of the page that looks again by itself: 304 while nothing has changed."""
    found = access.accessible_ticket(request, number)
    since = request.GET.get("since", "")
    page = queries.ticket_page(found)
    live = _live(request, page, request.GET.get("seen", ""), int(since) if since.isascii() and since.isdigit() else 0)
    if live["etag"] in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    else:
        response = render(request, "portal/_status.html", {"page": page, "fresh": True, **live})
    response["ETag"] = live["etag"]
    return response


# ── answering ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _answer(
    request: HttpRequest,
    number: str,
    form: type[Form],
    act: Callable[[Ticket, actions.By, dict[str, Any]], Any],
    thanks: str,
) -> HttpResponse:
    """Clean the form, do the one thing, and come back to the page; or show the page with the form to mend."""
    found = access.accessible_ticket(request, number)
    sent = form(request.POST)
    failed = attempt(sent, lambda data: act(found, _by(found.customer), data))
    if failed:
        return _page(request, access.accessible_ticket(request, number), sent, failed)
    messages.success(request, thanks)
    return redirect("portal:ticket", org=request.organization.slug, number=number)


def _by(customer: Customer) -> actions.By:
    return actions.By.customer(customer)


@access.customer_page
@require_POST
def write(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write to the organization."""

    def act(found, by, data):
        actions.write_message(found, by=by, audience="public", text=data["text"])

    return _answer(request, number, forms.MessageForm, act, _("Your message is on its way."))


def _offered(found: Ticket, version: int):
    """Return the plan that the customer answers. Raises TooLate where it is not the one that was read."""
    plan = queries.shown_plan(found)
    if plan is None or plan.version != version:
        raise actions.TooLate(_("Our proposal has changed in the meantime. Please read it again."))
    plan.ticket = found
    return plan


@access.customer_page
@require_POST
def accept(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Agree to the proposal. A second press finds it agreed."""

    def act(found, by, data):
        plan = _offered(found, data["plan"])
        if plan.customer_agreed_at is None:
            actions.accept_plan(plan, by=by)

    return _answer(request, number, forms.PlanForm, act, _("Thank you. You agreed to our proposal."))


@access.customer_page
@require_POST
def refuse(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Not agree, with a reason: it goes back to the operator, who has a new deadline."""

    def act(found, by, data):
        actions.refuse_plan(_offered(found, data["plan"]), by=by, refusal=data["refusal"], text=data["text"])

    return _answer(request, number, forms.RefuseForm, act, _("Thank you for telling us. We look at it again."))


@access.customer_page
@require_POST
def counter(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say what would be acceptable instead: another solution, another amount, or both."""

    def act(found, by, data):
        plan = _offered(found, data["plan"])
        actions.counter_plan(plan, by=by, wish=data["wish"], amount=data["amount"], text=data["text"])

    return _answer(request, number, forms.CounterForm, act, _("Thank you. We look at what you ask for."))


@access.customer_page
@require_POST
def rate(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say how it went."""

    def act(found, by, data):
        actions.rate(found, by=by, rating=data["rating"], comment=data["comment"])

    return _answer(request, number, forms.RatingForm, act, _("Thank you for your answer."))


@access.customer_page
@require_POST
def reopen(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say that it is not solved, within the window."""

    def act(found, by, data):
        actions.reopen(found, by=by, reason=data["reason"])

    return _answer(request, number, forms.ReopenForm, act, _("We have opened your complaint again."))


@access.customer_page
@require_POST
def appeal(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Ask once more after a rejection."""

    def act(found, by, data):
        actions.appeal(found, by=by, reason=data["reason"])

    return _answer(request, number, forms.AppealForm, act, _("We look at your complaint once more."))


@access.customer_page
@require_POST
def withdraw(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Take the complaint back."""

    def act(found, by, data):
        actions.withdraw(found, by=by, reason=data["reason"])

    return _answer(request, number, forms.WithdrawForm, act, _("You took your complaint back."))


@access.customer_page
@require_safe
def photos(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Add photos: those that were asked for, or more of those that help."""
    found = access.accessible_ticket(request, number)
    asked = queries.asked_for(found)
    words = ", ".join(str(row.get_proof_display()) for row in asked)
    context = photo_page(
        found, queries.photo_places(found, asked), add=reverse("portal:ticket_photo_add", args=[org, number]),
        remove="", after=reverse("portal:ticket", args=[org, number]),
    )  # fmt: skip
    return render(
        request, "portal/ticket_photos.html", {"ticket": found, "asked": asked, "asked_words": words, **context}
    )


@access.customer_page
@require_POST
def seen(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Take note that the customer's browser shows what is asked for; a mail scanner runs no script."""
    found = access.accessible_ticket(request, number)
    actions.proofs_read(found, by=_by(found.customer))
    return HttpResponse(status=204)
