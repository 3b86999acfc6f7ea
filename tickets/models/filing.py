"""The complaint while it is being written, and the numbers that tickets get."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone

from aftersales.orders.models import Order, OrderLine
from aftersales.tenants.base import TenantForeignKey, TenantModel

from ..problems import Problem, Wish
from .ticket import Ticket


class FilingDraft(TenantModel):
    """One complaint being filed. However often it is sent, it becomes one ticket (`ticket`).

    The second tab finds the same open draft: one per opener (the browser session, or the operator), order and line.
    """

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    opener = models.CharField(max_length=64)
    order = TenantForeignKey(Order, models.CASCADE, related_name="drafts")
    line = TenantForeignKey(OrderLine, models.CASCADE, null=True, blank=True, related_name="drafts")
    problem = models.CharField(max_length=24, choices=Problem, blank=True)
    wish = models.CharField(max_length=12, choices=Wish, blank=True)
    text = models.TextField(blank=True)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=10, default="en")
    started_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    ticket = TenantForeignKey(Ticket, models.SET_NULL, null=True, blank=True, related_name="drafts")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key"], name="draft_key_once"),
            models.UniqueConstraint(
                fields=["organization", "opener", "order", "line"],
                condition=models.Q(ticket__isnull=True),
                nulls_distinct=False,
                name="draft_one_open",
            ),
            models.UniqueConstraint(fields=["organization", "ticket"], name="draft_one_ticket"),
        ]

    def __str__(self):
        return str(self.key)


class NumberSequence(TenantModel):
    """The last number given in a year, of tickets and of returns."""

    class Kind(models.TextChoices):
        TICKET = "ticket"
        RETURN = "return"

    kind = models.CharField(max_length=6, choices=Kind, default=Kind.TICKET)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "year"], name="number_year_once")]

    def __str__(self):
        return f"{self.year}: {self.last}"
