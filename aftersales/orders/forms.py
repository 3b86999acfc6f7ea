"""Forms of imports, partners and the search for orders. They clean and never write."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.forms.organization import TimeZoneField
from aftersales.tenants.models import Calendar

from .models import Import, Partner

LARGEST_FILE = 50 * 1024 * 1024


class FilesInput(forms.ClearableFileInput):
    """A file input for several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each not empty and at most 50 MB."""

    widget = FilesInput

    def clean(self, data, initial=None):
        """Return a list of uploaded files."""
        files = [super(FilesField, self).clean(each, initial) for each in (data or [None])]
        for file in files:
            if file.size > LARGEST_FILE:
                raise forms.ValidationError(
                    _("“%(name)s” is larger than 50 MB. Split it into several imports."), params={"name": file.name}
                )
        return files


class ImportForm(forms.Form):
    """Which format, and the files."""

    format = forms.ChoiceField(
        label=_("Format"), choices=Import.Format, initial=Import.Format.CSV, widget=forms.RadioSelect
    )
    files = FilesField(  # type: ignore[assignment]
        label=_("Files"),
        widget=FilesInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text=_(
            "CSV with commas, semicolons or tabs, at most 50 MB each. Choose files that belong together at once."
        ),
        error_messages={
            "required": _("Choose at least one file."),
            "empty": _("The file is empty. Upload one with a header and rows."),
        },
    )


class OrderFilter(forms.Form):
    """The address of the list of orders; what cannot be understood is left out."""

    DELIVERY = [("delivered", _("Delivered")), ("late", _("Late")), ("open", _("Not delivered"))]
    q = forms.CharField(required=False, max_length=120, empty_value="")
    supplier = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    country = forms.CharField(required=False, max_length=2, empty_value="")
    region = forms.CharField(required=False, max_length=80, empty_value="")
    delivery = forms.ChoiceField(required=False, choices=DELIVERY)

    def chosen(self) -> dict:
        """The understood parts, each empty where it was not."""
        self.is_valid()
        empty = {"q": "", "supplier": None, "country": "", "region": "", "delivery": ""}
        return empty | self.cleaned_data


class PartnerForm(forms.ModelForm):
    """A partner. Its kind and reference are fixed once orders may refer to it."""

    class Meta:
        model = Partner
        fields = ["kind", "name", "reference", "email", "country", "language", "time_zone", "is_active"]
        help_texts = {
            "reference": _("The name that import files use, where it differs from the name."),
            "country": _("Two letters, such as CN."),
            "email": _("Requests go to this address with a signed link; the partner needs no account."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A queryset of organizations cannot be made when the class is.
        self.fields["calendar"] = forms.ModelChoiceField(
            Calendar.objects.all(), label=_("Calendar"), required=False, initial=self.instance.calendar_id,
            empty_label=_("The organization's"),
            help_text=_("Working hours that the partner's time limits are counted in."),
        )  # fmt: skip
        self.fields["reference"].required = False
        # An imported partner may speak a language that the screens do not have yet.
        languages = dict(settings.LANGUAGES) | {self.instance.language: self.instance.language}
        languages = {code: dict(settings.LANGUAGES).get(code, name) for code, name in languages.items() if code}
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), required=False, choices=[("", _("As the organization")), *languages.items()]
        )
        self.fields["time_zone"] = TimeZoneField(label=_("Time zone"))
        if self.instance.pk:
            self.fields["kind"].disabled = self.fields["reference"].disabled = True
        self.order_fields([*self.Meta.fields[:-1], "calendar", "is_active"])

    def clean_country(self):
        """Capital letters."""
        return self.cleaned_data["country"].upper()

    def clean(self):
        """Refuse a second partner of the kind with the same reference."""
        cleaned = super().clean() or self.cleaned_data
        reference = cleaned.get("reference") or (cleaned.get("name") or "")[:120]
        same = Partner.objects.filter(kind=cleaned.get("kind"), reference=reference).exclude(pk=self.instance.pk)
        if reference and same.exists():
            field = "reference" if cleaned.get("reference") else "name"
            self.add_error(
                field, _("There is a partner of this kind with this name or reference already; edit that one.")
            )
        return cleaned
