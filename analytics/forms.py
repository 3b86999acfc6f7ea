"""What managers fill in."""

import datetime as dt
from decimal import Decimal
from functools import partial

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.models import User
from tickets.problems import problem_choices_or


class MeasureForm(forms.Form):
    """An improvement measure: what was changed, where, since when, who looks after it, and what it should reach."""

    error_css_class = "is-invalid"
    name = forms.CharField(
        label=_("What do you call it?"), max_length=120, help_text=_("Such as “Three layers of padding, lamps”.")
    )
    what = forms.CharField(
        label=_("What was changed"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    problem = forms.ChoiceField(
        label=_("Problem it is meant to lessen"),
        required=False,
        choices=partial(problem_choices_or, _("All problems"), retired=True),
    )
    supplier = forms.ModelChoiceField(
        label=_("Supplier it concerns"), queryset=None, required=False, empty_label=_("All suppliers")
    )
    carrier = forms.ModelChoiceField(
        label=_("Carrier it concerns"), queryset=None, required=False, empty_label=_("All carriers")
    )
    owner = forms.ModelChoiceField(
        label=_("Who looks after it"), queryset=None, required=False, empty_label=_("Nobody yet")
    )
    started_on = forms.DateField(
        label=_("In effect since"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Orders placed from this day on are compared with those before."),
    )
    target = forms.DecimalField(
        label=_("Target: complaint rate in per cent"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        max_digits=5,
        decimal_places=2,
    )

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        partners = Partner.objects.order_by("name", "pk")
        fields = self.fields
        fields["supplier"].queryset = partners.filter(kind=Partner.Kind.SUPPLIER)  # type: ignore[attr-defined]
        fields["carrier"].queryset = partners.filter(kind=Partner.Kind.CARRIER)  # type: ignore[attr-defined]
        fields["owner"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            memberships__organization=organization, memberships__is_active=True
        ).order_by("name", "email")

    def clean_started_on(self) -> dt.date:
        """Return the day. A year far off is a slip of the finger."""
        day = self.cleaned_data["started_on"]
        if not 2000 <= day.year <= 2100:
            raise forms.ValidationError(_("Give the year with four digits, such as 2026."))
        return day
