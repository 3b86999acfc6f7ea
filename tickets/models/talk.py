"""What was said and what happened."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from ..workflow import Actor
from .ticket import Ticket


class Audience(models.TextChoices):
    """Who reads a message."""

    PUBLIC = "public", _("Customer and us")
    PARTNER = "partner", _("Partner and us, not the customer")
    INTERNAL = "internal", _("Only us")


class Message(TenantModel):
    """A message. A partner reads only messages of its own thread; the customer only public ones."""

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="messages")
    audience = models.CharField(max_length=8, choices=Audience)
    partner = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    author_kind = models.CharField(max_length=10, choices=Actor)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    author_name = models.CharField(max_length=160)
    text = models.TextField(_("message"))
    asks_for = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        indexes = [models.Index(fields=["organization", "ticket", "created_at"], name="message_by_ticket")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="partner", partner__isnull=False)
                | (~models.Q(audience="partner") & models.Q(partner__isnull=True)),
                name="message_partner_thread_names_partner",
            )
        ]

    def __str__(self):
        return self.text[:60]


class TicketEvent(TenantModel):
    """One change of a ticket: who, when, from, to, why, what it said. Never changed or deleted (trigger and rights)."""

    ticket = TenantForeignKey(Ticket, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=32)
    from_state = models.CharField(max_length=16, blank=True)
    to_state = models.CharField(max_length=16, blank=True)
    actor_kind = models.CharField(max_length=10, choices=Actor)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, blank=True, related_name="+")
    actor_name = models.CharField(max_length=160)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organization", "ticket", "at"], name="event_by_ticket")]

    def __str__(self):
        return f"{self.verb} {self.at:%Y-%m-%d %H:%M}"
