"""The dispute behind the customer's and the partner's own page: what is said, until when, and the decision."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersales.orders.models import Partner

from .. import access, actions
from ..actions import By
from ..forms import mediation as forms
from ..models import Mediation, Ticket
from ..queries import mediation as queries
from .attempts import attempt, words_of
from .mediation import current

Act = Callable[[Ticket, By, dict[str, Any]], Any]


def _page(
    request: HttpRequest, ticket: Ticket, partner: Partner | None, form: Form | None = None, status: int = 200
) -> HttpResponse:
    page = queries.side_page(ticket, partner)
    shown: dict[str, Any] = {"state": forms.StatementForm(), "open": forms.OpenForm()}
    possible = {"open": page.may_open, "state": page.may_state}
    if form is not None:
        shown[form.name] = form  # type: ignore[attr-defined]
    context = {
        "page": page, "ticket": ticket, "form": form, "forms": shown,
        "lost": words_of(form) if form and not possible[form.name] else "",  # type: ignore[attr-defined]
    }  # fmt: skip
    audience = "partner" if partner else "portal"
    with timezone.override(partner.time_zone if partner else request.organization.zone):
        return render(request, f"{audience}/mediation.html", context | {"audience": audience}, status=status)


def _opens(ticket: Ticket, by: By, data: dict[str, Any]) -> None:
    actions.open_mediation(ticket, by=by, reason=data["reason"])


def _states(ticket: Ticket, by: By, data: dict[str, Any]) -> None:
    found: Mediation = current(ticket)
    actions.state_in_mediation(found, by=by, text=data["text"])


# ── the customer ───────────────────────────────────────────────────────────────────────────────────────────────────
@access.customer_page
@require_safe
def customer(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """What is disputed, what was said, and the customer's statement."""
    return _page(request, access.accessible_ticket(request, number), None)


def _customer(request: HttpRequest, number: str, form: type[Form], act: Act, thanks: str) -> HttpResponse:
    ticket = access.accessible_ticket(request, number)
    sent = form(request.POST)
    failed = attempt(sent, lambda data: act(ticket, By.customer(ticket.customer), data))
    if failed:
        return _page(request, access.accessible_ticket(request, number), None, sent, failed)
    messages.success(request, thanks)
    return redirect("portal:mediation", org=request.organization.slug, number=number)


@access.customer_page
@require_POST
def customer_opens(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The customer asks for a mediation."""
    said = _("Thank you. A manager looks at it, and the other side is asked too.")
    return _customer(request, number, forms.OpenForm, _opens, said)


@access.customer_page
@require_POST
def customer_states(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The customer's statement, until its deadline."""
    return _customer(request, number, forms.StatementForm, _states, _("Thank you. We have your statement."))


# ── the partner ────────────────────────────────────────────────────────────────────────────────────────────────────
@access.partner_page
@require_safe
def partner(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """What is disputed, what was said, and the partner's statement."""
    asked = access.accessible_request(request, number)
    return _page(request, asked.ticket, asked.partner)


def _partner(request: HttpRequest, number: str, form: type[Form], act: Act, thanks: str) -> HttpResponse:
    asked = access.accessible_request(request, number)
    sent = form(request.POST)
    failed = attempt(sent, lambda data: act(asked.ticket, By.partner_contact(asked.partner), data))
    if failed:
        fresh = access.accessible_request(request, number)
        return _page(request, fresh.ticket, fresh.partner, sent, failed)
    messages.success(request, thanks)
    return redirect("partner:mediation", org=request.organization.slug, number=number)


@access.partner_page
@require_POST
def partner_opens(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The partner asks for a mediation."""
    said = _("Thank you. A manager looks at it, and the other side is asked too.")
    return _partner(request, number, forms.OpenForm, _opens, said)


@access.partner_page
@require_POST
def partner_states(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The partner's statement, until its deadline."""
    return _partner(request, number, forms.StatementForm, _states, _("Thank you. We have your statement."))
