"""The workbench's page: put together from the ticket, and drawn again with a form that could not be taken."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from aftersales.tenants.permissions import Permission

from ... import rules
from ...actions import By
from ...forms import decisions
from ...forms import desk as forms
from ...models import Plan, Ticket
from ...problems import Place
from ...queries import bench, desk, drafts, words
from ...workflow import State
from ..attempts import attempt

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
) -> HttpResponse:
    """Take one action with a form: back to the ticket, or the page again with what was typed, 422 or 409."""
    status = attempt(form, do)
    if status:
        return ticket_page(request, ticket.number, bound={name: form, **(also or {})}, status=status)
    if done:
        messages.success(request, done() if callable(done) else done)
    response = redirect("desk:ticket", org=request.organization.slug, number=ticket.number)
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
        # The narrow navigation shows no number; the next line spares its statement.
        self.request.open_tickets = None
        context = {
            "ticket": ticket,
            "now": timezone.now(),
            "steps": drafts.steps(ticket),
            "standing": desk.standing(ticket),
            "spots": spots,
            "missing": [spot for spot in spots if not spot.photos],
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

    def writing(self) -> dict[str, Any]:
        partners = list(dict.fromkeys((row["partner"], row["name"]) for row in bench.requests(self.ticket)))
        partners += [each for names in self.candidates.values() for each in names if each not in partners]
        tab = next(
            (name for name in ("reply", "note", "partner") if name in self.bound), self.request.GET.get("write", "")
        )
        name = self.ticket.customer.name or _("the customer")
        return {
            "reply": self.form("reply", lambda: forms.ReplyForm(label=_("Reply to %(name)s") % {"name": name})),
            "note": self.form("note", lambda: forms.NoteForm(label=_("Note for the team"))),
            "partner_form": self.form("partner", lambda: forms.PartnerMessageForm(partners=partners))
            if partners
            else None,
            "tab": tab if tab in ("note", "partner") else "reply",
        }

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

    def _ask(self) -> forms.AskEvidenceForm:
        missing = [spot.place for spot in bench.spots(self.ticket) if not spot.photos]
        asked = [place["place"] for place in (self.recommended or {}).get("asks", [])]
        return forms.AskEvidenceForm(initial={"places": missing or asked})

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
        plans = bench.plans(self.ticket)
        plan = next((each for each in plans if each.state == Plan.State.PROPOSED), None)
        refused = plans[0] if plans and plans[0].state == Plan.State.REFUSED else None
        return {
            "plan": plan,
            "refused": refused,
            "earlier_plans": [each for each in plans if each not in (plan, refused)],
            "waits_for": set(plan.missing_agreements()) if plan else set(),
            "plan_form": self.form(
                "plan", lambda: decisions.PlanForm(initial={"text": drafts.plan_text(self.ticket, self.confirmed)})
            ),
            "action_forms": self.bound.get("actions") or action_forms(self.ticket, self.confirmed, self.candidates),
            "sendback": self.form("sendback", sendback_form),
            "limit": self.request.organization.approval_amount,
        }

    def executing(self) -> dict[str, Any]:
        plans = bench.plans(self.ticket)
        plan = next((each for each in plans if each.state == Plan.State.AGREED), None)
        actions = list(plan.actions.all()) if plan else []
        proofs = [
            (each, self.form(f"proof{each.pk}", lambda each=each: decisions.ProofForm(action=each))) for each in actions
        ]
        found = {"plan": plan, "proofs": proofs, "revise": self.form("revise", revise_form)}
        if plan and all(each.done_at for each in actions):
            found["close"] = self.form(
                "close", lambda: close_form(self.ticket, plans, initial=drafts.close_form(self.ticket, plan))
            )
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
def action_forms(
    ticket: Ticket, confirmed: dict[str, Any] | None, candidates: decisions.Candidates, data: Any = None
) -> list[decisions.ActionForm]:
    """Return the four forms of a plan's actions; the first holds the usual remedy."""
    first = drafts.first_action(ticket, confirmed, candidates)
    later = {"payer": first["payer"], "due_on": first["due_on"]}
    known = {"candidates": candidates, "currency": ticket.order.currency, "today": timezone.localdate()}
    return [
        decisions.ActionForm(data, position=n, initial=later if n else first, **known)
        for n in range(decisions.MOST_ACTIONS)
    ]


def close_form(ticket: Ticket, plans: list[Plan], data: Any = None, **kwargs: Any) -> decisions.CloseForm:
    """Return the closing form, its costs counted from the actions that were done."""
    return decisions.CloseForm(data, costs=drafts.spent(plans), currency=ticket.order.currency, **kwargs)


def revise_form(data: Any = None) -> forms.ReasonForm:
    """Return the form that goes back to planning."""
    return forms.ReasonForm(
        data, name="revise", label=_("Why the plan cannot be kept"), missing=_("Write why the plan cannot be kept.")
    )


def reopen_form(data: Any = None) -> forms.ReasonForm:
    """Return the form that opens a closed ticket again."""
    return forms.ReasonForm(
        data, name="reopen", label=_("What is still wrong"), missing=_("Write what is still wrong.")
    )


def sendback_form(data: Any = None) -> forms.ReasonForm:
    """Return the form with which a manager sends a plan back."""
    return forms.ReasonForm(data, name="sendback", label=_("Why not"), missing=_("Write why."))


__all__ = [
    "MENU",
    "act",
    "action_forms",
    "by_of",
    "close_form",
    "loaded",
    "reopen_form",
    "revise_form",
    "sendback_form",
    "ticket_of",
    "ticket_page",
]
