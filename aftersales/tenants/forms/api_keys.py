"""A key for another system."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ApiKeyForm(forms.Form):
    """What a new key is called."""

    mark_optional = False
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Which system uses it, such as “Scanner at bench 3”."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )  # fmt: skip
