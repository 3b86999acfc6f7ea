"""Who is responsible: recommended, asked, confirmed."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from ..problems import Party
from .ticket import Ticket

PERCENT = [MinValueValidator(1), MaxValueValidator(100)]


class Assessment(TenantModel):
    """A view of who is responsible, with its basis in words; recommended by the rules or confirmed by a person."""

    class Kind(models.TextChoices):
        RECOMMENDED = "recommended", _("Recommended")
        CONFIRMED = "confirmed", _("Confirmed")

    class Override(models.TextChoices):
        """Why a person decided otherwise than recommended; the rules learn from it."""

        EVIDENCE = "evidence", _("The evidence shows something else")
        PARTNER = "partner", _("The partner's answer")
        GOODWILL = "goodwill", _("Goodwill")
        RULE = "rule", _("The rule does not fit this case")
        MEDIATION = "mediation", _("Decided in mediation")
        OTHER = "other", _("Another reason")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="assessments")
    kind = models.CharField(max_length=12, choices=Kind)
    # The rule's code, stable across versions, and the version it was read in. A confirmed assessment keeps the code
    # that had been recommended, whether it was followed (`override` empty) or not: the agreement rate counts these.
    rule = models.CharField(max_length=40, blank=True)
    rule_set = TenantForeignKey("RuleSet", null=True, blank=True, related_name="assessments")
    basis = models.TextField(_("basis"))
    source = models.CharField(_("source of the rule"), max_length=200, blank=True)
    # The rule that would have fitted next, saying otherwise: {"rule", "basis", "shares": {party: percent}} or {}.
    runner_up = models.JSONField(default=dict)
    # What is new against the recommendation before: {"facts": [words …], "was": {party: percent}} or {}.
    changes = models.JSONField(default=dict)
    # Each fact: {"text": …, "supports": true|false|null, "source": "shipment:12"}; texts are in the reader's words.
    facts = models.JSONField(default=list)
    confidence = models.PositiveSmallIntegerField(
        _("confidence, per cent"), default=0, validators=[MaxValueValidator(100)]
    )
    asks_for = models.JSONField(default=list)
    override = models.CharField(_("why otherwise"), max_length=10, choices=Override, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "ticket", "kind"], name="assessment_by_ticket")]

    def __str__(self):
        return f"{self.get_kind_display()} #{self.pk}"


class AssessmentShare(TenantModel):
    """One party's share of an assessment, in whole per cent."""

    assessment = TenantForeignKey(Assessment, models.CASCADE, related_name="shares")
    party = models.CharField(_("party"), max_length=10, choices=Party)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    percent = models.PositiveSmallIntegerField(_("share, per cent"), validators=PERCENT)

    class Meta:
        ordering = ["-percent", "id"]
        constraints = [models.UniqueConstraint(fields=["organization", "assessment", "party"], name="share_party_once")]

    def __str__(self):
        return f"{self.get_party_display()} {self.percent} %"


class PartnerRequest(TenantModel):
    """A partner asked to confirm its share, and what it answered."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        PARTLY = "partly", _("Accepted in part")
        CONTESTED = "contested", _("Contested")
        SILENCE = "silence", _("No answer in time")
        EVIDENCE = "evidence", _("Sent what was asked for")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="partner_requests")
    partner = TenantForeignKey(Partner, related_name="requests")
    party = models.CharField(_("party"), max_length=10, choices=Party)
    # Nothing where the partner was only asked for evidence, not to bear a share.
    percent = models.PositiveSmallIntegerField(
        _("share asked for, per cent"), validators=[MaxValueValidator(100)], default=100
    )
    text = models.TextField(_("our reasoning"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    answer = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_percent = models.PositiveSmallIntegerField(
        _("share accepted, per cent"), null=True, blank=True, validators=PERCENT
    )
    answer_text = models.TextField(_("reason"), blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    prevention = models.TextField(_("how it will be prevented"), blank=True)
    proposal = models.TextField(_("proposed plan"), blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["organization", "due_at"], condition=models.Q(answer=""), name="request_due"),
            models.Index(fields=["organization", "partner", "due_at", "id"], name="request_by_partner"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "ticket", "partner"],
                condition=models.Q(answer=""),
                name="partner_asked_once_at_a_time",
            )
        ]

    def __str__(self):
        return f"{self.partner}: {self.get_answer_display() or '…'}"
