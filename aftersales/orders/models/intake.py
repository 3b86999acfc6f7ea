"""Photos of the warehouse that came in bulk: the job, and what became of each file."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel


class Intake(TenantModel):
    """One ZIP of photos, worked off by a worker (`evidence.intake.bulk`); it waits in the spool until it is done."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(_("file"), max_length=200)
    size = models.PositiveBigIntegerField()
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    # When a worker last saved a file's result, and how often one began: what the sweep takes a dead worker by.
    progress_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    files_total = models.PositiveIntegerField(default=0)
    files_done = models.PositiveIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["organization", "-created_at", "-id"], name="intake_by_key"),
            models.Index(
                fields=["organization", "id"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="intake_under_way",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def percent(self) -> int:
        """How far the job is, 0 to 100."""
        return min(100, self.files_done * 100 // self.files_total) if self.files_total else 0


class IntakeFile(TenantModel):
    """What became of one file of a ZIP."""

    class Outcome(models.TextChoices):
        KEPT = "kept", _("Kept")
        SAME = "same", _("Already there")
        REFUSED = "refused", _("Refused")
        LOST = "lost", _("No such order or SKU")
        SKIPPED = "skipped", _("Not a photo, left out")

    batch = TenantForeignKey(Intake, models.CASCADE, related_name="files")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    outcome = models.CharField(max_length=8, choices=Outcome)
    reason = models.CharField(max_length=300, blank=True)
    # The order that the file was put to, in its own spelling.
    order_number = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["organization", "batch", "position"], name="intake_file_once")]

    def __str__(self):
        return self.name
