"""The three texts of the rules page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import RulesVersion

LONG = 20_000


def _text(label: Any, help_text: Any, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, max_length=LONG, widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    )


class RulesForm(forms.Form):
    """The next version, beginning with the current one."""

    terms = _text(_("Terms"), _("How to report a problem, until when, and what happens then."), 9)
    compensation = _text(_("Compensation standards"), _("Who pays how much in which case."), 9)
    prohibited = _text(_("Prohibited items"), _("What you neither buy nor ship."), 6)
    based_on = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, current: RulesVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["based_on"] = current.version if current else 0
        if current:
            self.initial |= {part: getattr(current, part) for part in ("terms", "compensation", "prohibited")}
