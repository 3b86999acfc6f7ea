"""The six stages and every arrow between them, on one page. `docs/lifecycle.md` draws it.

Only `tickets.actions` takes an arrow: it locks the row, writes the event and what must be sent in one transaction.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import ConcurrentTransitionMixin, FSMField, transition

from . import rules


class State(models.TextChoices):
    """The node of the lifecycle a ticket stands on."""

    REPORTED = "reported", _("Reported")
    RESPONSIBILITY = "responsibility", _("Responsibility")
    PLANNING = "planning", _("Planning")
    EXECUTING = "executing", _("Executing")
    CLOSED = "closed", _("Closed")
    FOLLOWED_UP = "followed_up", _("Followed up")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    MERGED = "merged", _("Merged")


S = State
STAGES = (S.REPORTED, S.RESPONSIBILITY, S.PLANNING, S.EXECUTING, S.CLOSED, S.FOLLOWED_UP)
OPEN = (S.REPORTED, S.RESPONSIBILITY, S.PLANNING, S.EXECUTING)
NOT_COUNTED = (S.WITHDRAWN, S.MERGED)


class Actor(models.TextChoices):
    """Who takes an arrow."""

    CUSTOMER = "customer", _("Customer")
    OPERATOR = "operator", _("Operator")
    MANAGER = "manager", _("Manager")
    PARTNER = "partner", _("Partner")
    SYSTEM = "system", _("System")


A = Actor
# Who may take which arrow (product.md, "The lifecycle"). A manager may do what an operator may.
WHO: dict[str, frozenset[Actor]] = {
    "accept": frozenset({A.OPERATOR, A.SYSTEM}),
    "confirm_responsibility": frozenset({A.OPERATOR}),
    "agree": frozenset({A.CUSTOMER, A.PARTNER, A.MANAGER, A.SYSTEM}),
    "close": frozenset({A.OPERATOR}),
    "follow_up": frozenset({A.CUSTOMER, A.SYSTEM}),
    "reject": frozenset({A.OPERATOR}),
    "appeal": frozenset({A.CUSTOMER}),
    "withdraw": frozenset({A.CUSTOMER, A.OPERATOR}),
    "merge": frozenset({A.OPERATOR}),
    "unmerge": frozenset({A.OPERATOR}),
    "contest": frozenset({A.PARTNER}),
    "revise": frozenset({A.OPERATOR}),
    "reopen": frozenset({A.CUSTOMER, A.OPERATOR}),
}


class Workflow(ConcurrentTransitionMixin, models.Model):
    """The arrows. Each method is one; its guards read fresh data, its body sets what the arrow itself means."""

    state = FSMField(_("stage"), choices=State, default=State.REPORTED, protected=True)
    # Where a merged ticket stood, so that undoing the merge returns it there.
    state_before_merge = models.CharField(max_length=16, blank=True, editable=False)

    class Meta:
        abstract = True

    @transition(field=state, source=S.REPORTED, target=S.RESPONSIBILITY)
    def accept(self):
        """The order is verified; evidence is complete or asked for."""

    @transition(field=state, source=S.RESPONSIBILITY, target=S.PLANNING, conditions=[rules.has_confirmed_assessment])
    def confirm_responsibility(self):
        """An assessment is confirmed: parties with shares that add to 100 %, and a basis."""

    @transition(field=state, source=S.PLANNING, target=S.EXECUTING, conditions=[rules.plan_is_agreed])
    def agree(self):
        """A plan is agreed by all it binds."""

    @transition(
        field=state, source=S.EXECUTING, target=S.CLOSED, conditions=[rules.actions_are_done, rules.outcome_is_recorded]
    )
    def close(self):
        """Every action is done with proof; outcome, root cause and cost per party are recorded."""

    @transition(field=state, source=S.CLOSED, target=S.FOLLOWED_UP)
    def follow_up(self):
        """The customer rated it, or the follow-up window ended."""

    @transition(field=state, source=[S.REPORTED, S.RESPONSIBILITY], target=S.REJECTED)
    def reject(self):
        """Refused, with reason and policy clause."""

    @transition(field=state, source=S.REJECTED, target=S.REPORTED, conditions=[rules.may_appeal])
    def appeal(self):
        """The customer asks once more; only once."""

    @transition(field=state, source=[S.REPORTED, S.RESPONSIBILITY, S.PLANNING], target=S.WITHDRAWN)
    def withdraw(self):
        """The customer takes the complaint back."""

    @transition(
        field=state, source=[S.REPORTED, S.RESPONSIBILITY], target=S.MERGED, conditions=[rules.has_merge_target]
    )
    def merge(self):
        """It is the same matter as another ticket; it keeps its number and points to the other."""

    @transition(field=state, source=S.MERGED, target=S.REPORTED, conditions=[rules.was_reported])
    def unmerge_to_reported(self):
        """Undo a merge."""

    @transition(field=state, source=S.MERGED, target=S.RESPONSIBILITY, conditions=[rules.was_in_responsibility])
    def unmerge_to_responsibility(self):
        """Undo a merge."""

    @transition(field=state, source=S.PLANNING, target=S.RESPONSIBILITY, conditions=[rules.partner_may_contest])
    def contest(self):
        """A partner brings new evidence before agreeing."""

    @transition(field=state, source=S.EXECUTING, target=S.PLANNING)
    def revise(self):
        """The agreed plan cannot be kept; a revised one is needed."""

    @transition(field=state, source=[S.CLOSED, S.FOLLOWED_UP], target=S.RESPONSIBILITY, conditions=[rules.may_reopen])
    def reopen(self):
        """The customer is not satisfied, or an operator sees that it was not solved."""
