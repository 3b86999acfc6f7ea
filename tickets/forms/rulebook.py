"""A rule of the decision table as a form: ordinary fields, so that it can be changed without script too."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.forms.utils import ErrorDict
from django.utils import translation
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..problems import GROUPS, Party, Problem
from ..proofs import Proof
from ..responsibility.rules import NOBODY, SHARE, SPLITS, UNDECIDED, BadRule, dump, parse
from ..rulebook import Data, digest
from .rule_conditions import ConditionRow, read_rows, written_rows

MOST_ROWS = 40
VERDICTS = [
    (SHARE, _("These bear it")),
    (NOBODY, _("Nobody is at fault; these bear it themselves")),
    (UNDECIDED, _("Not enough evidence; it points to these so far")),
]
SPLIT_NAMES = {
    "delay": _("By the days that each was late"),
    "delay_papers": _("By the days that each was late; the days with customs are ours"),
    "delay_importer": _("By the days that each was late; the days with customs are the customer's"),
}
# Where an error of the table's own check is shown.
PLACES = {"code": "new_code", "shares": "share_customer", "basis": "basis_en", "effective_from": "since"}


class RuleForm(forms.Form):
    """One rule. `was` is the digest of the rule when the form was opened, empty for a new one."""

    mark_optional = False
    version = forms.IntegerField(widget=forms.HiddenInput)
    was = forms.CharField(widget=forms.HiddenInput, required=False)
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ROWS)
    new_code = forms.CharField(
        label=_("Code"), max_length=40, required=False, help_text=_("Short, such as D11. It never changes afterwards."),
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", _("Use letters, digits and hyphens."))],
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )  # fmt: skip
    problems = forms.MultipleChoiceField(
        label=_("For these problems"), widget=forms.CheckboxSelectMultiple, choices=lambda: list(Problem.choices),
        error_messages={"required": _("Choose at least one problem.")},
    )  # fmt: skip
    verdict = forms.ChoiceField(label=_("What follows"), choices=VERDICTS, widget=forms.RadioSelect)
    split = forms.ChoiceField(
        label=_("Shares"), required=False,
        choices=[("", _("As written above")), *((name, SPLIT_NAMES.get(name, name)) for name in SPLITS)],
    )  # fmt: skip
    confidence = forms.IntegerField(
        label=_("How sure, in per cent"), min_value=0, max_value=100, help_text=_("High from 75, low below 50.")
    )
    source = forms.CharField(
        label=_("Source"), max_length=200, required=True,
        help_text=_("What the rule rests on: a law, a contract, your terms."),
        error_messages={"required": _("Say in at most 200 characters what the rule rests on.")},
    )  # fmt: skip
    since = forms.DateField(
        label=_("In force for complaints from"), required=False, help_text=_("Left empty: for all."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    asks_for = forms.MultipleChoiceField(
        label=_("What would decide it"), required=False, choices=Proof.choices, widget=forms.CheckboxSelectMultiple
    )
    retired = forms.BooleanField(
        label=_("Retired"), required=False, help_text=_("It stays in the table, and decides nothing.")
    )

    def __init__(self, data: Any = None, *, rule: Data | None, code: str, version: int) -> None:
        self.given, self.opened = rule or {}, code
        self.seen = digest(rule) if rule else ""
        rows = written_rows(self.given.get("when", [])) if data is None else None
        super().__init__(data, initial=self._begin(version, rows or []))
        if code:
            del self.fields["new_code"]
        self._add_basis()
        self._add_shares()
        self.rows = read_rows(self, self._count(data, rows or []), rows)

    def _begin(self, version: int, rows: list[Any]) -> dict[str, Any]:
        given = self.given
        return {
            "version": version, "was": self.seen, "count": len(rows) + 1, "problems": given.get("problems", []),
            "verdict": given.get("verdict") or SHARE, "split": given.get("split", ""),
            "confidence": given.get("confidence"), "source": given.get("source", ""),
            "since": given.get("effective_from") or None, "asks_for": given.get("asks_for", []),
            "retired": given.get("retired", False),
        }  # fmt: skip

    def _count(self, data: Any, rows: list[Any]) -> int:
        if data is None:
            return len(rows) + 1
        text = data.get("count", "")
        sent = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
        return min(sent + ("more" in data), MOST_ROWS)

    def _add_basis(self) -> None:
        given = self.given.get("basis", {})
        for language, name in settings.LANGUAGES:
            required = language == settings.LANGUAGE_CODE
            with translation.override(language):
                usual = gettext(given["en"]) if given.get("en") and not required else ""
                rtl = translation.get_language_bidi()
            self.fields[f"basis_{language}"] = forms.CharField(
                label=format_lazy("{} ({})", _("Basis in words"), name), max_length=600, required=required,
                initial=given.get(language, ""), error_messages={"required": _("Write the basis in English.")},
                help_text="" if required or not usual or usual == given["en"]
                else format_lazy(_("Left empty: “{usual}”."), usual=usual),
                widget=forms.Textarea(attrs={"rows": 2, "lang": language, "dir": "rtl" if rtl else "ltr"}),
            )  # fmt: skip

    def _add_shares(self) -> None:
        for party in Party:
            self.fields[f"share_{party}"] = forms.IntegerField(
                label=party.label, required=False, min_value=0, max_value=100,
                initial=self.given.get("shares", {}).get(party.value),
            )  # fmt: skip

    # ── for the page ────────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def problem_boxes(self) -> list[tuple[Any, list[Any]]]:
        """The boxes of the problems by group."""
        boxes = {str(box.data["value"]): box for box in self["problems"]}
        return [(group.label, [boxes[problem.value] for problem in problems]) for group, problems in GROUPS.items()]

    @property
    def share_fields(self) -> Iterator[forms.BoundField]:
        """The parties' fields."""
        return (self[f"share_{party}"] for party in Party)

    @property
    def basis_fields(self) -> Iterator[forms.BoundField]:
        """The basis in each language."""
        return (self[f"basis_{language}"] for language, _name in settings.LANGUAGES)

    def keep(self, **values: object) -> None:
        """Put other values into what was sent, for the next press."""
        self.data = self.data.copy()
        for name, value in values.items():
            self.data[name] = str(value)

    def only_redraw(self) -> None:
        """Show what was typed without judging it: a further row was asked for."""
        self.keep(count=len(self.rows))
        self._errors = ErrorDict()
        self.cleaned_data = {}

    # ── for the action ──────────────────────────────────────────────────────────────────────────────────────────────
    @property
    def code(self) -> str:
        """The rule's code; that of a rule that exists never changes."""
        return self.opened or str(self.cleaned_data.get("new_code", ""))

    def clean(self) -> dict[str, Any]:
        if not self.opened and not self.cleaned_data.get("new_code") and "new_code" not in self.errors:
            self.add_error("new_code", _("Give the rule a code."))
        self.when, places = self._when()
        if not self.errors:
            try:
                parse([self._data()])
            except BadRule as bad:
                place = places.get(bad.field, PLACES.get(bad.field, bad.field))
                self.add_error(place if place in self.fields else None, bad.message)
        return self.cleaned_data

    def _when(self) -> tuple[list[Data], dict[str, str]]:
        """Return the conditions, and the field that stands for each place in them."""
        found: list[list[Data]] = []
        places: dict[str, str] = {}
        for row in self.rows:
            condition = row.read(self)
            if condition is None:
                continue
            if row.joins(self) and found:
                found[-1].append(condition)
            else:
                found.append([condition])
            places.setdefault(f"when[{len(found)}]", row.place)
        return [each[0] if len(each) == 1 else {"any": each} for each in found], places

    def _ordered(self, name: str) -> list[str]:
        """Return what was chosen; the same choice in the order that the rule had, so that nothing seems changed."""
        chosen, given = self.cleaned_data[name], list(self.given.get(name, []))
        return given if set(chosen) == set(given) else chosen

    def _data(self) -> Data:
        clean = self.cleaned_data
        shares = {party.value: clean.get(f"share_{party}") for party in Party}
        basis = {language: clean.get(f"basis_{language}", "").strip() for language, _name in settings.LANGUAGES}
        return {
            "code": self.code, "problems": self._ordered("problems"), "when": self.when, "verdict": clean["verdict"],
            "shares": {party: percent for party, percent in shares.items() if percent}, "split": clean["split"],
            "confidence": clean["confidence"], "basis": {code: text for code, text in basis.items() if text},
            "source": clean["source"], "effective_from": clean["since"].isoformat() if clean["since"] else "",
            "asks_for": self._ordered("asks_for"), "retired": clean["retired"],
        }  # fmt: skip

    def rule(self) -> Data:
        """Return the rule as plain data, in the form that the table keeps."""
        return dump(parse([self._data()]))[0]

    @property
    def condition_rows(self) -> list[ConditionRow]:
        """The rows of the conditions, each with its fields."""
        for row in self.rows:
            row.bind(self)
        return self.rows


class PublishForm(forms.Form):
    """What changed and why: the note that the version keeps."""

    mark_optional = False
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label=_("What changed and why"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Write what changed and why.")},
    )  # fmt: skip
