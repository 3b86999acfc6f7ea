"""What will be done: plans, their actions, and what it cost whom. Amounts are decimals in the plan's currency."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import currency_code

from .. import rules
from ..problems import Party, Wish
from .decision import PERCENT
from .ticket import Ticket


class Plan(TenantModel):
    """One proposal. A revised plan is the next version; the old one stays readable."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        AGREED = "agreed", _("Agreed")
        REFUSED = "refused", _("Refused")
        REPLACED = "replaced", _("Replaced")
        DONE = "done", _("Carried out")

    class Refusal(models.TextChoices):
        TOO_LITTLE = "too_little", _("It is too little")
        OTHER_WAY = "other_way", _("I want another solution")
        NOT_TRUE = "not_true", _("Your view of what happened is not right")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="plans")
    version = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    text = models.TextField(_("message to the customer"))
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    answer_by = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    customer_agreed_at = models.DateTimeField(null=True, blank=True)
    by_silence = models.BooleanField(default=False)
    partner_agreed_at = models.DateTimeField(null=True, blank=True)
    manager_agreed_at = models.DateTimeField(null=True, blank=True)
    manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    refusal = models.CharField(_("why not"), max_length=10, choices=Refusal, blank=True)
    refusal_text = models.TextField(blank=True)
    # What the customer would accept instead: a wish, and an amount in the plan's currency.
    counter_wish = models.CharField(max_length=12, choices=Wish, blank=True)
    counter_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    mediation = TenantForeignKey("Mediation", null=True, blank=True, related_name="plans")

    class Meta:
        ordering = ["-version"]
        indexes = [
            models.Index(
                fields=["organization", "answer_by"],
                name="plan_answer_due",
                condition=models.Q(state="proposed", customer_agreed_at__isnull=True),
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "ticket", "version"], name="plan_version_once"),
            models.UniqueConstraint(
                fields=["organization", "ticket"],
                condition=models.Q(state__in=["proposed", "agreed"]),
                name="plan_one_current",
            ),
        ]

    def __str__(self):
        return f"{self.version}"

    @property
    def amount(self) -> Decimal:
        """What the plan costs whoever bears it, in its currency. What is claimed from others is no part of it."""
        return sum((action.amount for action in self.actions.all() if not action.is_claim), Decimal(0))

    @property
    def gives(self) -> Decimal:
        """What the customer gets in money, in the plan's currency."""
        return sum((action.amount for action in self.actions.all() if action.kind in GIVES), Decimal(0))

    def paying_partners(self) -> list[Partner]:
        """Return the partners that the plan makes pay."""
        shares = (share for action in self.actions.all() for share in action.shares.all())
        return sorted({s.partner for s in shares if s.partner and s.amount}, key=lambda p: p.pk)

    def unagreed_partners(self) -> list[Partner]:
        """Return the paying partners that have not agreed to their part."""
        shares = (share for action in self.actions.all() for share in action.shares.all())
        return sorted({s.partner for s in shares if s.partner and s.amount and not s.agreed_at}, key=lambda p: p.pk)

    def due_from(self, partner: Partner) -> Decimal:
        """Return what the plan makes `partner` pay, in its currency."""
        shares = (share for action in self.actions.all() for share in action.shares.all())
        return sum((s.amount for s in shares if s.partner_id == partner.pk), Decimal(0))

    @property
    def is_countered(self) -> bool:
        """Whether the customer named what it would accept instead."""
        return bool(self.counter_wish) or self.counter_amount is not None

    def missing_agreements(self) -> list[str]:
        """Return who has not agreed yet, of those the plan binds: customer, partner, manager."""
        missing = []
        if self.customer_agreed_at is None:
            missing.append("customer")
        if self.partner_agreed_at is None and self.paying_partners():
            missing.append("partner")
        if self.manager_agreed_at is None and rules.needs_manager(self.organization, self.amount):
            missing.append("manager")
        return missing


class PlanAction(TenantModel):
    """One thing that the plan promises: what, how much, who pays, by when, and the proof that it was done."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("Full refund")
        PARTIAL_REFUND = "partial_refund", _("Partial refund")
        KEEP_REFUND = "keep_refund", _("Refund, the item is kept")
        REPLACEMENT = "replacement", _("Replacement")
        EXCHANGE = "exchange", _("Exchange")
        RETURN = "return", _("Return")
        REPAIR = "repair", _("Repair")
        RESEND = "resend", _("Resend missing parts")
        COMPENSATION = "compensation", _("Compensation or credit")
        FREIGHT_REFUND = "freight_refund", _("Freight refund")
        CUSTOMS_ASSISTANCE = "customs_assistance", _("Customs assistance")
        CARRIER_CLAIM = "carrier_claim", _("Carrier claim")
        INSURANCE_CLAIM = "insurance_claim", _("Insurance claim")
        APOLOGY = "apology", _("Apology and explanation")

    plan = TenantForeignKey(Plan, models.CASCADE, related_name="actions")
    kind = models.CharField(_("action"), max_length=20, choices=Kind)
    note = models.CharField(_("details"), max_length=300, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=12, decimal_places=2, default=0, validators=[MinValueValidator(0)]
    )
    doer = models.CharField(_("who does it"), max_length=10, choices=Party, default=Party.AGENT)
    # Released only when the goods that come back were inspected.
    awaits_return = models.BooleanField(_("after the goods are back"), default=False)
    due_on = models.DateField(_("by"))
    clause = models.CharField(_("policy clause"), max_length=120, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    proof = models.CharField(_("proof"), max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="action_amount_not_negative"),
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True) | ~models.Q(proof=""), name="action_done_has_proof"
            ),
        ]

    def __str__(self):
        return self.get_kind_display()

    @property
    def is_claim(self) -> bool:
        """Whether it asks money of a carrier or an insurer instead of costing some."""
        return self.kind in CLAIMS


Kind = PlanAction.Kind
# Money that goes back to the customer out of what was paid; together it cannot exceed that.
REFUNDS = frozenset({Kind.REFUND, Kind.PARTIAL_REFUND, Kind.KEEP_REFUND, Kind.FREIGHT_REFUND})
# What the customer gets in money. A compensation may come on top of what was paid.
GIVES = REFUNDS | {Kind.COMPENSATION}
# They ask money of others; nobody bears them, and they are done with the claim's own number.
CLAIMS = frozenset({Kind.CARRIER_CLAIM, Kind.INSURANCE_CLAIM})


class PlanActionShare(TenantModel):
    """Who bears which part of an action. The amounts add up to the action's to the last cent."""

    action = TenantForeignKey(PlanAction, models.CASCADE, related_name="shares")
    party = models.CharField(_("who pays"), max_length=10, choices=Party)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    percent = models.PositiveSmallIntegerField(_("share, per cent"), validators=PERCENT)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    # When the partner agreed to pay this part; it stands for the whole plan once every paying partner has.
    agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-percent", "id"]
        constraints = [models.UniqueConstraint(fields=["organization", "action", "party"], name="payer_once")]

    def __str__(self):
        return f"{self.get_party_display()} {self.percent} %"


class TicketCost(TenantModel):
    """What a closed ticket cost one party, in one currency."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="costs")
    party = models.CharField(_("party"), max_length=10, choices=Party)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)])
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.get_party_display()} {self.amount} {self.currency}"
