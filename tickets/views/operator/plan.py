"""The plan on the workbench: proposed, checked while it is typed, approved, sent back, carried out, revised."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from aftersales.tenants.permissions import Permission, requires

from ... import actions
from ...actions import ActionRefused, Refused, TooLate
from ...forms import desk as forms
from ...forms import plan as plan_forms
from ...models import Plan, PlanAction, Ticket
from ...queries import bench, drafts
from .page import act, by_of, loaded, ticket_of
from .planning import action_forms, planned_of, revise_form, sendback_form


def _rows(ticket: Ticket, data: Any) -> list[plan_forms.ActionForm]:
    return action_forms(ticket, bench.candidates(ticket), data=data)


@requires(Permission.WORK)
@require_POST
def propose(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Propose a plan; above the organization's amount it goes to a manager first."""
    ticket = loaded(request, number)
    rows = _rows(ticket, request.POST)
    form = plan_forms.PlanForm(request.POST)
    # Every row is checked, so that all that must be mended shows at once.
    fine = [row for row in rows if not row.is_valid()] == []
    look = _("Look at the actions below; what to mend stands at each.")

    def do(data: dict[str, Any]) -> None:
        if not fine:
            raise Refused(look)
        wanted = [row for row in rows if row.is_wanted]
        try:
            form.plan = actions.propose_plan(  # type: ignore[attr-defined]
                ticket, by=by_of(request), text=data["text"], currency=ticket.order.currency,
                actions=planned_of(wanted),
            )  # fmt: skip
        except ActionRefused as refused:
            wanted[refused.position].refuse(refused.field, refused.message)
            raise Refused(look) from None

    def said() -> str:
        plan: Plan = form.plan  # type: ignore[attr-defined]
        if plan.state == Plan.State.AGREED:
            return _("The plan keeps to the mediation and is agreed.")
        waits = "manager" in plan.missing_agreements()
        return _("The plan waits for a manager.") if waits else _("The plan was sent to the customer.")

    return act(request, ticket, "plan", form, do, done=said, also={"actions": rows})


@requires(Permission.WORK)
@require_POST
def check(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Say what the plan that is being typed comes to and what must be mended. Changes nothing."""
    ticket = loaded(request, number)
    rows = _rows(ticket, request.POST)
    problems = [(row, row.errors) for row in rows if not row.is_valid() and row["kind"].value()]
    # What cannot be read yet is not counted yet.
    readable = [row for row in rows if row.is_valid() and row.is_wanted]
    context = {
        "ticket": ticket, "problems": problems, "limit": request.organization.approval_amount,
        "parts": drafts.parts(ticket, [row.planned() for row in readable]),
    }  # fmt: skip
    return render(request, "desk/_ticket_plan_check.html", context)


def _proposed(ticket: Ticket) -> Plan:
    plan = ticket.current_plan()
    if plan is None or plan.state != Plan.State.PROPOSED:
        raise TooLate(_("Somebody was faster: this plan is not open any more."))
    plan.ticket = ticket
    return plan


@requires(Permission.MANAGE)
@require_POST
def approve(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Approve the plan above the amount that was shown; the customer sees it then."""
    ticket = ticket_of(request, number)

    def do(data: dict[str, Any]) -> None:
        plan = _proposed(ticket)
        if str(plan.pk) != request.POST.get("plan"):
            raise TooLate(_("There is a newer plan than the one you saw; look at it first."))
        actions.approve_plan(plan, by=by_of(request))

    done = _("Approved. The customer sees the plan now.")
    return act(request, ticket, "approve", forms.DeskForm(request.POST), do, done=done)


@requires(Permission.MANAGE)
@require_POST
def send_back(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Send a plan back to the operator, with the reason."""
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        "sendback",
        sendback_form(request.POST),
        lambda data: actions.refuse_plan(_proposed(ticket), by=by_of(request), text=data["reason"]),
        done=_("The plan was sent back."),
    )


@requires(Permission.WORK)
@require_POST
def record(request: HttpRequest, org: str, number: str, pk: int) -> HttpResponse:
    """Record that one action of the plan was done, with its proof."""
    ticket = ticket_of(request, number)
    action = PlanAction.objects.select_related("plan__ticket").filter(plan__ticket=ticket, pk=pk).first()
    if action is None:
        raise Http404
    return act(
        request,
        ticket,
        f"proof{pk}",
        plan_forms.ProofForm(request.POST, action=action),
        lambda data: actions.record_execution(action, by=by_of(request), proof=data["proof"]),
        done=_("Recorded as done."),
    )


@requires(Permission.WORK)
@require_POST
def revise(request: HttpRequest, org: str, number: str) -> HttpResponse:
    """Go back to planning: the agreed plan cannot be kept."""
    ticket = ticket_of(request, number)
    return act(
        request,
        ticket,
        "revise",
        revise_form(request.POST),
        lambda data: actions.revise(ticket, by=by_of(request), reason=data["reason"]),
        done=_("Back to planning."),
    )
