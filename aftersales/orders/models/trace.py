"""What else the record holds of an order: looked at, bought, asked for, paid back."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import currency_code

from .order import Order, OrderLine


class Inspection(TenantModel):
    """What the warehouse saw before the goods went on. Its photos are evidence (`inspection.evidence`)."""

    class Level(models.TextChoices):
        BASIC = "basic", _("Basic")
        DETAILED = "detailed", _("Detailed")

    class Result(models.TextChoices):
        PASSED = "pass", _("Passed")
        FAILED = "fail", _("Failed")

    line = TenantForeignKey(OrderLine, models.CASCADE, related_name="inspections")
    level = models.CharField(_("level"), max_length=8, choices=Level)
    result = models.CharField(_("result"), max_length=4, choices=Result)
    checked = models.CharField(_("checked"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    shows = models.CharField(_("what the photo shows"), max_length=300, blank=True)
    weight_g = models.PositiveIntegerField(_("weight, g"), null=True, blank=True)
    at = models.DateTimeField(_("time"))
    by = models.CharField(_("inspected by"), max_length=80, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["organization", "line", "level", "at"], name="inspection_once")]

    def __str__(self):
        return f"{self.get_level_display()}: {self.get_result_display()}"


class PurchaseOrder(TenantModel):
    """What was ordered from the supplier for a line, and when it was promised and received."""

    line = TenantForeignKey(OrderLine, models.CASCADE, related_name="purchase_orders")
    reference = models.CharField(_("purchase order"), max_length=80, blank=True)
    text = models.TextField(_("what was ordered"), blank=True)
    placed_at = models.DateTimeField(_("placed"), null=True, blank=True)
    promised_on = models.DateField(_("promised by the supplier"), null=True, blank=True)
    received_at = models.DateTimeField(_("received from the supplier"), null=True, blank=True)
    matches_specification = models.BooleanField(_("matches the locked specification"), null=True, blank=True)
    # Under the CISG only where both have their business in different states; null: by the countries on record.
    international = models.BooleanField(_("supplier and we are in different states"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["organization", "line"], name="purchase_by_line")]

    def __str__(self):
        return self.reference or self.text[:60]


class Instruction(TenantModel):
    """Something the customer asked to be done with the order, or we told it; with what became of it."""

    class GivenBy(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        AGENT = "agent", _("Us")

    order = TenantForeignKey(Order, models.CASCADE, related_name="instructions")
    line = TenantForeignKey(OrderLine, models.SET_NULL, null=True, blank=True, related_name="instructions")
    text = models.TextField(_("instruction"))
    given_by = models.CharField(_("given by"), max_length=8, choices=GivenBy)
    given_at = models.DateTimeField(_("given"), null=True, blank=True)
    confirmed_by = models.CharField(_("confirmed by"), max_length=80, blank=True)
    recorded = models.BooleanField(_("recorded with the order"), null=True, blank=True)
    passed_on = models.BooleanField(_("passed on to the warehouse"), null=True, blank=True)
    followed = models.BooleanField(_("followed"), null=True, blank=True)
    warned = models.BooleanField(_("customer was told of the risk"), null=True, blank=True)
    paid = models.BooleanField(_("paid for"), null=True, blank=True)
    answer = models.TextField(_("answer given"), blank=True)
    was_true = models.BooleanField(_("what we told was true"), null=True, blank=True)

    class Meta:
        ordering = ["given_at", "id"]
        indexes = [models.Index(fields=["organization", "order"], name="instruction_by_order")]

    def __str__(self):
        return self.text[:60]


class Contact(TenantModel):
    """An inquiry of the customer about the order before it complained, and how fast it was answered."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="contacts")
    wrote_at = models.DateTimeField(_("customer wrote"), null=True, blank=True)
    answered_at = models.DateTimeField(_("first answer"), null=True, blank=True)
    promised_working_days = models.PositiveSmallIntegerField(
        _("answer promised within, working days"), null=True, blank=True
    )
    waiting_for_customer_days = models.PositiveSmallIntegerField(
        _("days waited for the customer"), null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["wrote_at", "id"]
        indexes = [models.Index(fields=["organization", "order"], name="contact_by_order")]

    def __str__(self):
        return f"{self.wrote_at:%Y-%m-%d}" if self.wrote_at else "–"


class OrderRefund(TenantModel):
    """A refund agreed for the order outside a ticket, and what was paid of it; each amount in its own currency."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="refunds")
    agreed = models.DecimalField(_("agreed"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency_agreed = models.CharField(_("currency agreed"), max_length=3, blank=True, validators=[currency_code])
    agreed_at = models.DateTimeField(_("agreed on"), null=True, blank=True)
    limit_days = models.PositiveSmallIntegerField(_("days to pay"), null=True, blank=True)
    paid = models.DecimalField(_("paid"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency_paid = models.CharField(_("currency paid"), max_length=3, blank=True, validators=[currency_code])
    paid_at = models.DateTimeField(_("paid on"), null=True, blank=True)
    reference = models.CharField(_("payment reference"), max_length=80, blank=True)
    claimed = models.DecimalField(_("claimed by the customer"), max_digits=12, decimal_places=2, null=True, blank=True)
    accepted_by_customer = models.BooleanField(_("customer accepted the amount"), null=True, blank=True)

    class Meta:
        ordering = ["agreed_at", "id"]
        indexes = [models.Index(fields=["organization", "order"], name="refund_by_order")]

    def __str__(self):
        return f"{self.agreed} {self.currency_agreed}"
