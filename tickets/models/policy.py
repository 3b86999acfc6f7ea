"""What the organization promises: windows to complain, the plan it proposes by default, carriers' claim windows."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.base import TenantForeignKey, TenantModel
from aftersales.tenants.models import country_code

from ..problems import Group, Party, Problem, Wish


class Window(TenantModel):
    """Days after delivery in which a problem may be reported; none means without end. Empty fields fit everything, and
    the window that names most of country, category and problem counts.
    """

    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])
    category = models.CharField(_("product category"), max_length=80, blank=True)
    group = models.CharField(_("kind of problem"), max_length=10, choices=Group, blank=True)
    problem = models.CharField(_("problem"), max_length=24, choices=Problem, blank=True)
    days = models.PositiveSmallIntegerField(
        _("days after delivery"), null=True, blank=True, validators=[MaxValueValidator(3650)]
    )
    source = models.CharField(_("source"), max_length=200)
    checked_on = models.DateField(_("checked on"))

    class Meta:
        ordering = ["country", "category", "group", "problem"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "country", "category", "group", "problem"], name="window_once"
            )
        ]

    def __str__(self):
        return " · ".join(filter(None, (self.country, self.category, self.group, self.problem))) or "*"


class Remedy(TenantModel):
    """One line of the policy of plans: in these cases, propose these actions. In order, first match wins.

    `actions`: [{"kind", "percent", "of": "item" | "freight" | "order", "awaits_return", "days"}]; who pays follows the
    confirmed shares. Empty fields fit everything.
    """

    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("name"), max_length=120)
    problems = ArrayField(models.CharField(max_length=24, choices=Problem), default=list, blank=True)
    parties = ArrayField(models.CharField(max_length=10, choices=Party), default=list, blank=True)
    wishes = ArrayField(models.CharField(max_length=12, choices=Wish), default=list, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True, validators=[country_code])
    category = models.CharField(_("product category"), max_length=80, blank=True)
    value_from = models.DecimalField(_("item worth at least"), max_digits=12, decimal_places=2, null=True, blank=True)
    value_to = models.DecimalField(_("item worth less than"), max_digits=12, decimal_places=2, null=True, blank=True)
    insured = models.BooleanField(_("order is insured"), null=True, blank=True)
    actions = models.JSONField(_("actions"), default=list)
    clause = models.CharField(_("policy clause"), max_length=200)
    source = models.CharField(_("source"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self):
        return self.name


class ClaimWindow(TenantModel):
    """How long a carrier takes a claim. Without `carrier` it is the regime that holds where nothing else is known."""

    class Event(models.TextChoices):
        DAMAGE = "damage", _("Damage or shortage")
        DELAY = "delay", _("Delay")
        LOSS = "loss", _("Loss or non-delivery")

    class Counted(models.TextChoices):
        DELIVERY = "delivery", _("from delivery")
        POSTING = "posting", _("from hand-over to the carrier")
        PROMISED = "promised", _("from the promised day")

    regime = models.CharField(_("carrier or regime"), max_length=80)
    carrier = TenantForeignKey(Partner, models.CASCADE, null=True, blank=True, related_name="claim_windows")
    event = models.CharField(_("event"), max_length=6, choices=Event)
    days = models.PositiveSmallIntegerField(_("days"))
    counted = models.CharField(_("counted"), max_length=8, choices=Counted)
    limit = models.CharField(_("limit of liability"), max_length=160, blank=True)
    source = models.CharField(_("source"), max_length=200)
    checked_on = models.DateField(_("checked on"))

    class Meta:
        ordering = ["regime", "event"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "regime", "carrier", "event"], nulls_distinct=False, name="claim_window_once"
            )
        ]

    def __str__(self):
        return f"{self.regime}: {self.get_event_display()}"
