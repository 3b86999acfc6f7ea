"""The conditions of a rule as rows of ordinary fields: a fact, how it compares, with what."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..responsibility.catalogue import BOOL, CHOICE, FACTS, NUMBER
from ..responsibility.rules import OPS
from ..rulebook import Data

OP_NAMES = {
    "is_true": _("yes"), "is_false": _("no"), "known": _("is known"), "unknown": _("is not known"), "eq": _("is"),
    "in": _("is one of"), "lt": _("is below"), "le": _("is at most"), "gt": _("is above"), "ge": _("is at least"),
}  # fmt: skip
JOINS = [("and", _("and")), ("or", _("or"))]
HOW = _("Choose how this fact compares.")


def written_rows(when: list[Data]) -> list[tuple[str, Data]]:
    """Return (how it joins the row before, condition) for each row; the conditions of a group are joined by "or"."""
    rows = []
    for condition in when:
        for n, each in enumerate(condition.get("any", [condition])):
            rows.append(("or" if n else "and", each))
    return rows


def fact_choices() -> list[tuple[str, Any]]:
    """Return the facts by where they come from."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in FACTS.values():
        groups.setdefault(str(kind.source), []).append((kind.name, str(kind.label)))
    return [("", _("Choose a fact")), *groups.items()]


class ConditionRow:
    """One row: `join_n`, `fact_n`, `op_n`, and `value_n` or `pick_n`. A chosen fact stays, or `out_n` leaves it out."""

    def __init__(self, number: int, fact: str) -> None:
        self.number, self.kind = number, FACTS.get(fact)
        self.bound: dict[str, forms.BoundField] = {}

    def name(self, part: str) -> str:
        """Return the name of a field of the row."""
        return f"{part}_{self.number}"

    @property
    def place(self) -> str:
        """The field at which an error of the row is shown."""
        if self.kind is None:
            return self.name("fact")
        return self.name({NUMBER: "value", CHOICE: "pick"}.get(self.kind.kind, "op"))

    def fields(self, join: str, condition: Data) -> dict[str, forms.Field]:
        """Return the row's fields; which value is asked for depends on the fact."""
        kinds = (self.kind.kind,) if self.kind else (BOOL, NUMBER, CHOICE)
        ops = [(op, OP_NAMES[op]) for op, (fits, _value) in OPS.items() if set(fits) & set(kinds)]
        found: dict[str, forms.Field] = {}
        if self.number:
            found["join"] = forms.ChoiceField(label=_("Joined by"), choices=JOINS, initial=join, required=False)
        if self.kind:
            found["fact"] = forms.CharField(widget=forms.HiddenInput, initial=self.kind.name)
            found["out"] = forms.BooleanField(label=_("Leave out"), required=False)
        else:
            found["fact"] = forms.ChoiceField(label=_("Fact"), choices=fact_choices, required=False)
        found["op"] = forms.ChoiceField(
            label=_("Compares"), choices=ops, initial=condition.get("op"), required=False,
            error_messages={"invalid_choice": HOW},
        )  # fmt: skip
        if self.kind is None or self.kind.kind == NUMBER:
            found["value"] = forms.CharField(
                label=_("Value"), initial=condition.get("value"), required=False, max_length=80,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )  # fmt: skip
        elif self.kind.kind == CHOICE:
            value = condition.get("value")
            found["pick"] = forms.MultipleChoiceField(
                label=_("Value"), choices=self.kind.choices, initial=value if isinstance(value, list) else [value],
                required=False, widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
        return found

    def bind(self, form: forms.Form) -> None:
        """Look the row's fields up for the page."""
        self.bound = {part: form[self.name(part)] for part in ("join", "fact", "op", "value", "pick", "out")
                      if self.name(part) in form.fields}  # fmt: skip

    def joins(self, form: forms.Form) -> bool:
        """Whether the row is an alternative to the one before."""
        return form.cleaned_data.get(self.name("join")) == "or"

    def read(self, form: forms.Form) -> Data | None:
        """Return the condition; None for a row that is empty, left out or wrong (its error is added to the form)."""
        clean = form.cleaned_data
        kind = FACTS.get(clean.get(self.name("fact"), ""))
        if kind is None or clean.get(self.name("out")):
            return None
        op = clean.get(self.name("op"), "")
        if not op:
            if self.name("op") not in form.errors:
                form.add_error(self.name("op"), HOW)
            return None
        condition: Data = {"fact": kind.name, "op": op}
        if OPS[op][1]:
            value = self._number(form) if kind.kind == NUMBER else self._chosen(form, kind)
            if value is None:
                return None
            single = kind.kind == CHOICE and op == "eq" and len(value) == 1
            condition["value"] = value[0] if single else value
            condition["op"] = "in" if kind.kind == CHOICE and not single else op
        return condition

    def _number(self, form: forms.Form) -> int | float | None:
        text = str(form.cleaned_data.get(self.name("value"), "")).strip().replace(",", ".")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not abs(value) < 10**9:
            form.add_error(self.name("value"), _("Write a number to compare with."))
            return None
        return int(value) if value.is_integer() else value

    def _chosen(self, form: forms.Form, kind: Any) -> list[str] | None:
        picked = form.cleaned_data.get(self.name("pick"))
        if not picked:
            # A row that was new when it was sent had a line for its value; here its boxes are shown instead.
            typed = {part.strip().casefold() for part in form.data.get(self.name("value"), "").split(",")}
            picked = [code for code, label in kind.choices if {code.casefold(), str(label).casefold()} & typed]
        if not picked:
            if self.name("pick") not in form.errors:
                form.add_error(self.name("pick"), _("Choose at least one value."))
            return None
        return list(picked)


def read_rows(form: forms.Form, count: int, written: list[tuple[str, Data]] | None) -> list[ConditionRow]:
    """Return a form's rows and add their fields to it: of a rule (`written`) and an empty one, or as they were sent."""
    rows = []
    for n in range(count):
        if written is not None:
            join, condition = written[n] if n < len(written) else ("and", {})
            fact = condition.get("fact", "")
        else:
            join, condition, fact = "and", {}, str(form.data.get(f"fact_{n}", ""))
        row = ConditionRow(n, fact)
        for part, field in row.fields(join, condition).items():
            form.fields[row.name(part)] = field
        rows.append(row)
    return rows
