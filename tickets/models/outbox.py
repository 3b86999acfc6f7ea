"""What must be sent: one row per person, channel and cause, written with the cause."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from .clock import StageClock
from .links import SignedLink
from .ticket import Ticket


class Notification(TenantModel):
    """An outbox row. `key` names its cause, so that a sweep or a task that runs twice writes it once."""

    class Channel(models.TextChoices):
        IN_APP = "in_app", _("In the desk")
        MAIL = "mail", _("E-mail")

    key = models.CharField(max_length=160)
    channel = models.CharField(max_length=6, choices=Channel)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)
    ticket = TenantForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="notifications")
    clock = TenantForeignKey(StageClock, models.CASCADE, null=True, blank=True, related_name="notifications")
    step = models.PositiveSmallIntegerField(null=True, blank=True)
    # What the body's link mark stands for; its address is made only when the mail is sent (`tickets.links`).
    link = TenantForeignKey(SignedLink, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When the relay looks at it next; null once sent, parked after too many attempts, or in-app.
    next_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="notification_once"),
            # One record per clock, step, person and channel.
            models.UniqueConstraint(
                fields=["organization", "clock", "step", "channel", "user", "email"],
                condition=models.Q(clock__isnull=False),
                nulls_distinct=False,
                name="reminder_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_at"], condition=models.Q(next_at__isnull=False), name="outbox_due"
            ),
            models.Index(fields=["organization", "user", "-id"], condition=models.Q(channel="in_app"), name="inbox"),
            models.Index(
                fields=["organization", "user"],
                condition=models.Q(channel="in_app", read_at__isnull=True),
                name="inbox_unread",
            ),
            models.Index(fields=["organization", "-id"], condition=models.Q(channel="mail"), name="outbox_by_key"),
            models.Index(
                fields=["organization", "-id"],
                name="outbox_parked",
                condition=models.Q(channel="mail", sent_at__isnull=True, next_at__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.kind} → {self.email or self.user_id}"
