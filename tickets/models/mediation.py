"""Mediation runs beside the stage: both sides bring evidence in time, a manager decides, and that binds the plan."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from ..workflow import Actor
from .decision import Assessment
from .ticket import Ticket


class Mediation(TenantModel):
    """One dispute. `shares` of the decision stand in its assessment; the amount is what the customer gets at least."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="mediations")
    opened_by = models.CharField(max_length=10, choices=Actor)
    opener_name = models.CharField(max_length=160)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="mediations")
    reason = models.TextField(_("what is disputed"))
    opened_at = models.DateTimeField(default=timezone.now)
    # Until when each side may bring evidence; the sides may differ in their calendars.
    customer_until = models.DateTimeField()
    partner_until = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decision = models.TextField(_("decision with its reason"), blank=True)
    amount = models.DecimalField(_("amount to the customer"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    assessment = TenantForeignKey(Assessment, null=True, blank=True, related_name="+")
    # When somebody is to be reminded next; null where nobody is any more.
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["organization", "next_at"], condition=models.Q(next_at__isnull=False), name="mediation_due"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "ticket"],
                condition=models.Q(decided_at__isnull=True),
                name="mediation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_at__isnull=True) | ~models.Q(decision=""),
                name="mediation_decided_has_reason",
            ),
        ]

    def __str__(self):
        return f"{self.ticket_id}: {'decided' if self.decided_at else 'open'}"

    def bound_shares(self) -> set[tuple[str, int]]:
        """Return (party, per cent) of the decision; empty while nothing is decided."""
        return {(share.party, share.percent) for share in self.assessment.shares.all()} if self.assessment else set()


class MediationStatement(TenantModel):
    """What one side brought forward. Its photos are the ticket's evidence, added with it."""

    mediation = TenantForeignKey(Mediation, models.CASCADE, related_name="statements")
    side = models.CharField(max_length=10, choices=Actor)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=160)
    text = models.TextField(_("statement"))
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self):
        return self.text[:60]
