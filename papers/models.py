"""Papers: documents that a worker makes of a ticket, kept in object storage with their hash."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel
from tickets.models import Claim, Return, Ticket


class Paper(TenantModel):
    """One document of a ticket. Asked for by a person, made by a worker, kept as it was made: a later one is a new row.

    `asked` holds what it was made with (language, what is left out), `sha256` and `size` are those of the stored bytes.
    """

    class Kind(models.TextChoices):
        CASE_FILE = "case_file", _("Case file")
        CLAIM = "claim", _("Claim pack")
        CUSTOMS = "customs", _("Customs pack")
        RETURN_LABEL = "return_label", _("Return sheet with label")

    class State(models.TextChoices):
        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")

    token = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="papers")
    claim = TenantForeignKey(Claim, models.CASCADE, null=True, blank=True, related_name="papers")
    returned = TenantForeignKey(Return, models.CASCADE, null=True, blank=True, related_name="papers")
    kind = models.CharField(_("document"), max_length=12, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(_("file name"), max_length=120, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["organization", "ticket"], name="paper_by_ticket"),
            models.Index(
                fields=["organization", "asked_at"], condition=models.Q(state="waiting"), name="paper_waiting"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["organization", "token"], name="paper_token_once")]

    def __str__(self):
        return self.name or self.get_kind_display()
