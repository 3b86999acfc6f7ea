"""Photos, videos and documents, and what proves that they are the bytes that came.

The bytes lie in object storage under a key made from their hash; a row is never deleted once it belongs to something.
"""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Inspection, Partner, Product, Shipment
from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import ApiKey
from tickets.models import FilingDraft, Message, PartnerRequest, Return, Ticket
from tickets.problems import Place
from tickets.workflow import Actor


class Owned(TenantModel):
    """What evidence belongs to: a complaint being filed, then its ticket; an inspection, parcel, return or product."""

    draft = TenantForeignKey(FilingDraft, models.SET_NULL, null=True, blank=True, related_name="%(class)s")
    ticket = TenantForeignKey(Ticket, null=True, blank=True, related_name="%(class)s")
    request = TenantForeignKey(PartnerRequest, models.SET_NULL, null=True, blank=True, related_name="%(class)s")
    inspection = TenantForeignKey(Inspection, null=True, blank=True, related_name="%(class)s")
    shipment = TenantForeignKey(Shipment, null=True, blank=True, related_name="%(class)s")
    returned = TenantForeignKey(Return, null=True, blank=True, related_name="%(class)s")
    product = TenantForeignKey(Product, null=True, blank=True, related_name="%(class)s")
    place = models.CharField(_("what it shows"), max_length=8, choices=Place, default=Place.OTHER)
    name = models.CharField(_("file name"), max_length=200)
    # What the phone's clock or the file itself says; nobody checked it.
    taken_at = models.DateTimeField(null=True, blank=True)
    uploader_kind = models.CharField(max_length=10, choices=Actor)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class Evidence(Owned):
    """One photo, video or document. What was received is written once; a trigger refuses later changes."""

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

    class Scan(models.TextChoices):
        """What the malware scanner said; a scanner that is away says nothing."""

        OFF = "off", _("Not scanned")
        PENDING = "pending", _("Waits for the scanner")
        CLEAN = "clean", _("Clean")
        INFECTED = "infected", _("Malware found")

    class Source(models.TextChoices):
        """Whose claim `taken_at` is."""

        DEVICE = "device", _("the device's clock")
        FILE = "file", _("the file itself")

    class Failure(models.TextChoices):
        """Why it cannot be shown."""

        UNREADABLE = "unreadable", _("It could not be opened again.")
        CHANGED = "changed", _("Other bytes than those received lie in the store.")
        LOST = "lost", _("Its bytes are not in the store.")
        INFECTED = "infected", _("The scanner found malware in it.")
        DELETED = "deleted", _("It was deleted.")

    message = TenantForeignKey(Message, models.SET_NULL, null=True, blank=True, related_name="evidence")
    kind = models.CharField(_("kind"), max_length=14, choices=Kind, default=Kind.PHOTO)
    # What can be seen, in words of whoever looked; the rules read it.
    shows = models.CharField(_("what it shows, in words"), max_length=300, blank=True)
    # Where the same picture was found before: another ticket, a shop's page.
    seen_before = models.CharField(_("seen before"), max_length=300, blank=True)
    # What brought it where no person did: another system's key, or a command on the server.
    api_key = TenantForeignKey(ApiKey, null=True, blank=True, related_name="+")
    command = models.CharField(max_length=30, blank=True)

    media_type = models.CharField(max_length=32)
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    # Of a photo or video as displayed, of a document's first page as drawn; in pixels.
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    duration = models.FloatField(null=True, blank=True, help_text="seconds, of a video")
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    # The device made it smaller before sending: the original is the bytes received, not those of the camera.
    reduced = models.BooleanField(default=False)
    taken_source = models.CharField(max_length=6, choices=Source, blank=True)
    # Degrees; kept only where the sender allowed it.
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)

    original_key = models.CharField(max_length=200)
    # Null while the bytes wait in the spool on disk.
    stored_at = models.DateTimeField(null=True, blank=True)
    version_id = models.CharField(max_length=128, blank=True)

    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    failure = models.CharField(max_length=10, choices=Failure, blank=True)
    scan = models.CharField(max_length=8, choices=Scan, default=Scan.OFF)
    scan_detail = models.CharField(max_length=200, blank=True)
    display_key = models.CharField(max_length=200, blank=True)
    thumb_key = models.CharField(max_length=200, blank=True)
    display_sha256 = models.CharField(max_length=64, blank=True)
    thumb_sha256 = models.CharField(max_length=64, blank=True)
    # 128-bit difference hash of the picture in hexadecimal, "" where it says nothing; and its eight parts, each with
    # its position, so that indexes find pictures of which any part is equal.
    fingerprint = models.CharField(max_length=32, blank=True)
    fingerprint_parts = ArrayField(models.IntegerField(), default=list, blank=True)

    # Whether the custody log has its first event: a file of a complaint that is not sent yet is no evidence.
    log_begun = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deletion = models.CharField(_("reason of the deletion"), max_length=300, blank=True)
    # When the bytes of a deleted one were really gone from the store.
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["uploaded_at", "id"]
        indexes = [
            models.Index(fields=["organization", "ticket"], name="evidence_by_ticket"),
            models.Index(fields=["organization", "sha256"], name="evidence_by_sha256"),
            models.Index(
                fields=["organization", "state", "id"], condition=models.Q(state="pending"), name="evidence_pending"
            ),
            models.Index(
                fields=["organization", "uploaded_at"],
                condition=models.Q(ticket=None, draft__isnull=False),
                name="evidence_unfiled",
            ),
            models.Index(
                fields=["organization", "deleted_at"],
                condition=models.Q(deleted_at__isnull=False, purged_at=None),
                name="evidence_to_purge",
            ),
            models.Index(
                fields=["organization", "id"],
                condition=models.Q(log_begun=False)
                & ~models.Q(ticket=None, inspection=None, shipment=None, returned=None, product=None),
                name="evidence_without_log",
            ),
            # One for each part: behind row-level security no index is read for arrays that overlap.
            *(
                models.Index(
                    "organization",
                    f"fingerprint_parts__{part}",
                    name=f"evidence_fingerprint_{part}",
                    condition=~models.Q(fingerprint=""),
                )
                for part in range(8)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(draft__isnull=False)
                | models.Q(ticket__isnull=False)
                | models.Q(inspection__isnull=False)
                | models.Q(shipment__isnull=False)
                | models.Q(returned__isnull=False)
                | models.Q(product__isnull=False),
                name="evidence_belongs_somewhere",
            )
        ]


