"""One form per sheet of the facts page, made from the model's fields. The forms clean; `actions.enter` writes."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..models import Ticket
from ..sheets import Sheet
from .desk import LONG, DeskForm, area

YES_NO = [("unknown", _("Not known")), ("true", _("Yes")), ("false", _("No"))]


class YesNo(forms.NullBooleanSelect):
    """Yes, no, or nobody knows; no, and nobody knows, are not the same."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.choices = YES_NO


class RecordForm(forms.ModelForm):
    """What a sheet's form has in common. It never saves: `instance` only says what stood there before."""

    use_required_attribute = False
    mark_optional = False
    name = "record"

    words = DeskForm.words

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for earlier, later in ORDERED:
            first, last = data.get(earlier), data.get(later)
            if first and last and last < first:
                label = self.fields[earlier].label or earlier
                self.add_error(later, _("This cannot be before “%(first)s”.") % {"first": label})
        return data

    def changes(self) -> dict[str, Any]:
        """Return the fields that are other than before, with their new values; all of a new row's."""
        names = self.changed_data if self.instance.pk else list(self.fields)
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


# Pairs of moments of which the second cannot come first.
ORDERED = (
    ("trace_opened_at", "trace_closed_at"),
    ("wrote_at", "answered_at"),
    ("agreed_at", "paid_at"),
    ("placed_at", "received_at"),
)


def _field(field: models.Field, **kwargs: Any) -> forms.Field | None:
    if isinstance(field, models.BooleanField):
        return forms.NullBooleanField(label=field.verbose_name, widget=YesNo, required=False)
    if isinstance(field, models.DateTimeField):
        widget: forms.Widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        return field.formfield(**kwargs | {"widget": widget})
    if isinstance(field, models.DateField):
        return field.formfield(**kwargs | {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")})
    if isinstance(field, models.TextField):
        return field.formfield(**kwargs | {"widget": area(2, maxlength=LONG)})
    return field.formfield(**kwargs)


def record_form(sheet: Sheet, instance: models.Model, data: Any = None) -> RecordForm:
    """Return the sheet's form for a row: one that is there, or a new one with its owner set."""
    made = forms.modelform_factory(sheet.model, form=RecordForm, fields=list(sheet.fields), formfield_callback=_field)  # type: ignore[type-var]
    form: RecordForm = made(data, instance=instance, auto_id=f"{sheet.code}-{instance.pk or 'new'}-%s")
    for name in sheet.required:
        form.fields[name].required = True
    for name, field in form.fields.items():
        if isinstance(field, forms.CharField) and name.startswith(("currency", "origin")):
            field.widget.attrs["class"] = "code"
    return form


class ReceivedForm(DeskForm):
    """What arrived, in words."""

    name = "received"
    text = forms.CharField(
        label=_("What arrived, in words"),
        max_length=Ticket._meta.get_field("received").max_length,
        required=False,
        widget=area(2),
        help_text=_("It is held against what was locked at purchase."),
    )


class TickForm(DeskForm):
    """That something asked for came by another way."""

    name = "tick"
    text = forms.CharField(
        label=_("How it came and what it says"),
        max_length=300,
        error_messages={"required": _("Write how it came and what it says.")},
    )


class PictureForm(DeskForm):
    """What a picture shows, in the words of whoever looked, and where the same one was seen before."""

    name = "picture"
    mark_optional = False
    shows = forms.CharField(label=_("What it shows, in words"), max_length=300, required=False)
    seen_before = forms.CharField(label=_("Seen before, where"), max_length=300, required=False)
