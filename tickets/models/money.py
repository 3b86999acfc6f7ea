"""The ledger: what was promised, paid and recovered. Append-only; a mistake is taken back by a row of its own."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import currency_code

from ..problems import Party
from .plan import PlanAction
from .ticket import Ticket


class LedgerEntry(TenantModel):
    """One amount of one party. Promised: agreed in a plan. Paid: went to the customer, borne by the party. Recovered:
    came back to us from the party. A row that takes another back names it in `reverses` and has the negative amount, so
    that every total is a plain sum.
    """

    class Kind(models.TextChoices):
        PROMISED = "promised", _("Promised")
        PAID = "paid", _("Paid")
        RECOVERED = "recovered", _("Recovered")

    ticket = TenantForeignKey(Ticket, related_name="ledger")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    party = models.CharField(_("party"), max_length=10, choices=Party)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="ledger")
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    action = TenantForeignKey(PlanAction, null=True, blank=True, related_name="ledger")
    claim = TenantForeignKey("Claim", null=True, blank=True, related_name="ledger")
    reverses = TenantForeignKey("self", null=True, blank=True, related_name="reversals")
    # A payment reference, a credit note; required where money moved.
    proof = models.CharField(_("proof"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "id"]
        indexes = [
            models.Index(fields=["organization", "ticket"], name="ledger_by_ticket"),
            models.Index(fields=["organization", "partner", "kind"], name="ledger_by_partner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reverses__isnull=True, amount__gt=0)
                | models.Q(reverses__isnull=False, amount__lt=0),
                name="ledger_sign",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="promised") | ~models.Q(proof=""), name="ledger_money_has_proof"
            ),
            models.UniqueConstraint(fields=["organization", "reverses"], name="ledger_reversed_once"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.get_party_display()} {self.amount} {self.currency}"
