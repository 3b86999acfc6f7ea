"""Signed links: what opens a page for a person without an account."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order, Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel

from .decision import PartnerRequest
from .ticket import Ticket


class SignedLink(TenantModel):
    """A link mailed to a customer or a partner. Only the token's SHA-256 is kept; GET changes nothing."""

    class Kind(models.TextChoices):
        ORDER = "order", _("Customer, one order")
        TICKET = "ticket", _("Customer, one ticket")
        PARTNER = "partner", _("Partner, one ticket")
        INBOX = "inbox", _("Partner, all its open tickets")

    OF_PARTNERS = (Kind.PARTNER, Kind.INBOX)

    kind = models.CharField(max_length=8, choices=Kind)
    token_hash = models.CharField(max_length=64)
    order = TenantForeignKey(Order, models.CASCADE, null=True, blank=True, related_name="links")
    ticket = TenantForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="links")
    partner = TenantForeignKey(Partner, models.CASCADE, null=True, blank=True, related_name="links")
    request = TenantForeignKey(PartnerRequest, models.CASCADE, null=True, blank=True, related_name="links")
    email = models.EmailField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    # When somebody last looked through it; a mail scanner, which runs no script, does not count.
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "partner", "-id"],
                condition=models.Q(partner__isnull=False),
                name="link_by_partner",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["organization", "token_hash"], name="link_token_once"),
            models.CheckConstraint(
                condition=models.Q(kind="order", order__isnull=False, partner__isnull=True)
                | models.Q(kind="ticket", ticket__isnull=False, partner__isnull=True)
                | models.Q(kind="partner", ticket__isnull=False, partner__isnull=False)
                | models.Q(kind="inbox", ticket__isnull=True, order__isnull=True, partner__isnull=False),
                name="link_names_what_it_opens",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and self.expires_at > timezone.now()
