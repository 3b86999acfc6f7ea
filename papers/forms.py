"""What a paper is asked for with."""

from django import forms
from django.utils.translation import gettext_lazy as _

LANGUAGES = [("", _("The reader's")), ("en", "English"), ("ar", "العربيّة")]


class AskForm(forms.Form):
    """Language, and what a case file takes in."""

    use_required_attribute = False
    mark_optional = False
    kind = forms.CharField(max_length=12)
    claim = forms.IntegerField(required=False)
    returned = forms.IntegerField(required=False)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    internal = forms.BooleanField(label=_("With our internal notes"), required=False)
    partners = forms.BooleanField(label=_("With partners' messages"), required=False)
    nameless = forms.BooleanField(label=_("Without names"), required=False)
    archive = forms.BooleanField(label=_("With the original photos, as ZIP"), required=False)
