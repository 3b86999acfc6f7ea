"""Claims against a carrier or an insurer, and the day they expire."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import currency_code

from .plan import PlanAction
from .policy import ClaimWindow
from .ticket import Ticket


class Claim(TenantModel):
    """One claim of a ticket. `expires_on` is the last day that the carrier or insurer takes it."""

    class Kind(models.TextChoices):
        CARRIER = "carrier", _("Carrier")
        INSURER = "insurer", _("Insurer")

    class State(models.TextChoices):
        TO_FILE = "to_file", _("To be filed")
        FILED = "filed", _("Filed")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        PAID = "paid", _("Paid")
        EXPIRED = "expired", _("Expired")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="claims")
    action = TenantForeignKey(PlanAction, models.SET_NULL, null=True, blank=True, related_name="claims")
    kind = models.CharField(max_length=7, choices=Kind)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="claims")
    # The insurer's name as the order has it; a carrier is a partner.
    against = models.CharField(_("against"), max_length=160)
    event = models.CharField(_("event"), max_length=6, choices=ClaimWindow.Event)
    state = models.CharField(max_length=8, choices=State, default=State.TO_FILE)
    amount = models.DecimalField(_("amount claimed"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    window = models.CharField(_("window and its source"), max_length=300, blank=True)
    reference = models.CharField(_("claim number"), max_length=80, blank=True)
    filed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organization", "expires_on"], condition=models.Q(state="to_file"), name="claim_due")
        ]
        constraints = [models.UniqueConstraint(fields=["organization", "ticket", "kind"], name="claim_once_per_kind")]

    def __str__(self):
        return f"{self.against}: {self.get_state_display()}"
