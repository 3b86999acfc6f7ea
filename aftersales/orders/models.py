"""What was sold: imported facts that tickets refer to. Money is a decimal in its own currency, weight in grams."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import Calendar, RulesVersion, country_code, currency_code


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
    shipping_insurance = models.CharField(_("shipping insurance"), max_length=120, blank=True)
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


class Shipment(TenantModel):
    """A parcel of an order. Weights in grams, volume in cubic centimetres, freight in the order's currency."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="shipments")
    reference = models.CharField(_("shipment"), max_length=80)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    warehouse = TenantForeignKey(Partner, null=True, blank=True, related_name="+", verbose_name=_("warehouse"))
    carrier = TenantForeignKey(Partner, null=True, blank=True, related_name="shipments", verbose_name=_("carrier"))
    route = models.CharField(_("route"), max_length=120, blank=True)
    packed_at = models.DateTimeField(_("packed"), null=True, blank=True)
    packing_note = models.CharField(_("packing"), max_length=200, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    signed = models.CharField(_("signed"), max_length=40, blank=True)
    estimated_weight_g = models.PositiveIntegerField(_("estimated weight, g"), null=True, blank=True)
    charged_weight_g = models.PositiveIntegerField(_("charged weight, g"), null=True, blank=True)
    delivery_weight_g = models.PositiveIntegerField(_("weight at delivery, g"), null=True, blank=True)
    volume_cm3 = models.PositiveIntegerField(_("volume, cm³"), null=True, blank=True)
    estimated_freight = models.DecimalField(
        _("estimated freight"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    charged_freight = models.DecimalField(_("charged freight"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "order", "reference"], name="shipment_reference_once")
        ]
        indexes = [
            models.Index(fields=["organization", "tracking_number"], name="shipment_by_tracking"),
            models.Index(fields=["organization", "carrier"], name="shipment_by_carrier"),
        ]

    def __str__(self):
        return self.tracking_number or self.reference


class TrackingEvent(TenantModel):
    """One scan of a parcel. The codes are those of the labelled cases (`docs/responsibility.md`)."""

    class Code(models.TextChoices):
        LABEL_CREATED = "label_created", _("Label created")
        PICKED_UP = "picked_up", _("Picked up")
        DEPARTED = "departed", _("Departed")
        ARRIVED = "arrived", _("Arrived")
        CUSTOMS_HOLD = "customs_hold", _("Held by customs")
        CUSTOMS_RELEASED = "customs_released", _("Released by customs")
        OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
        ATTEMPT_FAILED = "attempt_failed", _("Delivery failed")
        AWAITING_COLLECTION = "awaiting_collection", _("Waiting to be collected")
        EXCEPTION_DAMAGE = "exception_damage", _("Damage recorded")
        EXCEPTION_WET = "exception_wet", _("Wet parcel recorded")
        EXCEPTION = "exception", _("Exception recorded")
        RETURNING = "returning", _("On its way back")
        RETURNED = "returned", _("Returned")
        SEIZED = "seized", _("Seized")
        LOST = "lost", _("Declared lost")
        DELIVERED = "delivered", _("Delivered")

    shipment = TenantForeignKey(Shipment, models.CASCADE, related_name="events")
    code = models.CharField(_("event"), max_length=24, choices=Code)
    at = models.DateTimeField(_("time"))
    place = models.CharField(_("place"), max_length=120, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "shipment", "code", "at"], name="tracking_event_once")
        ]

    def __str__(self):
        return f"{self.get_code_display()} {self.place}".strip()


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
    at = models.DateTimeField(_("time"))
    by = models.CharField(_("inspected by"), max_length=80, blank=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["organization", "line", "level", "at"], name="inspection_once")]

    def __str__(self):
        return f"{self.get_level_display()}: {self.get_result_display()}"


class Import(TenantModel):
    """One import of uploaded files, worked off by a worker."""

    class Format(models.TextChoices):
        CSV = "csv", _("Our CSV")
        SHOPIFY = "shopify", _("Shopify orders export")
        OLIST = "olist", _("Olist files")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    key = models.UUIDField(default=uuid.uuid4, editable=False)
    format = models.CharField(_("format"), max_length=8, choices=Format)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    # When a worker last saved a piece, and how often one began: what the sweep takes a dead worker by.
    progress_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    rows_total = models.PositiveIntegerField(default=0, editable=False)
    rows_done = models.PositiveIntegerField(default=0, editable=False)
    orders_new = models.PositiveIntegerField(default=0, editable=False)
    orders_changed = models.PositiveIntegerField(default=0, editable=False)
    orders_same = models.PositiveIntegerField(default=0, editable=False)
    orders_held = models.PositiveIntegerField(default=0, editable=False)
    rows_bad = models.PositiveIntegerField(default=0, editable=False)
    failure = models.CharField(max_length=300, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self):
        return f"{self.get_format_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        """How far the import is, 0 to 100."""
        return min(100, self.rows_done * 100 // self.rows_total) if self.rows_total else 0


class ImportFile(TenantModel):
    """An uploaded file of an import, kept in object storage under a key that holds no user text."""

    batch = TenantForeignKey(Import, models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return self.name


class ImportProblem(TenantModel):
    """One row that was not imported, and why."""

    batch = TenantForeignKey(Import, models.CASCADE, related_name="problems")
    file = models.CharField(max_length=200)
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["file", "line", "id"]

    def __str__(self):
        return f"{self.file}:{self.line} {self.column}: {self.reason}"
