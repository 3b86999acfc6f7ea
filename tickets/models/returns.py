"""Goods on their way back: authorised, sent, received, inspected."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderLine, Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from .plan import PlanAction
from .ticket import Ticket


class Return(TenantModel):
    """One authorisation to send goods back. Its photos are evidence (`returned.evidence`)."""

    class State(models.TextChoices):
        AUTHORISED = "authorised", _("Authorised")
        SENT = "sent", _("Sent")
        IN_TRANSIT = "in_transit", _("On its way")
        RECEIVED = "received", _("Received")
        ACCEPTED = "accepted", _("Inspected: as expected")
        DISPUTED = "disputed", _("Inspected: not as expected")
        RELEASED = "released", _("Not as expected, released by decision")
        DECLINED = "declined", _("Not as expected, declined by decision")
        CANCELLED = "cancelled", _("Cancelled")

    ticket = TenantForeignKey(Ticket, models.CASCADE, related_name="returns")
    action = TenantForeignKey(PlanAction, models.SET_NULL, null=True, blank=True, related_name="returns")
    number = models.CharField(_("return number"), max_length=32)
    state = models.CharField(max_length=10, choices=State, default=State.AUTHORISED)
    address = models.TextField(_("send it to"))
    instructions = models.TextField(_("instructions"), blank=True)
    # Who pays the way back; the words stand on the label sheet.
    freight_paid_by = models.CharField(_("freight paid by"), max_length=10, blank=True)
    send_by = models.DateField(_("send it by"))
    warehouse = TenantForeignKey(Partner, null=True, blank=True, related_name="+")
    carrier_name = models.CharField(_("carrier"), max_length=80, blank=True)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    inspected_at = models.DateTimeField(null=True, blank=True)
    inspected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decision = models.TextField(_("decision"), blank=True)
    # When somebody is reminded next: the customer to send it, the desk to look at what came.
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="return_number_once")]
        indexes = [
            models.Index(fields=["organization", "ticket"], name="return_by_ticket"),
            models.Index(fields=["organization", "state", "-id"], name="return_by_state"),
            models.Index(fields=["organization", "tracking_number"], name="return_by_tracking"),
            models.Index(
                fields=["organization", "next_at"], condition=models.Q(next_at__isnull=False), name="return_due"
            ),
        ]

    def __str__(self):
        return self.number


class ReturnLine(TenantModel):
    """How many of an order's line come back, how many came, and in what state."""

    class Condition(models.TextChoices):
        AS_EXPECTED = "as_expected", _("As expected")
        DAMAGED = "damaged", _("Damaged")
        USED = "used", _("Used")
        INCOMPLETE = "incomplete", _("Incomplete")
        OTHER_ITEM = "other_item", _("Another item")

    returned = TenantForeignKey(Return, models.CASCADE, related_name="lines")
    line = TenantForeignKey(OrderLine, related_name="+")
    quantity = models.PositiveIntegerField(_("quantity"))
    received = models.PositiveIntegerField(_("received"), null=True, blank=True)
    condition = models.CharField(_("condition"), max_length=12, choices=Condition, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "returned", "line"], name="return_line_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="return_line_quantity"),
        ]

    def __str__(self):
        return f"{self.quantity} × {self.line_id}"

    @property
    def is_short(self) -> bool:
        """Whether fewer pieces came than were authorised; False until they are received."""
        return self.received is not None and self.received < self.quantity
