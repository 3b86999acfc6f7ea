"""The organization's time limits, in business hours and minutes."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models.clock import DEFAULT_MINUTES, ClockKind

MAX_HOURS = 2000

# What each clock measures, and where its default comes from (`docs/responsibility.md`, "Time limits").
MEANING: dict[str, Any] = {
    ClockKind.REPORTED: gettext_lazy("From filing until an operator accepts or rejects it: the first answer."),
    ClockKind.RESPONSIBILITY: gettext_lazy("Until it is confirmed who is responsible."),
    ClockKind.PLANNING: gettext_lazy("Until a plan is agreed. Waiting for the customer's answer does not count."),
    ClockKind.EXECUTING: gettext_lazy("Until everything the plan promises is done, with proof."),
    ClockKind.CLOSED: gettext_lazy("Until the customer was asked whether it is solved."),
    ClockKind.PARTNER: gettext_lazy("Until a partner that was asked answers, on its own calendar where it has one."),
}
SOURCE: dict[str, Any] = {
    ClockKind.REPORTED: gettext_lazy("the handling time of well-run after-sales teams; marketplaces ask for 48 h"),
    ClockKind.RESPONSIBILITY: gettext_lazy("responsibility confirmed within two working days"),
    ClockKind.PLANNING: gettext_lazy("two working days, so that the whole cycle stays within three weeks"),
    ClockKind.EXECUTING: gettext_lazy("refunds and replacements go out within three to seven days"),
    ClockKind.CLOSED: gettext_lazy("a call back seven days after closing"),
    ClockKind.PARTNER: gettext_lazy("two working days for suppliers and carriers, as marketplaces give"),
}


def words(minutes: int) -> str:
    """Return business minutes as "16 h" or "1 h 30 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [_("%(n)d h") % {"n": hours}] * bool(hours) + [_("%(n)d min") % {"n": rest}] * bool(rest)
    return " ".join(parts)


class LimitsForm(forms.Form):
    """Hours and minutes for each clock; both empty means the default. `limits()` gives minutes by kind, or None."""

    def __init__(self, *args, current: dict[str, int], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for kind in ClockKind:
            own = current.get(kind)
            initial = divmod(own, 60) if own else (None, None)
            default = divmod(DEFAULT_MINUTES[kind], 60)
            self.fields[f"{kind}_hours"] = _number(kind.label, gettext_lazy("hours"), MAX_HOURS, initial[0], default[0])
            self.fields[f"{kind}_minutes"] = _number(kind.label, gettext_lazy("minutes"), 59, initial[1], default[1])

    def clean(self) -> dict[str, Any]:
        for kind in ClockKind:
            hours, minutes = (self.cleaned_data.get(f"{kind}_{part}") for part in ("hours", "minutes"))
            both_read = not {f"{kind}_hours", f"{kind}_minutes"} & set(self.errors)
            if both_read and (hours, minutes) != (None, None) and not (hours or minutes):
                self.add_error(f"{kind}_hours", _("A limit is at least one minute; leave both empty for the default."))
        return self.cleaned_data

    def limits(self) -> dict[str, int | None]:
        """Return the cleaned limit of each kind in minutes, None for the default."""
        return {kind.value: self._minutes(kind) for kind in ClockKind}

    def _minutes(self, kind: ClockKind) -> int | None:
        hours, minutes = self.cleaned_data[f"{kind}_hours"], self.cleaned_data[f"{kind}_minutes"]
        return None if hours is None and minutes is None else (hours or 0) * 60 + (minutes or 0)

    def rows(self) -> list[dict[str, Any]]:
        """Return what the page shows of each clock: name, meaning, the two fields, the default and its source."""
        return [
            {
                "label": kind.label, "meaning": MEANING[kind], "hours": self[f"{kind}_hours"],
                "minutes": self[f"{kind}_minutes"], "default": words(DEFAULT_MINUTES[kind]), "source": SOURCE[kind],
            }
            for kind in ClockKind
        ]  # fmt: skip


def _number(clock: Any, unit: Any, most: int, initial: int | None, default: int) -> forms.IntegerField:
    name = format_lazy("{clock}, {unit}", clock=clock, unit=unit)
    whole = format_lazy(gettext_lazy("Write a whole number from 0 to {most}."), most=most)
    return forms.IntegerField(
        label=name, required=False, min_value=0, max_value=most, initial=initial,
        widget=forms.NumberInput(attrs={"placeholder": default, "inputmode": "numeric"}),
        error_messages={"invalid": whole, "min_value": whole, "max_value": whole},
    )  # fmt: skip
