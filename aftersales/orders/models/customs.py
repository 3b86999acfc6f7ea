"""What was declared to customs. The fields are those of form CN23 (OECD 2018, Annex A); values as decimals."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import country_code, currency_code

from .order import OrderLine, Terms
from .shipment import Shipment


class Declaration(TenantModel):
    """The customs declaration of one parcel."""

    class SetBy(models.TextChoices):
        AGENT = "agent", _("Us")
        CUSTOMER = "customer", _("Customer")

    class Category(models.TextChoices):
        """CN23, field 10."""

        GIFT = "gift", _("Gift")
        DOCUMENTS = "documents", _("Documents")
        SAMPLE = "sample", _("Commercial sample")
        RETURNED = "returned", _("Returned goods")
        SALE = "sale", _("Sale of goods")
        OTHER = "other", _("Other")

    shipment = TenantForeignKey(Shipment, models.CASCADE, related_name="declarations")
    complete = models.BooleanField(_("complete"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, validators=[currency_code])
    value_set_by = models.CharField(_("value set by"), max_length=8, choices=SetBy, blank=True)
    terms = models.CharField(_("terms of delivery"), max_length=3, choices=Terms, blank=True)
    category = models.CharField(_("category of item"), max_length=10, choices=Category, default=Category.SALE)
    sender_reference = models.CharField(_("sender's customs reference"), max_length=60, blank=True)
    importer_reference = models.CharField(_("importer's tax, VAT or EORI number"), max_length=60, blank=True)
    importer_contact = models.CharField(_("importer's telephone or e-mail"), max_length=120, blank=True)
    gross_weight_g = models.PositiveIntegerField(_("total gross weight, g"), null=True, blank=True)
    postage = models.DecimalField(_("postal charges and fees"), max_digits=12, decimal_places=2, null=True, blank=True)
    comments = models.CharField(_("comments (quarantine and the like)"), max_length=300, blank=True)
    licence = models.CharField(_("licence number"), max_length=60, blank=True)
    certificate = models.CharField(_("certificate number"), max_length=60, blank=True)
    invoice = models.CharField(_("invoice number"), max_length=60, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    signed_by = models.CharField(_("signed by"), max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organization", "shipment"], name="declaration_once")]

    def __str__(self):
        return f"CN23 {self.shipment_id}"


class DeclarationLine(TenantModel):
    """One line of a declaration (CN23, fields 1 to 3, 5, 7 and 8)."""

    declaration = TenantForeignKey(Declaration, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField(_("position"))
    line = TenantForeignKey(OrderLine, models.SET_NULL, null=True, blank=True, related_name="declared")
    description = models.CharField(_("detailed description"), max_length=300)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    net_weight_g = models.PositiveIntegerField(_("net weight, g"), null=True, blank=True)
    value = models.DecimalField(_("declared value"), max_digits=12, decimal_places=2, null=True, blank=True)
    price_paid = models.DecimalField(_("price paid"), max_digits=12, decimal_places=2, null=True, blank=True)
    hs_code = models.CharField(_("HS code"), max_length=12, blank=True)
    origin = models.CharField(_("country of origin"), max_length=2, blank=True, validators=[country_code])

    class Meta:
        ordering = ["declaration", "position"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "declaration", "position"], name="declaration_line_once")
        ]

    def __str__(self):
        return self.description
