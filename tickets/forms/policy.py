"""Windows and remedies as an admin types them."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.models import country_code

from ..models import PlanAction, Remedy, Window
from ..problems import Group, Party, Problem, Wish
from ..queries.filters import Text
from .desk import SHORT, DeskForm

LINES = 4
OF = (("item", _("of the item's price")), ("freight", _("of the freight")), ("order", _("of the order")))
ANY = [("", _("Any"))]


class _Country(forms.CharField):
    """Two capital letters, EU for every member state, or nothing for all."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("Two letters, such as DE; EU for every member state; empty for all.")
        super().__init__(label=_("Country"), max_length=2, required=False, help_text=help_text, **kwargs)

    def clean(self, value: Any) -> str:
        code = super().clean(value).strip().upper()
        if code:
            country_code(code)
        return code


class WindowForm(DeskForm):
    """How many days after delivery a problem may be reported, for what, and where that comes from."""

    name = "window"
    country = _Country()
    category = forms.CharField(label=_("Product category"), max_length=80, required=False)
    group = forms.ChoiceField(label=_("Kind of problem"), choices=[*ANY, *Group.choices], required=False)
    problem = forms.ChoiceField(label=_("Problem"), choices=[*ANY, *Problem.choices], required=False)
    days = forms.IntegerField(
        label=_("Days after delivery"), min_value=0, max_value=3650, required=False,
        help_text=_("Empty: without end."),
        error_messages={"invalid": _("Write a whole number of days."), "min_value": _("Write 0 or more days.")},
    )  # fmt: skip
    source = forms.CharField(
        label=_("Source"), max_length=200, error_messages={"required": _("Write where this comes from.")}
    )
    checked_on = forms.DateField(
        label=_("Checked on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Write the day on which somebody checked the source.")},
    )  # fmt: skip

    @staticmethod
    def initial_of(row: Window | None, today: dt.date) -> dict[str, Any]:
        """Return what the form begins with."""
        names = ("country", "category", "group", "problem", "days", "source", "checked_on")
        return {name: getattr(row, name) for name in names} if row else {"checked_on": today}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("group") and data.get("problem"):
            self.add_error("problem", _("Name the kind or one problem, not both."))
        if data.get("checked_on") and data["checked_on"] > dt.date.today():
            self.add_error("checked_on", _("This day is still to come."))
        return data


def _several(label: Text, choices: list[tuple[str, Text]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )  # fmt: skip


class RemedyForm(DeskForm):
    """What fits, what is proposed then, and the clause and source it rests on."""

    name = "remedy"
    title = forms.CharField(label=_("Name"), max_length=120, error_messages={"required": _("Give it a name.")})
    position = forms.IntegerField(
        label=_("Position"), min_value=1, max_value=500, help_text=_("The first that fits counts."),
        error_messages={"required": _("Write its place in the order, from 1.")},
    )  # fmt: skip
    problems = _several(_("Problems"), Problem.choices)
    parties = _several(_("Responsible"), Party.choices)
    wishes = _several(_("The customer's wish"), Wish.choices)
    country = _Country()
    category = forms.CharField(label=_("Product category"), max_length=80, required=False)
    value_from = forms.DecimalField(
        label=_("Item worth at least"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    value_to = forms.DecimalField(
        label=_("Item worth less than"), min_value=0, max_digits=12, decimal_places=2, required=False
    )
    insured = forms.NullBooleanField(
        label=_("Order is insured"), required=False,
        widget=forms.Select(choices=[("", _("Either")), ("true", _("Yes")), ("false", _("No"))]),
    )  # fmt: skip
    clause = forms.CharField(
        label=_("Policy clause"), max_length=200, error_messages={"required": _("Write the clause it rests on.")}
    )
    source = forms.CharField(label=_("Source"), max_length=200, required=False)
    is_active = forms.BooleanField(label=_("Active"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].max_length = SHORT
        for n in range(LINES):
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                label=_("Action"), choices=[("", _("None")), *PlanAction.Kind.choices], required=False
            )
            self.fields[f"percent_{n}"] = forms.IntegerField(
                label=_("Per cent"), min_value=0, max_value=100, required=False
            )
            self.fields[f"of_{n}"] = forms.ChoiceField(label=_("Of what"), choices=OF, required=False)
            self.fields[f"doer_{n}"] = forms.ChoiceField(label=_("Who does it"), choices=Party.choices, required=False)
            self.fields[f"days_{n}"] = forms.IntegerField(
                label=_("Within days"), min_value=1, max_value=365, required=False
            )
            self.fields[f"waits_{n}"] = forms.BooleanField(label=_("After the goods are back"), required=False)

    @staticmethod
    def initial_of(row: Remedy | None, position: int) -> dict[str, Any]:
        """Return what the form begins with."""
        if row is None:
            return {"position": position, "is_active": True, "doer_0": "agent", "days_0": 7}
        names = (
            "position", "problems", "parties", "wishes", "country", "category", "value_from", "value_to", "clause",
            "source", "is_active",
        )  # fmt: skip
        first = {name: getattr(row, name) for name in names} | {"title": row.name}
        first["insured"] = {True: "true", False: "false"}.get(row.insured, "")
        for n, each in enumerate(row.actions[:LINES]):
            first |= {
                f"kind_{n}": each["kind"], f"percent_{n}": each.get("percent", 0), f"of_{n}": each.get("of", "item"),
                f"doer_{n}": each.get("doer", "agent"), f"days_{n}": each.get("days", 7),
                f"waits_{n}": each.get("awaits_return", False),
            }  # fmt: skip
        return first

    def lines(self) -> list[dict[str, Any]]:
        """Return the fields of each action, for the page."""
        parts = ("kind", "percent", "of", "doer", "days", "waits")
        return [{part: self[f"{part}_{n}"] for part in parts} | {"n": n + 1} for n in range(LINES)]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        low, high = data.get("value_from"), data.get("value_to")
        if low is not None and high is not None and low >= high:
            self.add_error("value_to", _("This must be more than “at least”."))
        if not any(data.get(f"kind_{n}") for n in range(LINES)):
            self.add_error("kind_0", _("Choose at least one action."))
        return data

    def values(self) -> dict[str, Any]:
        """Return the cleaned remedy as `actions.policy.save_remedy` takes it."""
        data = self.cleaned_data
        actions = [
            {
                "kind": data[f"kind_{n}"], "percent": data[f"percent_{n}"] or 0, "of": data[f"of_{n}"] or "item",
                "doer": data[f"doer_{n}"] or "agent", "days": data[f"days_{n}"] or 7,
                "awaits_return": data[f"waits_{n}"],
            }
            for n in range(LINES)
            if data.get(f"kind_{n}")
        ]  # fmt: skip
        names = (
            "position", "problems", "parties", "wishes", "country", "category", "value_from", "value_to", "insured",
            "clause", "source", "is_active",
        )  # fmt: skip
        return {name: data[name] for name in names} | {"name": data["title"], "actions": actions}
