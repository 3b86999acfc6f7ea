"""The workbench's page: put together from the ticket, and drawn again with a form that could not be taken."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.orders.models import Order
from aftersales.tenants.permissions import Permission

from ... import rules
from ...actions import By
from ...forms import decisions
from ...forms import desk as forms
from ...models import Ticket
from ...problems import Place
from ...proofs import Proof
from ...queries import bench, card, case, checklist, closing, desk, drafts, words
from ...workflow import State
from ..attempts import attempt
from . import planning

# Forms that the menu opens at the top of the right column, with what they need.
MENU = ("assign", "problem", "link", "withdraw", "merge")


def by_of(request: HttpRequest) -> By:
    """Return the signed-in member as the one who acts."""
    return By.member(request.user, request.membership)


def ticket_of(request: HttpRequest, number: str) -> Ticket:
    """Return the organization's ticket with that number. Raises Http404 for any other."""
    ticket = get_object_or_404(Ticket.objects.select_related("order", "customer", "line"), number=number)
    ticket.organization = request.organization
    return ticket


def loaded(request: HttpRequest, number: str) -> Ticket:
    """Return the ticket with everything that hangs on it. Raises Http404."""
    ticket = bench.load(number)
    if ticket is None:
        raise Http404
    ticket.organization = request.organization
    return ticket


def hidden_from_partner(request: HttpRequest, ticket: Ticket) -> Order | None:
    """Return the order whose customer a partner must not be told of; None where partners may know."""
    return None if request.organization.partner_sees_customer else ticket.order


def act(
    request: HttpRequest,
    ticket: Ticket,
    name: str,
    form: Form,
    do: Callable[[dict[str, Any]], Any],
    *,
    done: str | Callable[[], str] = "",
    also: dict[str, Any] | None = None,
    anchor: str = "",
    to: str = "desk:ticket",
) -> HttpResponse:
    """Take one action with a form: on to a page of the ticket, or the workbench with what was typed, 422 or 409."""
    status = attempt(form, do)
    if status:
        return ticket_page(request, ticket.number, bound={name: form, **(also or {})}, status=status)
    if done:
        messages.success(request, done() if callable(done) else done)
    response = redirect(to, org=request.organization.slug, number=ticket.number)
    response["Location"] += anchor
    return response


def ticket_page(
    request: HttpRequest, number: str, *, bound: dict[str, Any] | None = None, status: int = 200, link: str = ""
) -> HttpResponse:
    """Draw the workbench. `bound` holds the form that was sent and could not be taken, by its name."""
    bound = bound or {}
    ticket = loaded(request, number)
    page = Workbench(request, ticket, bound)
    context = page.context() | {"link": link}
    name, form = next(iter(bound.items()), ("", None))
    if form is not None and status == 409:
        context["conflict"] = {"message": " ".join(form.non_field_errors()), "words": form.words()}
    elif form is not None:
        context["form"] = form
    context["opened"] = name or (request.GET.get("do", "") if request.method == "GET" else "")
    return render(request, "desk/ticket.html", context, status=status)


