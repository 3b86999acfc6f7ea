"""The organization's decision table, in versions, and what people read in a picture."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from ..problems import Party
from ..proofs import Proof
from .decision import PartnerRequest
from .talk import Message
from .ticket import Ticket


class RuleSet(TenantModel):
    """One version of the decision table. `rules` is plain data, in order, first match wins; `responsibility.rules`
    describes and checks it. A published version is never changed (a trigger refuses it): a change makes the next.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    version = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    rules = models.JSONField(default=list)
    note = models.CharField(_("what changed and why"), max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    # How the draft would decide past tickets: {"at", "tickets", "changed", "rows": [...]}, or {} while not tried.
    trial = models.JSONField(default=dict)

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "version"], name="rule_set_version_once"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(state="draft"), name="rule_set_one_draft"
            ),
            models.CheckConstraint(
                condition=models.Q(state="draft") | models.Q(published_at__isnull=False),
                name="rule_set_published_has_time",
            ),
        ]

    def __str__(self):
        return f"{self.version}"


class Finding(TenantModel):
    """What a person read in the record for this complaint: the fault is visible there, or is not, or cannot be told."""

    class About(models.TextChoices):
        INSPECTION = "inspection", _("The fault can be seen in the inspection photo")
        PACKING = "packing", _("The fault can be seen in the packing photo")
        SPECIFICATION = "specification", _("What arrived is what was locked at purchase")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="findings")
    about = models.CharField(max_length=14, choices=About)
    value = models.BooleanField(null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organization", "ticket", "about"], name="finding_once")]

    def __str__(self):
        return f"{self.get_about_display()}: {self.value}"


class EvidenceRequest(TenantModel):
    """One proof asked of somebody: when, whether it was read, whether it came."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="evidence_requests")
    party = models.CharField(_("asked of"), max_length=10, choices=Party)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    request = TenantForeignKey(PartnerRequest, models.SET_NULL, null=True, blank=True, related_name="proofs")
    message = TenantForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="proofs")
    proof = models.CharField(_("proof"), max_length=24, choices=Proof)
    asked_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "ticket"], name="proof_by_ticket")]

    def __str__(self):
        return f"{self.get_party_display()}: {self.get_proof_display()}"
