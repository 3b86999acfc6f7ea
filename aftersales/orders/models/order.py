"""An order and its lines."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import RulesVersion, country_code, currency_code

from .people import Customer, Partner


class Terms(models.TextChoices):
    """Who clears and pays at the border (Incoterms 2020)."""

    DAP = "DAP", _("DAP: the buyer clears and pays duties")
    DDP = "DDP", _("DDP: the seller clears and pays duties")


class Order(TenantModel):
    """One purchase, shipped abroad. `region` is the first-level part of the destination (a state, or the country)."""

    number = models.CharField(_("order number"), max_length=64)
    source = models.CharField(max_length=16, default="csv")
    customer = TenantForeignKey(Customer, related_name="orders")
    placed_at = models.DateTimeField(_("placed"))
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    promised_on = models.DateField(_("promised delivery"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, validators=[currency_code])
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=2)
    freight = models.DecimalField(_("freight charged"), max_digits=12, decimal_places=2, default=0)
    refunded = models.DecimalField(_("already refunded"), max_digits=12, decimal_places=2, default=0)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])
    region = models.CharField(_("region"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    # What the customer later said the address should have been; true or false where somebody checked the ordered one.
    right_address = models.CharField(_("address as it should have been"), max_length=300, blank=True)
    address_correct = models.BooleanField(_("ordered address is right"), null=True, blank=True)
    dispatch_limit_days = models.PositiveSmallIntegerField(_("days to dispatch"), null=True, blank=True)
    booked_terms = models.CharField(_("terms of delivery as booked"), max_length=3, choices=Terms, blank=True)
    shipping_insurance = models.CharField(_("shipping insurance"), max_length=120, blank=True)
    return_insurance = models.CharField(_("return insurance"), max_length=120, blank=True)
    insured_amount = models.DecimalField(_("insured amount"), max_digits=12, decimal_places=2, null=True, blank=True)
    rules_version = TenantForeignKey(RulesVersion, null=True, blank=True, related_name="+")
    rules_accepted_at = models.DateTimeField(_("rules accepted"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="order_number_once")]
        indexes = [
            models.Index(fields=["organization", "-placed_at", "-id"], name="order_by_key"),
            models.Index(fields=["organization", "customer"], name="order_by_customer"),
        ]

    def __str__(self):
        return self.number

    @property
    def full_address(self) -> str:
        """Street, town, region and country, as far as they are known."""
        town = f"{self.postcode} {self.city}".strip()
        parts = (self.address, town, self.region, "" if self.country == self.region else self.country)
        return ", ".join(filter(None, parts))


class OrderLine(TenantModel):
    """One item of an order, as locked at purchase."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField(_("position"))
    product = models.CharField(_("product"), max_length=300)
    sku = models.CharField(_("SKU"), max_length=80, blank=True)
    batch = models.CharField(_("batch"), max_length=60, blank=True)
    specification = models.TextField(_("specification as locked at purchase"), blank=True)
    customer_note = models.TextField(_("customer's note"), blank=True)
    category = models.CharField(_("category"), max_length=80, blank=True)
    supplier = TenantForeignKey(Partner, null=True, blank=True, related_name="lines", verbose_name=_("supplier"))
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_price = models.DecimalField(_("unit price"), max_digits=12, decimal_places=2)
    hs_code = models.CharField(_("HS code"), max_length=12, blank=True)
    declared_value = models.DecimalField(_("declared value"), max_digits=12, decimal_places=2, null=True, blank=True)
    weight_g = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    # The inspection that the customer ordered: its level, and whether it was paid for and passed on to the warehouse.
    inspection_ordered = models.CharField(_("inspection ordered"), max_length=12, blank=True)
    inspection_paid = models.BooleanField(_("inspection paid"), null=True, blank=True)
    inspection_passed_on = models.BooleanField(_("inspection passed on to the warehouse"), null=True, blank=True)
    prohibited_listed = models.BooleanField(_("on the list of prohibited goods"), null=True, blank=True)
    prohibited_shown = models.BooleanField(_("list was shown to the customer"), null=True, blank=True)

    class Meta:
        ordering = ["order", "position"]
        constraints = [models.UniqueConstraint(fields=["organization", "order", "position"], name="line_position_once")]
        indexes = [
            models.Index(fields=["organization", "supplier"], name="line_by_supplier"),
            models.Index(fields=["organization", "sku"], name="line_by_sku"),
            models.Index(fields=["organization", "batch"], name="line_by_batch"),
        ]

    def __str__(self):
        return self.product
