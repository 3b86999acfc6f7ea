"""Forms of claims and of the carriers' windows. They clean and never write."""

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Partner
from aftersales.tenants.models import currency_code

from ..models import Claim, ClaimWindow

MONEY = {"max_digits": 12, "decimal_places": 2}


class ClaimForm(forms.Form):
    """What every form of a claim has in common."""

    use_required_attribute = False
    mark_optional = False


class OpenForm(ClaimForm):
    """Open a claim of a kind that may still be opened."""

    kind = forms.ChoiceField(label=_("Against"))

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, prefix="open", **kwargs)
        self.fields["kind"].choices = [(kind, Claim.Kind(kind).label) for kind in kinds]


class ChangeForm(ClaimForm):
    """Change what is claimed."""

    event = forms.ChoiceField(label=_("What happened"), choices=ClaimWindow.Event.choices)
    amount = forms.DecimalField(label=_("Amount claimed"), min_value=0, **MONEY)
    expires_on = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class FileForm(ClaimForm):
    """Record that it was filed."""

    reference = forms.CharField(label=_("Claim number"), max_length=80, strip=True)
    filed_on = forms.DateField(label=_("Filed on"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


class AnswerForm(ClaimForm):
    """Record the answer."""

    answer = forms.ChoiceField(
        label=_("Answer"), choices=[("accepted", _("Accepted")), ("refused", _("Refused"))], widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("What they wrote"), widget=forms.Textarea({"rows": 3}), max_length=4000)


class PayForm(ClaimForm):
    """Record what was paid."""

    amount = forms.DecimalField(label=_("Amount paid"), min_value=0, **MONEY)
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, validators=[currency_code])
    proof = forms.CharField(label=_("Proof: payment reference or credit note"), max_length=200)


class WindowForm(forms.ModelForm):
    """One carrier's window for one event."""

    use_required_attribute = False
    mark_optional = False

    class Meta:
        model = ClaimWindow
        fields = ("regime", "event", "days", "counted", "limit", "source", "checked_on")
        widgets = {"checked_on": forms.DateInput({"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A queryset of organizations cannot be made when the class is.
        self.fields["carrier"] = forms.ModelChoiceField(
            Partner.objects.filter(kind=Partner.Kind.CARRIER, is_active=True), label=_("Carrier"), required=False,
            initial=self.instance.carrier_id, empty_label=_("every carrier of this regime"),
        )  # fmt: skip
        self.order_fields(["regime", "carrier"])

    def validate_unique(self):
        """Leave it to the action, which looks behind the lock."""

    def clean_days(self):
        days = self.cleaned_data["days"]
        if not 1 <= days <= 3650:
            raise forms.ValidationError(_("Write a number of days from 1 to 3650."))
        return days