@dataclass
class Workbench:
    """What the template needs, by the stage the ticket stands on: nothing is read that the stage does not show."""

    request: HttpRequest
    ticket: Ticket
    bound: dict[str, Any]

    def form(self, name: str, make: Callable[[], Any]) -> Any:
        """Return the form that was sent under this name, else a fresh one."""
        return self.bound[name] if name in self.bound else make()

    def context(self) -> dict[str, Any]:
        """Return everything for the page."""
        ticket = self.ticket
        self.candidates = bench.candidates(ticket)
        self.recommended, self.confirmed = bench.recommendation(ticket), bench.confirmed(ticket)
        talk, earlier_left_out = bench.conversation(ticket, everything=self.request.GET.get("talk") == "all")
        spots = bench.spots(ticket)
        self.proofs = card.proofs(ticket, self.recommended, bench.askable(ticket))
        self.checklist = checklist.of_ticket(ticket)
        # The narrow navigation shows no number; the next line spares its statement.
        self.request.open_tickets = None
        context = {
            "ticket": ticket,
            "now": timezone.now(),
            "steps": drafts.steps(ticket),
            "standing": desk.standing(ticket),
            "spots": spots,
            "checklist": self.checklist,
            "talk": [
                (said, words.icon_of(said), words.sentence(said)) if said.kind == "event" else (said, "", "")
                for said in talk
            ],
            "earlier_left_out": earlier_left_out,
            "mine": desk.list_for(self.request.user),
            "clock": bench.stage_clock(ticket),
            "first_clock": bench.first_clock(ticket),
            "requests": bench.requests(ticket),
            "recommended": self.recommended,
            "proofs": self.proofs,
            "to_ask": [each for each in self.proofs if each.wanted and each.who != "us" and not each.asked],
            "looks": card.looks(ticket),
            "case_tabs": case.tabs(ticket, "ticket"),
            "rules_url": self.rules_url(),
            "confirmed": self.confirmed,
            "card": bench.customer_card(ticket),
            "manager": self.request.membership.can(Permission.MANAGE),
            "since": f"{ticket.changed_at.timestamp():.6f}",
            "places": Place.choices,
        }
        context |= self.times(context["clock"], context["now"]) | self.writing() | self.menu()
        by_state = {
            State.REPORTED: self.reported,
            State.RESPONSIBILITY: self.responsibility,
            State.PLANNING: self.planning,
            State.EXECUTING: self.executing,
            State.CLOSED: self.ended,
            State.FOLLOWED_UP: self.ended,
        }
        return context | by_state.get(State(ticket.state), dict)()

    def times(self, clock: dict[str, Any] | None, now: dt.datetime) -> dict[str, Any]:
        """What is left of the limit, or over it, and how long the first answer took."""
        answered = self.ticket.first_answer_at
        found: dict[str, Any] = {"answered_in": answered - self.ticket.filed_at if answered else None}
        if clock and clock["due_at"]:
            whole = max(clock["due_at"] - clock["started_at"], dt.timedelta(seconds=1))
            found |= {"left": clock["due_at"] - now, "over": now - clock["due_at"]}
            found["used"] = min(100, max(0, (now - clock["started_at"]) * 100 // whole))
        return found

    def rules_url(self) -> str:
        """The recommendation's rule in the rulebook, for those who may read it."""
        rule = (self.recommended or {}).get("rule", "")
        if not rule or not self.request.membership.can(Permission.MANAGE):
            return ""
        return reverse("settings:rulebook_rule", args=[self.request.organization.slug, rule])

    def writing(self) -> dict[str, Any]:
        partners = list(dict.fromkeys((row["partner"], row["name"]) for row in bench.requests(self.ticket)))
        partners += [each for names in self.candidates.values() for each in names if each not in partners]
        tab = next(
            (name for name in ("reply", "note", "partner") if name in self.bound), self.request.GET.get("write", "")
        )
        name = self.ticket.customer.name or _("the customer")
        label, begun = _("Reply to %(name)s") % {"name": name}, {tab: self.begun(tab)}
        return {
            "reply": self.form("reply", lambda: forms.ReplyForm(label=label, initial=begun.get("reply"))),
            "note": self.form("note", lambda: forms.NoteForm(label=_("Note for the team"))),
            "partner_form": self.form(
                "partner", lambda: forms.PartnerMessageForm(partners=partners, initial=begun.get("partner"))
            )
            if partners
            else None,
            "tab": tab if tab in ("note", "partner") else "reply",
        }

    def begun(self, tab: str) -> dict[str, Any]:
        """What a message begins with that asks for proofs (`ask`, each) of the customer, or of a partner (`of`)."""
        asked = dict.fromkeys(Proof(code) for code in self.request.GET.getlist("ask") if code in Proof.values)
        if not asked:
            return {}
        text = drafts.please_send(self.ticket, list(asked), to_customer=tab == "reply")
        return {"text": text, "partner": self.request.GET.get("of", "")}

    def menu(self) -> dict[str, Any]:
        """The form that the menu opened; only then it costs what it needs."""
        asked = self.request.GET.get("do", "") if self.request.method == "GET" else ""
        name = next((each for each in MENU if each in self.bound), asked)
        make: dict[str, Callable[[], Any]] = {
            "assign": lambda: forms.AssignForm(
                organization=self.request.organization,
                initial={"user": self.ticket.assignee_id, "team": self.ticket.team_id},
            ),
            "problem": lambda: forms.ProblemForm(initial={"problem": self.ticket.problem}),
            "withdraw": forms.WithdrawForm,
            "merge": forms.MergeForm,
        }
        return {"menu_name": name, "menu_form": self.form(name, make[name]) if name in make else None}

    def reported(self) -> dict[str, Any]:
        return {"ask": self.form("ask", self._ask), "reject": self.form("reject", forms.RejectForm)}

    def _ask(self) -> forms.AskProofsForm:
        wanted = [each.proof for each in self.proofs if each.wanted and each.who == "customer"]
        return forms.AskProofsForm(initial={"proofs": wanted or self.checklist.wanted})

    def responsibility(self) -> dict[str, Any]:
        return self.reported() | {
            "shares": self.form("shares", lambda: self.shares_form(initial=drafts.shares_form(self.recommended))),
            "asking": self.form("asking", self._asking) if self.candidates else None,
        }

    def shares_form(self, *args: Any, **kwargs: Any) -> decisions.SharesForm:
        """Return the form of another responsibility, which knows what is recommended."""
        return decisions.SharesForm(
            *args, candidates=self.candidates, recommended=drafts.shares(self.recommended), **kwargs
        )

    def _asking(self) -> decisions.AskPartnerForm:
        initial = drafts.asking(self.ticket, self.recommended, self.candidates)
        return decisions.AskPartnerForm(candidates=self.candidates, initial=initial)

    def planning(self) -> dict[str, Any]:
        return planning.planning(self)

    def executing(self) -> dict[str, Any]:
        plans = bench.plans(self.ticket)
        found = planning.executing(self, plans)
        plan = found["plan"]
        if plan and all(each.done_at for each in plan.actions.all()):
            proposed = closing.proposal(self.ticket, plan, self.confirmed)
            found["close"] = self.form("close", lambda: close_form(self.ticket, initial=proposed.initial))
            found["why"] = proposed.why
        return found

    def ended(self) -> dict[str, Any]:
        return {
            "costs": bench.costs(self.ticket),
            "follow_ups": bench.follow_ups(self.ticket),
            "plans": bench.plans(self.ticket),
            "reopen": self.form("reopen", reopen_form),
            "may_reopen": rules.may_reopen(self.ticket),
        }


# ── forms that more than one place makes ───────────────────────────────────────────────────────────────────────────
def close_form(ticket: Ticket, data: Any = None, **kwargs: Any) -> decisions.CloseForm:
    """Return the closing form, its costs counted from the ledger."""
    return decisions.CloseForm(data, costs=drafts.spent(ticket), currency=ticket.order.currency, **kwargs)


def reopen_form(data: Any = None) -> forms.ReasonForm:
    """Return the form that opens a closed ticket again."""
    return forms.ReasonForm(
        data, name="reopen", label=_("What is still wrong"), missing=_("Write what is still wrong.")
    )


__all__ = [
    "MENU",
    "act",
    "by_of",
    "close_form",
    "hidden_from_partner",
    "loaded",
    "reopen_form",
    "ticket_of",
    "ticket_page",
]
