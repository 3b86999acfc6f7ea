"""How an organization calls a problem, in each language."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ..actions.taxonomy import LONGEST
from ..problems import NAMES, ON_TILE, TILE_OF, Group, Problem, words_of


class ProblemWordsForm(forms.Form):
    """A field for each language, and for the tile's words where customers have one; empty is the usual name."""

    mark_optional = False

    def __init__(self, *args: Any, problem: Problem | Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problem = problem
        self.tile = TILE_OF.get(problem) if isinstance(problem, Problem) else None
        for language, name in settings.LANGUAGES:
            label = format_lazy("{} ({})", _("Name"), name)
            self._add(f"names_{language}", label, NAMES, language, problem.usual)
        if self.tile:
            for language, name in settings.LANGUAGES:
                label = format_lazy("{} ({})", _("On the customer’s tile"), name)
                self._add(f"tile_{language}", label, ON_TILE, language, self.tile.usual)

    def _add(self, field: str, label: Any, part: str, language: str, usual: Any) -> None:
        with translation.override(language):
            placeholder = str(usual)
            rtl = translation.get_language_bidi()
        self.fields[field] = forms.CharField(
            label=label, required=False, max_length=LONGEST,
            initial=words_of(self.problem.key).get(part, {}).get(language, ""),
            help_text=format_lazy(_("Left empty: “{usual}”."), usual=placeholder),
            widget=forms.TextInput(attrs={"lang": language, "dir": "rtl" if rtl else "ltr"}),
        )  # fmt: skip

    def words(self) -> dict[str, dict[str, str]]:
        """Return what was cleaned, as the action takes it."""
        return {
            "names": {code: self.cleaned_data[f"names_{code}"] for code, _name in settings.LANGUAGES},
            "tile": {code: self.cleaned_data.get(f"tile_{code}", "") for code, _name in settings.LANGUAGES},
        }
