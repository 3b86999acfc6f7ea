"""Papers: documents that a worker makes of a ticket, kept in object storage with their hash, and links to packs."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
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
        EVIDENCE = "evidence_pack", _("Evidence pack")

    class State(models.TextChoices):
        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be made")

    token = models.UUIDField(default=uuid.uuid4, editable=False)
    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="papers")
    claim = TenantForeignKey(Claim, models.CASCADE, null=True, blank=True, related_name="papers")
    returned = TenantForeignKey(Return, models.CASCADE, null=True, blank=True, related_name="papers")
    kind = models.CharField(_("document"), max_length=16, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked = models.JSONField(default=dict)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # The last sign of the worker, and how many of how many files it has put in.
    touched_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(null=True, blank=True)
    total = models.PositiveIntegerField(null=True, blank=True)
    name = models.CharField(_("file name"), max_length=120, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    key = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    # Of an evidence pack: the hash of its manifest, and the keys of the evidence whose bytes are in it.
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    pieces = ArrayField(models.BigIntegerField(), default=list, blank=True)

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

    @property
    def words_in(self) -> str:
        """The language of its words: the one asked for where the program speaks it, else English."""
        wanted, known = str(self.asked.get("language") or "en"), dict(settings.LANGUAGES)
        return next((code for code in (wanted, wanted[:2]) if code in known), "en")


class PackLink(TenantModel):
    """A link by which somebody without an account takes an evidence pack, for some days.

    The row keeps the SHA-256 of the token only; the token is made from the row with the installation's key.
    """

    paper = TenantForeignKey(Paper, models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64)
    receiver = models.CharField(_("for whom"), max_length=120)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    downloads = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["organization", "token_hash"], name="pack_link_token_once")]

    def __str__(self):
        return self.receiver

    @property
    def is_valid(self) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and self.expires_at > timezone.now() and self.paper.state == Paper.State.READY
