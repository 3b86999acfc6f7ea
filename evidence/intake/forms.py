"""Forms of the warehouse's photos. They clean and never write."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersales.orders.models import Inspection

from . import bulk, targets

ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")


class LookupForm(forms.Form):
    """What an order is found by."""

    mark_optional = False
    q = forms.CharField(
        label=gettext_lazy("Order number, tracking number, SKU or line barcode"), max_length=targets.LONGEST,
        error_messages={"required": gettext_lazy("Scan a barcode, or type a number.")},
        widget=forms.TextInput(attrs={
            "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "dir": "ltr",
            "enterkeyhint": "search", "autofocus": True, "class": "intake-q",
        }),
    )  # fmt: skip


class InspectionForm(forms.Form):
    """How an item was inspected, and with what result."""

    mark_optional = False
    level = forms.ChoiceField(
        label=gettext_lazy("Level"), choices=Inspection.Level, initial=Inspection.Level.BASIC, widget=forms.RadioSelect
    )
    result = forms.ChoiceField(
        label=gettext_lazy("Result"), choices=Inspection.Result, widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether the item passed.")},
    )  # fmt: skip


class ZipForm(forms.Form):
    """A ZIP of photos."""

    mark_optional = False
    file = forms.FileField(
        label=gettext_lazy("ZIP with the photos"),
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
        error_messages={
            "required": gettext_lazy("Choose a ZIP."),
            "empty": gettext_lazy("The file is empty. Choose a ZIP with photos."),
        },
    )  # fmt: skip

    def clean_file(self) -> Any:
        """Return the upload where it begins as a ZIP does; a worker looks further."""
        file = self.cleaned_data["file"]
        if file.size > bulk.LARGEST_ZIP:
            raise forms.ValidationError(_("The ZIP is larger than 2 GB. Split it into several."))
        begins = file.read(4)
        file.seek(0)
        if begins not in ZIP_BEGINS:
            raise forms.ValidationError(_("This is no ZIP. Pack the folders with the photos into one."))
        return file
