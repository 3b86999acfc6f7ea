"""The partner's one page behind its link: the case without the customer's identity, and its answer."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from .. import access, actions, links, throttle
from ..forms import partner as forms
from ..models import PartnerRequest, SignedLink
from ..queries import partner as queries
from .attempts import attempt, words_of


@access.partner_page
@require_safe
def link(request: HttpRequest, org: str, token: str) -> HttpResponse:
    """Exchange a mailed link for the session, so that no token stays in an address. Mail scanners change nothing."""
    found = links.open_link(token)
    if found is None or found.kind not in SignedLink.OF_PARTNERS or not found.is_valid:
        return render(request, "partner/link_closed.html", {"token": token}, status=404)
    access.grant_link(request, found)
    if found.kind == SignedLink.Kind.INBOX:
        response = redirect("partner:list", org=org)
    else:
        response = redirect("partner:ticket", org=org, number=found.ticket.number)
    response["Referrer-Policy"] = "no-referrer"
    return access.speak(request, response, found.partner.language)


@access.partner_page
@require_POST
def renew(request: HttpRequest, org: str) -> HttpResponse:
    """Mail a new link to where the old one went. The answer is the same whether one was sent or not."""
    found = links.open_link(request.POST.get("token"))
    waits = throttle.take(throttle.RENEW_BY_ADDRESS, request.organization.pk, throttle.client_address(request))
    if found is not None and found.kind in SignedLink.OF_PARTNERS and not waits:
        actions.renew_link(found)
    return render(request, "partner/link_sent.html")


@access.partner_page
@require_safe
def ticket(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The case and the partner's answer."""
    return _page(request, access.accessible_request(request, number))


@access.partner_page
@require_POST
def seen(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """The page was looked at by somebody whose browser runs it; fetching alone, as mail scanners do, says nothing."""
    asked = access.accessible_request(request, number)
    actions.mark_seen(asked, asked.link)  # type: ignore[attr-defined]
    return HttpResponse(status=204)


def _page(request: HttpRequest, asked: PartnerRequest, form: Form | None = None, status: int = 200) -> HttpResponse:
    """Draw the page; `form` is one that was sent and needs mending, shown with what was typed."""
    with timezone.override(asked.partner.time_zone):
        page = queries.request_page(asked)
        give_addresses(request, page.photos)
        plan = {"plan": page.plan.version} if page.plan else {}
        kinds = (forms.AnswerForm, forms.ThreadForm, forms.ProposalForm, forms.ContestForm, forms.PlanForm)
        shown: dict[str, Form] = {kind.name: kind(initial=plan) for kind in kinds}
        if form is not None:
            shown[form.name] = form  # type: ignore[attr-defined]
        possible = {
            "thread": True, "answer": page.may_answer, "contest": page.may_contest, "accept": page.must_agree,
            "proposal": page.may_propose,
        }  # fmt: skip
        context = {
            "lost": words_of(form) if form and not possible[form.name] else "",  # type: ignore[attr-defined]
            "page": page, "asked": asked, "ticket": asked.ticket, "form": form, "forms": shown,
            "icons": forms.ANSWER_ICONS, "hints": forms.answer_hints(asked),
            "has_list": access.has_inbox(request, asked.partner_id),
        }  # fmt: skip
        return render(request, "partner/ticket.html", context, status=status)


def give_addresses(request: HttpRequest, photos: list) -> None:
    """Give each photo of a partner's page the address of its small copy, `thumb`, and of its larger one, `page`."""
    for photo in photos:
        at = {"org": request.organization.slug, "pk": photo.pk}
        photo.thumb = reverse("partner:photo", kwargs={**at, "size": "thumb"})
        photo.page = reverse("partner:photo", kwargs={**at, "size": "display"})


def _answer(
    request: HttpRequest, number: str, form: type[Form], thanks: str,
    act: Callable[[PartnerRequest, actions.By, dict[str, Any]], Any],
) -> HttpResponse:  # fmt: skip
    """Clean the form, do the one thing, and come back to the page; or show the page with the form to mend."""
    asked = access.accessible_request(request, number)
    sent = form(request.POST)
    failed = attempt(sent, lambda data: act(asked, actions.By.partner_contact(asked.partner), data))
    if failed:
        return _page(request, access.accessible_request(request, number), sent, failed)
    messages.success(request, thanks)
    return redirect("partner:ticket", org=request.organization.slug, number=number)


@access.partner_page
@require_POST
def answer(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """All of it, a share, or not ours."""

    def act(asked, by, data):
        actions.answer_request(asked, by=by, **data)

    return _answer(request, number, forms.AnswerForm, _("Thank you. We have your answer."), act)


@access.partner_page
@require_POST
def write(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Write in the partner's own thread."""

    def act(asked, by, data):
        actions.write_message(asked.ticket, by=by, audience="partner", text=data["text"])

    return _answer(request, number, forms.ThreadForm, _("Your message is on its way."), act)


@access.partner_page
@require_POST
def agree(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Agree to pay its part of the plan. A second press finds it agreed."""

    def act(asked, by, data):
        plan = queries.plan_for(asked.ticket, asked.partner)
        if plan is None or plan.version != data["plan"]:
            raise actions.TooLate(_("The plan has changed in the meantime. Please read it again."))
        plan.ticket = asked.ticket
        if asked.partner in plan.unagreed_partners():
            actions.accept_plan(plan, by=by)

    return _answer(request, number, forms.PlanForm, _("Thank you. You agreed to your part."), act)


@access.partner_page
@require_POST
def propose(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Propose a plan after the answer."""

    def act(asked, by, data):
        actions.propose_as_partner(asked, by=by, text=data["text"])

    return _answer(request, number, forms.ProposalForm, _("Thank you. We look at your proposal."), act)


@access.partner_page
@require_POST
def contest(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Bring something new while the plan is not agreed: the decision is taken again."""

    def act(asked, by, data):
        actions.contest(asked.ticket, by=by, text=data["text"], plan=data["plan"])

    return _answer(request, number, forms.ContestForm, _("Thank you. We look at the decision again."), act)
