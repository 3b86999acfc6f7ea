"""What the workbench shows while a plan is made and carried out; `plan` holds its verbs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from ...actions import Pays, Planned
from ...forms import desk as forms
from ...forms import plan as plan_forms
from ...models import Plan, Ticket
from ...queries import bench, drafts

if TYPE_CHECKING:
    from .page import Workbench


def planning(page: "Workbench") -> dict[str, Any]:
    """Return what stage planning shows: the plan that waits, or the form of a new one as the policy proposes it."""
    ticket, request = page.ticket, page.request
    plans = bench.plans(ticket)
    plan = next((each for each in plans if each.state == Plan.State.PROPOSED), None)
    refused = plans[0] if plans and plans[0].state == Plan.State.REFUSED else None
    taken = refused if refused and refused.is_countered and request.GET.get("take") == "counter" else None
    proposal = drafts.proposal(ticket, taken)
    text = drafts.plan_text(ticket, proposal)
    return {
        "plan": plan,
        "refused": refused,
        "taken": taken,
        "proposal": proposal,
        "changes": drafts.changes(plans) if plan else [],
        "earlier_plans": [each for each in plans if each not in (plan, refused)],
        "waits_for": set(plan.missing_agreements()) if plan else set(),
        "unagreed": plan.unagreed_partners() if plan else [],
        "plan_form": page.form("plan", lambda: plan_forms.PlanForm(initial={"text": text})),
        "action_forms": page.bound.get("actions") or action_forms(ticket, page.candidates, proposal),
        "sendback": page.form("sendback", sendback_form),
        "limit": request.organization.approval_amount,
    }


def executing(page: "Workbench", plans: list[Plan]) -> dict[str, Any]:
    """Return what stage executing shows: each action of the agreed plan with its proof or the form for it."""
    plan = next((each for each in plans if each.state == Plan.State.AGREED), None)
    actions = list(plan.actions.all()) if plan else []
    proofs = [
        (each, page.form(f"proof{each.pk}", lambda each=each: plan_forms.ProofForm(action=each))) for each in actions
    ]
    return {"plan": plan, "proofs": proofs, "revise": page.form("revise", revise_form)}


def action_forms(
    ticket: Ticket, candidates: plan_forms.Candidates, proposal: drafts.Proposal | None = None, data: Any = None
) -> list[plan_forms.ActionForm]:
    """Return the forms of a plan's actions, the first of them filled in as proposed."""
    rows = drafts.action_rows(ticket, proposal) if proposal else []
    known = {"candidates": candidates, "currency": ticket.order.currency, "today": timezone.localdate()}
    return [
        plan_forms.ActionForm(data, position=n, initial=rows[n] if n < len(rows) else {}, **known)
        for n in range(plan_forms.MOST_ACTIONS)
    ]


def planned_of(rows: Sequence[plan_forms.ActionForm]) -> list[Planned]:
    """Return the checked forms as the plan's actions."""
    found = []
    for row in rows:
        fields = row.planned()
        payers = [Pays(party, percent, bench.partner(pk)) for party, percent, pk in fields.pop("payers")]
        found.append(Planned(payers=payers, **fields))
    return found


def revise_form(data: Any = None) -> forms.ReasonForm:
    """Return the form that goes back to planning."""
    return forms.ReasonForm(
        data, name="revise", label=_("Why the plan cannot be kept"), missing=_("Write why the plan cannot be kept.")
    )


def sendback_form(data: Any = None) -> forms.ReasonForm:
    """Return the form with which a manager sends a plan back."""
    return forms.ReasonForm(data, name="sendback", label=_("Why not"), missing=_("Write why."))
