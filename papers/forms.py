"""What a paper is asked for with."""

from django import forms
from django.utils.translation import gettext_lazy as _

from . import links

LANGUAGES = [("", _("The reader's")), ("en", "English"), ("ar", "العربيّة")]


class AskForm(forms.Form):
    """Language, and what a case file takes in."""

    use_required_attribute = False
    mark_optional = False
    kind = forms.CharField(max_length=16)
    claim = forms.IntegerField(required=False)
    returned = forms.IntegerField(required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    internal = forms.BooleanField(label=_("With our internal notes"), required=False)
    partners = forms.BooleanField(label=_("With partners' messages"), required=False)
    nameless = forms.BooleanField(label=_("Without names"), required=False)
    names = forms.BooleanField(label=_("With names"), required=False)
    archive = forms.BooleanField(label=_("With the original photos, as ZIP"), required=False)


class LinkForm(forms.Form):
    """For whom a link to an evidence pack is, and for how long."""

    use_required_attribute = False
    mark_optional = False
    receiver = forms.CharField(
        label=_("For whom"), max_length=120, help_text=_("A court, a carrier, an insurer. It stands in the log."),
        error_messages={"required": _("Write for whom the link is, such as the name of the insurer.")},
    )  # fmt: skip
    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=links.MOST_DAYS, initial=links.USUAL_DAYS,
        error_messages={
            "required": _("Write for how many days, from 1 to 30."),
            "invalid": _("Write a number of days, from 1 to 30."),
            "min_value": _("A link lives for at least 1 day."), "max_value": _("A link lives for at most 30 days."),
        },
    )  # fmt: skip
