"""Photos and what is known of them. The bytes received are kept untouched in object storage, named by their hash."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Inspection, Partner, Shipment
from aftersales.tenants.base import TenantForeignKey, TenantModel
from tickets.models import FilingDraft, Message, PartnerRequest, Return, Ticket
from tickets.problems import Place
from tickets.workflow import Actor


class Evidence(TenantModel):
    """One photo: of a complaint being filed, then of its ticket; or of an inspection, or of a packed shipment."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        VIDEO = "video", _("Video")
        UNBOXING_VIDEO = "unboxing_video", _("Video of the unboxing")
        DOCUMENT = "document", _("Document")
        STATEMENT = "statement", _("Statement")

    class State(models.TextChoices):
        PENDING = "pending", _("Being prepared")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Could not be shown")

    draft = TenantForeignKey(FilingDraft, models.SET_NULL, null=True, blank=True, related_name="evidence")
    ticket = TenantForeignKey(Ticket, null=True, blank=True, related_name="evidence")
    message = TenantForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="evidence")
    request = TenantForeignKey(PartnerRequest, models.SET_NULL, null=True, blank=True, related_name="evidence")
    inspection = TenantForeignKey(Inspection, null=True, blank=True, related_name="evidence")
    shipment = TenantForeignKey(Shipment, null=True, blank=True, related_name="evidence")
    returned = TenantForeignKey(Return, null=True, blank=True, related_name="evidence")

    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.PHOTO)
    # What can be seen, in words of whoever looked; the rules read it.
    shows = models.CharField(_("what it shows, in words"), max_length=300, blank=True)
    # Where the same picture was found before: another ticket, a shop's page.
    seen_before = models.CharField(_("seen before"), max_length=300, blank=True)

    place = models.CharField(_("what it shows"), max_length=8, choices=Place, default=Place.OTHER)
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(max_length=32)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    original_key = models.CharField(max_length=200)
    display_key = models.CharField(max_length=200, blank=True)
    thumb_key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    # What the phone claims; a clock that nobody checked.
    taken_at = models.DateTimeField(null=True, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploader_kind = models.CharField(max_length=10, choices=Actor)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["uploaded_at", "id"]
        indexes = [
            models.Index(fields=["organization", "ticket"], name="evidence_by_ticket"),
            models.Index(
                fields=["organization", "state", "id"], condition=models.Q(state="pending"), name="evidence_pending"
            ),
            models.Index(
                fields=["organization", "uploaded_at"],
                condition=models.Q(ticket=None, draft__isnull=False),
                name="evidence_unfiled",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False)
                | models.Q(ticket__isnull=False)
                | models.Q(inspection__isnull=False)
                | models.Q(shipment__isnull=False)
                | models.Q(returned__isnull=False),
                name="evidence_belongs_somewhere",
            )
        ]

    def __str__(self):
        return self.name
