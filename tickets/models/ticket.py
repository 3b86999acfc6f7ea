"""The ticket itself and what follows its closing."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Customer, Order, OrderLine
from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import RulesVersion, Team

from ..problems import GROUP_OF, Group, Party, Problem, Wish
from ..workflow import OPEN, State, Workflow


class Channel(models.TextChoices):
    """How a complaint came."""

    PORTAL = "portal", _("Portal")
    PHONE = "phone", _("Phone")
    CHAT = "chat", _("Chat")
    MAIL = "mail", _("E-mail")
    MARKETPLACE = "marketplace", _("Marketplace")
    IMPORT = "import", _("Import")


class Waiting(models.TextChoices):
    """Whom the ticket waits for; nobody named means us."""

    CUSTOMER = "customer", _("Customer to answer")
    PARTNER = "partner", _("Partner to answer")
    MANAGER = "manager", _("Manager to approve")


class Outcome(models.TextChoices):
    """How a closed ticket ended for the customer."""

    REFUNDED = "refunded", _("Refunded")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REPLACED = "replaced", _("Replaced")
    REPAIRED = "repaired", _("Repaired")
    DELIVERED = "delivered", _("Delivered after all")
    COMPENSATED = "compensated", _("Compensated")
    EXPLAINED = "explained", _("Explained, nothing owed")


class RootCause(models.TextChoices):
    """Why it happened, as recorded at closing; measures are drawn from it."""

    PRODUCTION = "production", _("Production fault")
    SUPPLIER_PICKING = "supplier_picking", _("Supplier sent the wrong goods")
    DESCRIPTION = "description", _("Wrong description")
    INSPECTION_GAP = "inspection_gap", _("Inspection missed it")
    PACKING = "packing", _("Packing too weak")
    WAREHOUSE_PICKING = "warehouse_picking", _("Warehouse packed the wrong goods")
    TRANSIT = "transit", _("Handling in transit")
    CARRIER_DELAY = "carrier_delay", _("Carrier too slow")
    CARRIER_LOSS = "carrier_loss", _("Lost by the carrier")
    CUSTOMS_PAPERS = "customs_papers", _("Customs papers incomplete")
    CUSTOMS_DECISION = "customs_decision", _("Decision of customs")
    CUSTOMER_ERROR = "customer_error", _("Mistake of the customer")
    OUR_SERVICE = "our_service", _("Our own service")
    UNKNOWN = "unknown", _("Not found out")


class Ticket(TenantModel, Workflow):
    """One complaint, from the report to the follow-up. Written by `tickets.actions` only."""

    number = models.CharField(_("number"), max_length=24)
    order = TenantForeignKey(Order, related_name="tickets")
    line = TenantForeignKey(OrderLine, null=True, blank=True, related_name="tickets")
    customer = TenantForeignKey(Customer, related_name="tickets")
    channel = models.CharField(_("channel"), max_length=12, choices=Channel)
    problem = models.CharField(_("problem"), max_length=24, choices=Problem)
    subject = models.CharField(_("subject"), max_length=160)
    text = models.TextField(_("what happened"), blank=True)
    received = models.CharField(_("what arrived"), max_length=300, blank=True)
    wish = models.CharField(_("wish"), max_length=12, choices=Wish, blank=True)
    language = models.CharField(max_length=10, default="en")
    rules_version = TenantForeignKey(RulesVersion, null=True, blank=True, related_name="+")
    filed_at = models.DateTimeField(_("filed"), default=timezone.now)
    filing_seconds = models.PositiveIntegerField(null=True, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    occurrence = models.PositiveSmallIntegerField(default=1)

    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    team = TenantForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    waiting_for = models.CharField(max_length=10, choices=Waiting, blank=True)
    # The running clock's limit, kept here so that the queue reads one table in its own order; null while paused.
    due_at = models.DateTimeField(null=True, blank=True)
    suggested_party = models.CharField(max_length=10, choices=Party, blank=True)
    suggested_confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    # The last day of a claim against the carrier or insurer that nobody has filed yet; kept here for the queue.
    claim_by = models.DateField(null=True, blank=True)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now)

    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, blank=True)
    root_cause = models.CharField(_("root cause"), max_length=20, choices=RootCause, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    rejection_reason = models.TextField(_("reason"), blank=True)
    rejection_clause = models.CharField(_("policy clause"), max_length=120, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    merged_into = TenantForeignKey("self", null=True, blank=True, related_name="merged_tickets")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="ticket_number_once"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="ticket_state_known"),
        ]
        indexes = [
            # The queue: soonest deadline first, paused last, paged by key.
            models.Index(
                "organization",
                models.F("due_at").asc(nulls_last=True),
                "id",
                condition=models.Q(state__in=OPEN),
                name="ticket_queue",
            ),
            models.Index(fields=["organization", "-filed_at", "-id"], name="ticket_by_filing"),
            models.Index(
                fields=["organization", "assignee", "due_at"], condition=models.Q(state__in=OPEN), name="ticket_mine"
            ),
            models.Index(
                fields=["organization", "closed_at"], condition=models.Q(state="closed"), name="ticket_in_follow_up"
            ),
            models.Index(fields=["organization", "order"], name="ticket_by_order"),
            models.Index(fields=["organization", "line"], name="ticket_by_line"),
            models.Index(fields=["organization", "customer"], name="ticket_by_customer"),
        ]

    def __str__(self):
        return self.number

    @property
    def group(self) -> Group:
        """The problem's first level."""
        return GROUP_OF[self.problem]

    @property
    def is_open(self) -> bool:
        """Whether work on it goes on."""
        return self.state in OPEN

    def confirmed_assessment(self):
        """Return the assessment that people confirmed last and that still stands, or None."""
        return self.assessments.filter(kind="confirmed", superseded_at=None).order_by("-id").first()

    def recommendation(self):
        """Return the latest recommended assessment, or None."""
        return self.assessments.filter(kind="recommended", superseded_at=None).order_by("-id").first()

    def current_plan(self):
        """Return the plan that is proposed or agreed, or None; refused and replaced ones stay readable beside it."""
        return self.plans.filter(state__in=["proposed", "agreed"]).order_by("-version").first()


class FollowUp(TenantModel):
    """What the customer said after closing. One row per closing."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="follow_ups")
    rating = models.PositiveSmallIntegerField(
        _("rating"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(_("comment"), blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at"]

    def __str__(self):
        return f"{self.rating or '–'}"
