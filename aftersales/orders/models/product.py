"""What is sold under a SKU: what its catalogue pictures belong to."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantModel


class Product(TenantModel):
    """One SKU as order lines write it, made when its first catalogue picture comes (`product.evidence`)."""

    sku = models.CharField(_("SKU"), max_length=80)
    name = models.CharField(_("product"), max_length=300)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["sku"]
        constraints = [models.UniqueConstraint(fields=["organization", "sku"], name="product_sku_once")]

    def __str__(self):
        return self.sku
