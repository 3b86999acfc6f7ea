"""What the closing form holds beforehand, each with why: outcome from the plan, root cause from the decision."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from ..models import Plan, Ticket
from ..models.ticket import RootCause
from ..problems import Group, Party, Problem
from . import drafts
from .bench import Row
from .card import in_words

C = RootCause
# By the party that bears most, then by problem or by kind of problem; "" is what else.
CAUSES: dict[str, dict[str, RootCause]] = {
    Party.SUPPLIER: {
        Problem.COUNTERFEIT: C.SUPPLIER_PICKING, Group.WRONG: C.SUPPLIER_PICKING, Group.CUSTOMS: C.CUSTOMS_DECISION,
        "": C.PRODUCTION,
    },
    Party.WAREHOUSE: {
        Group.WRONG: C.WAREHOUSE_PICKING, Group.DAMAGE: C.PACKING, Group.QUALITY: C.INSPECTION_GAP,
        Problem.INSPECTION_MISSED: C.INSPECTION_GAP, "": C.WAREHOUSE_PICKING,
    },
    Party.CARRIER: {
        Problem.DELAYED: C.CARRIER_DELAY, Problem.NO_MOVEMENT: C.CARRIER_DELAY, Problem.LOST: C.CARRIER_LOSS,
        Problem.NOT_RECEIVED: C.CARRIER_LOSS, "": C.TRANSIT,
    },
    Party.AGENT: {
        Group.CUSTOMS: C.CUSTOMS_PAPERS, Group.QUALITY: C.INSPECTION_GAP, Group.WRONG: C.INSPECTION_GAP,
        Problem.INSPECTION_MISSED: C.INSPECTION_GAP, Group.DAMAGE: C.PACKING, "": C.OUR_SERVICE,
    },
    Party.CUSTOMS: {"": C.CUSTOMS_DECISION},
    Party.CUSTOMER: {"": C.CUSTOMER_ERROR},
}  # fmt: skip


@dataclass(frozen=True)
class Closing:
    """What is proposed, by field of the form, and the words that say why."""

    initial: dict[str, Any]
    why: dict[str, str] = field(default_factory=dict)


def root_cause(ticket: Ticket, confirmed: Row | None) -> str:
    """Return the root cause that the confirmed responsibility points to; empty without a decision."""
    if not confirmed or not confirmed["shares"]:
        return ""
    causes = CAUSES[confirmed["shares"][0]["party"]]
    return causes.get(ticket.problem) or causes.get(ticket.group) or causes[""]


def proposal(ticket: Ticket, plan: Plan, confirmed: Row | None) -> Closing:
    """Return the closing form's beginning for a loaded ticket whose plan was carried out."""
    initial = drafts.close_form(ticket, plan)
    cause = root_cause(ticket, confirmed)
    done = ", ".join(str(each.get_kind_display()) for each in plan.actions.all())
    why = {"outcome": _("Proposed from what was done: %(actions)s.") % {"actions": done}} if initial["outcome"] else {}
    if confirmed and cause:
        shares = in_words({share["party"]: share["percent"] for share in confirmed["shares"]})
        why["root_cause"] = _("Proposed from the decision (%(shares)s) and the problem (%(problem)s).") % {
            "shares": shares, "problem": ticket.get_problem_display(),
        }  # fmt: skip
    return Closing(initial | {"root_cause": cause}, why)
