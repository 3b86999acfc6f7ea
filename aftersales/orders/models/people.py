"""Who bought, and who answers for a part of the way."""

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import Calendar, country_code


class Customer(TenantModel):
    """Who bought. `reference` is the source's own key; where it has none, the e-mail stands in."""

    reference = models.CharField(_("reference"), max_length=120)
    name = models.CharField(_("name"), max_length=160, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "reference"], name="customer_reference_once")]
        indexes = [models.Index("organization", Lower("email"), name="customer_email")]

    def __str__(self):
        return self.name or self.email or self.reference


class Partner(TenantModel):
    """A supplier, carrier, warehouse or customs broker; answers behind a signed link, without an account."""

    class Kind(models.TextChoices):
        SUPPLIER = "supplier", _("Supplier")
        CARRIER = "carrier", _("Carrier")
        WAREHOUSE = "warehouse", _("Warehouse")
        CUSTOMS_BROKER = "customs_broker", _("Customs broker")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    reference = models.CharField(_("reference"), max_length=120)
    name = models.CharField(_("name"), max_length=160)
    email = models.EmailField(_("contact's e-mail"), blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    calendar = TenantForeignKey(
        Calendar, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("calendar")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "reference"], name="partner_reference_once")
        ]

    def __str__(self):
        return self.name
