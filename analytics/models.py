"""What managers read: kept monthly reports, and measures whose effect is shown. Definitions: `docs/definitions.md`."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel
from tickets.problems import Problem


class MonthlyReport(TenantModel):
    """The complaint rates of one month (its first day, in the organization's time zone), as they stood when built."""

    month = models.DateField(_("month"))
    built_at = models.DateTimeField(default=timezone.now)
    # True once the month was over when the report was built; it may still grow as late complaints arrive.
    complete = models.BooleanField(default=False)

    class Meta:
        ordering = ["-month"]
        constraints = [models.UniqueConstraint(fields=["organization", "month"], name="report_month_once")]

    def __str__(self):
        return f"{self.month:%Y-%m}"


class RateRow(TenantModel):
    """One line of a report: a slice of the month's orders and what was complained of."""

    class Dimension(models.TextChoices):
        TOTAL = "total", _("All orders")
        PROBLEM = "problem", _("Problem")
        SUPPLIER = "supplier", _("Supplier")
        CATEGORY = "category", _("Category")
        REGION = "region", _("Region")

    report = TenantForeignKey(MonthlyReport, models.CASCADE, related_name="rows")
    dimension = models.CharField(max_length=8, choices=Dimension)
    # Problem code, partner's id, category or region; empty where the order has none.
    key = models.CharField(max_length=120, blank=True)
    label = models.CharField(max_length=160, blank=True)
    orders = models.PositiveIntegerField()
    complained = models.PositiveIntegerField()
    filed = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()

    class Meta:
        ordering = ["dimension", "-complained", "label"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "report", "dimension", "key"], name="rate_row_once")
        ]

    def __str__(self):
        return f"{self.get_dimension_display()} {self.label}"


class Measure(TenantModel):
    """An improvement measure: what was changed, where, since when, and what it should reach."""

    name = models.CharField(_("measure"), max_length=120)
    what = models.TextField(_("what was changed"), blank=True)
    problem = models.CharField(_("problem"), max_length=24, choices=Problem, blank=True)
    supplier = TenantForeignKey(Partner, null=True, blank=True, related_name="+", verbose_name=_("supplier"))
    carrier = TenantForeignKey(Partner, null=True, blank=True, related_name="+", verbose_name=_("carrier"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    started_on = models.DateField(_("in effect since"))
    target = models.DecimalField(_("target: complaint rate in per cent"), max_digits=5, decimal_places=2)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-started_on"]

    def __str__(self):
        return self.name
