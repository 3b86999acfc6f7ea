"""Imports of uploaded files, worked off by a worker."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel


class Import(TenantModel):
    """One import of uploaded files, worked off by a worker."""

    class Format(models.TextChoices):
        CSV = "csv", _("Our CSV")
        SHOPIFY = "shopify", _("Shopify orders export")
        OLIST = "olist", _("Olist files")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    format = models.CharField(_("format"), max_length=8, choices=Format)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    # When a worker last saved a piece, and how often one began: what the sweep takes a dead worker by.
    progress_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    rows_total = models.PositiveIntegerField(default=0, editable=False)
    rows_done = models.PositiveIntegerField(default=0, editable=False)
    orders_new = models.PositiveIntegerField(default=0, editable=False)
    orders_changed = models.PositiveIntegerField(default=0, editable=False)
    orders_same = models.PositiveIntegerField(default=0, editable=False)
    orders_held = models.PositiveIntegerField(default=0, editable=False)
    rows_bad = models.PositiveIntegerField(default=0, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self):
        return f"{self.get_format_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        """How far the import is, 0 to 100."""
        return min(100, self.rows_done * 100 // self.rows_total) if self.rows_total else 0


class ImportFile(TenantModel):
    """An uploaded file of an import, kept in object storage under a key that holds no user text."""

    batch = TenantForeignKey(Import, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


class ImportProblem(TenantModel):
    """One row that was not imported, and why."""

    batch = TenantForeignKey(Import, models.CASCADE, related_name="problems")
    file = models.CharField(max_length=200)
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["file", "line", "id"]

    def __str__(self):
        return f"{self.file}:{self.line} {self.column}: {self.reason}"