class Custody(TenantModel):
    """One event in the life of one piece of evidence, or one question of a ticket for some. Append-only; each event's
    hash covers the one before of the same piece or ticket.

    `payload` is the event as canonical JSON, and `hash` the SHA-256 of `previous`, a line feed and `payload`, so that
    anybody can check the chain without this program.
    """

    class Verb(models.TextChoices):
        """What happened."""

        ASKED = "asked", _("asked for")
        UPLOADED = "uploaded", _("received")
        STORED = "stored", _("stored")
        FAILED = "failed", _("could not be prepared")
        SEEN = "seen", _("looked at")
        DOWNLOADED = "downloaded", _("downloaded")
        PACKED = "packed", _("put into an evidence pack")
        HELD = "held", _("put under legal hold")
        RELEASED = "released", _("released from legal hold")
        DELETED = "deleted", _("deleted")
        PURGED = "purged", _("removed from the store")

    # Whose chain it is: one of the two.
    evidence = TenantForeignKey(Evidence, null=True, blank=True, related_name="custody")
    ticket = TenantForeignKey(Ticket, null=True, blank=True, related_name="custody")
    number = models.PositiveIntegerField()
    verb = models.CharField(max_length=10, choices=Verb)
    at = models.DateTimeField()
    # When it was written here; the first events of a log are told when their evidence is filed.
    recorded_at = models.DateTimeField(default=timezone.now)
    payload = models.TextField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["evidence", "number"]
        verbose_name_plural = "custody"
        constraints = [
            models.UniqueConstraint(fields=["organization", "evidence", "number"], name="custody_once"),
            models.UniqueConstraint(
                fields=["organization", "ticket", "number"],
                condition=models.Q(ticket__isnull=False),
                name="custody_of_ticket_once",
            ),
            models.CheckConstraint(
                condition=models.Q(evidence=None, ticket__isnull=False) | models.Q(evidence__isnull=False, ticket=None),
                name="custody_of_one",
            ),
        ]

    def __str__(self):
        return f"{self.number} {self.verb}"


class Seal(TenantModel):
    """What the custody log of an organization was at a moment: a hash over all events up to one, and over the seal
    before. It is also written into the object store, so that neither place can be rewritten unnoticed."""

    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    first_id = models.PositiveBigIntegerField()
    last_id = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="seal_number_once")]

    def __str__(self):
        return f"{self.number}"


class Hold(TenantModel):
    """A legal hold: while it is open nothing of the ticket's evidence is deleted."""

    ticket = TenantForeignKey(Ticket, related_name="holds")
    reason = models.CharField(_("reason"), max_length=300)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["placed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "ticket"], condition=models.Q(released_at=None), name="hold_open_once"
            )
        ]

    def __str__(self):
        return self.reason


class Arrival(Owned):
    """A large file on its way from a browser straight to the object store; nobody sees it before it was checked."""

    class State(models.TextChoices):
        OPEN = "open", _("On its way")
        ARRIVED = "arrived", _("Arrived, being checked")
        KEPT = "kept", _("Kept")
        REFUSED = "refused", _("Refused")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    size = models.PositiveBigIntegerField(help_text="bytes")
    media_type = models.CharField(max_length=32)
    use_place = models.BooleanField(default=False)
    incoming_key = models.CharField(max_length=200)
    upload_id = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    refusal = models.CharField(max_length=300, blank=True)
    evidence = TenantForeignKey(Evidence, models.SET_NULL, null=True, blank=True, related_name="arrivals")
    begun_at = models.DateTimeField(default=timezone.now)
    arrived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["begun_at", "id"]
        constraints = [models.UniqueConstraint(fields=["organization", "key"], name="arrival_key_once")]
        indexes = [
            models.Index(
                fields=["organization", "begun_at"],
                condition=models.Q(state__in=["open", "arrived"]),
                name="arrival_unfinished",
            )
        ]


class Verification(TenantModel):
    """One run of `verify_evidence` for an organization, and what it found wrong."""

    begun_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    checked = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes read")
    # [[word, name of the object or event, explanation], …]
    findings = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-begun_at"]

    def __str__(self):
        return f"{self.begun_at:%Y-%m-%d %H:%M}"
