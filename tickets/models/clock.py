"""Time limits: how long a stage may take, and the clock that measures it in business time."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel

from ..workflow import State
from .ticket import Ticket


class ClockKind(models.TextChoices):
    """What a clock measures. The first six are the stages; the last is the partner's answer."""

    REPORTED = "reported", _("Report")
    RESPONSIBILITY = "responsibility", _("Responsibility")
    PLANNING = "planning", _("Plan")
    EXECUTING = "executing", _("Execution")
    CLOSED = "closed", _("Follow-up")
    PARTNER = "partner", _("Partner's answer")


# Business minutes. Source: `docs/responsibility.md`, "Time limits" (first answer 4 h; responsibility 2 days;
# plan 2 days; execution 7 days; partner 2 days), at eight working hours a day.
DEFAULT_MINUTES = {
    ClockKind.REPORTED: 4 * 60,
    ClockKind.RESPONSIBILITY: 2 * 8 * 60,
    ClockKind.PLANNING: 2 * 8 * 60,
    ClockKind.EXECUTING: 7 * 8 * 60,
    ClockKind.CLOSED: 7 * 8 * 60,
    ClockKind.PARTNER: 2 * 8 * 60,
}


class StageLimit(TenantModel):
    """The organization's limit for one kind of clock, in business minutes."""

    kind = models.CharField(_("clock"), max_length=16, choices=ClockKind)
    minutes = models.PositiveIntegerField(_("limit, business minutes"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind"], name="stage_limit_once")]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.minutes} min"


class StageClock(TenantModel):
    """One clock of one ticket. Running: no pause, no stop. Used business time survives a pause; the rest is recounted.

    `next_at` is when the next reminder is due (50 %, 80 %, the limit); the sweep reads it by index.
    """

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="clocks")
    kind = models.CharField(max_length=16, choices=ClockKind)
    request = TenantForeignKey("PartnerRequest", models.CASCADE, null=True, blank=True, related_name="clocks")
    minutes = models.PositiveIntegerField()
    started_at = models.DateTimeField(default=timezone.now)
    resumed_at = models.DateTimeField(default=timezone.now)
    used_minutes = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    met = models.BooleanField(null=True, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["started_at", "id"]
        indexes = [
            models.Index(
                fields=["organization", "next_at"], condition=models.Q(next_at__isnull=False), name="clock_due"
            ),
            models.Index(fields=["organization", "ticket"], name="clock_by_ticket"),
            models.Index(fields=["organization", "stopped_at"], name="clock_by_stop"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "ticket", "kind"],
                condition=models.Q(stopped_at__isnull=True, request__isnull=True),
                name="clock_one_running",
            ),
            models.CheckConstraint(
                condition=models.Q(next_at__isnull=True) | models.Q(stopped_at__isnull=True, paused_at__isnull=True),
                name="clock_reminds_while_running",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.ticket_id}"


assert set(DEFAULT_MINUTES) == set(ClockKind) and ClockKind.CLOSED.value == State.CLOSED
