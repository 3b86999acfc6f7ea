"""A parcel, its scans, and what customs did with it. Weights in grams."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.base import TenantForeignKey, TenantModel

from .order import Order
from .people import Partner


class Shipment(TenantModel):
    """A parcel of an order. Weights in grams, volume in cubic centimetres, freight in the order's currency.

    `signed` keeps the carrier's word; "clean", "damage noted", "other name" and "none" are understood by the rules.
    """

    class PackedBy(models.TextChoices):
        WAREHOUSE = "warehouse", _("Warehouse")
        SUPPLIER = "supplier", _("Supplier")

    class Box(models.TextChoices):
        SOUND = "sound", _("Sound")
        DAMAGED = "damaged", _("Damaged")

    class Cushioning(models.TextChoices):
        ADEQUATE = "adequate", _("Adequate")
        POOR = "poor", _("Poor")
        NONE = "none", _("None")

    order = TenantForeignKey(Order, models.CASCADE, related_name="shipments")
    reference = models.CharField(_("shipment"), max_length=80)
    tracking_number = models.CharField(_("tracking number"), max_length=80, blank=True)
    warehouse = TenantForeignKey(Partner, null=True, blank=True, related_name="+", verbose_name=_("warehouse"))
    carrier = TenantForeignKey(Partner, null=True, blank=True, related_name="shipments", verbose_name=_("carrier"))
    route = models.CharField(_("route"), max_length=120, blank=True)
    packed_at = models.DateTimeField(_("packed"), null=True, blank=True)
    packed_by = models.CharField(_("packed by"), max_length=10, choices=PackedBy, blank=True)
    box = models.CharField(_("box when packed"), max_length=8, choices=Box, blank=True)
    cushioning = models.CharField(_("cushioning"), max_length=8, choices=Cushioning, blank=True)
    packing_note = models.CharField(_("what the packing photo shows"), max_length=300, blank=True)
    carton_g = models.PositiveIntegerField(_("weight of the carton, g"), null=True, blank=True)
    released_at = models.DateTimeField(_("released for shipping"), null=True, blank=True)
    released_by = models.CharField(_("released by"), max_length=80, blank=True)
    released_after_failed = models.BooleanField(_("released after a failed inspection"), null=True, blank=True)
    release_told_customer = models.BooleanField(_("customer was told of the release"), null=True, blank=True)
    handover_receipt = models.BooleanField(_("carrier's receipt of the hand-over"), null=True, blank=True)
    handover_note = models.CharField(_("hand-over"), max_length=200, blank=True)
    label_address = models.CharField(_("address on the label"), max_length=300, blank=True)
    transit_days = models.PositiveSmallIntegerField(_("carrier's transit time, days"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("shipped"), null=True, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)
    signed = models.CharField(_("signed"), max_length=40, blank=True)
    delivery_place = models.CharField(_("delivered to"), max_length=160, blank=True)
    delivery_photo = models.CharField(_("what the carrier's delivery photo shows"), max_length=300, blank=True)
    delivery_note = models.CharField(_("delivery note"), max_length=300, blank=True)
    notice_cards = models.PositiveSmallIntegerField(_("notice cards left"), null=True, blank=True)
    notices_read = models.BooleanField(_("customer read the carrier's messages"), null=True, blank=True)
    trace_opened_at = models.DateTimeField(_("carrier's trace opened"), null=True, blank=True)
    trace_closed_at = models.DateTimeField(_("carrier's trace closed"), null=True, blank=True)
    trace_result = models.CharField(_("result of the carrier's trace"), max_length=300, blank=True)
    estimated_weight_g = models.PositiveIntegerField(_("estimated weight, g"), null=True, blank=True)
    estimate_accepted = models.BooleanField(_("customer accepted the estimate"), null=True, blank=True)
    dispatch_weight_g = models.PositiveIntegerField(_("weight at dispatch, g"), null=True, blank=True)
    actual_weight_g = models.PositiveIntegerField(_("weight on our scale, g"), null=True, blank=True)
    volumetric_weight_g = models.PositiveIntegerField(_("volumetric weight, g"), null=True, blank=True)
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


class CustomsEvent(TenantModel):
    """What customs did with a parcel, and how long it took."""

    class Event(models.TextChoices):
        HOLD = "hold", _("Held")
        EXAMINATION = "examination", _("Examined")
        DUTY = "duty", _("Duty asked for")
        SEIZURE = "seizure", _("Seized")

    class Side(models.TextChoices):
        EXPORT = "export", _("Export")
        IMPORT = "import", _("Import")

    shipment = TenantForeignKey(Shipment, models.CASCADE, related_name="customs_events")
    event = models.CharField(_("event"), max_length=12, choices=Event)
    side = models.CharField(_("side"), max_length=6, choices=Side, blank=True)
    at = models.DateTimeField(_("time"), null=True, blank=True)
    days = models.PositiveSmallIntegerField(_("days held"), null=True, blank=True)
    has_letter = models.BooleanField(_("there is a letter of customs"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["organization", "shipment"], name="customs_by_shipment")]

    def __str__(self):
        return f"{self.get_event_display()} {self.reason}".strip()
