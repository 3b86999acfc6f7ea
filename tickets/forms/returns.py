"""What is typed about goods on their way back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import OrderLine

from ..models import PlanAction, Return, ReturnLine
from ..problems import Party
from .customer import PageForm
from .desk import LONG, DeskForm, area

PAYERS = [
    (Party.AGENT.value, _("We pay the way back")),
    (Party.CUSTOMER.value, _("The customer pays the way back")),
    (Party.SUPPLIER.value, _("The supplier pays the way back")),
]


class AuthoriseForm(DeskForm):
    """Which pieces come back, where to, until when, and who pays the way."""

    name = "authorise"
    mark_optional = False
    action = forms.TypedChoiceField(label=_("For"), required=False, coerce=int, empty_value=None)
    warehouse = forms.TypedChoiceField(label=_("Warehouse (optional)"), required=False, coerce=int, empty_value=None)
    address = forms.CharField(label=_("Send it to"), max_length=500, widget=area(4), required=False)
    freight_paid_by = forms.ChoiceField(label=_("Freight"), choices=PAYERS)
    send_by = forms.DateField(
        label=_("Send it by"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Choose a day.")},
    )  # fmt: skip
    instructions = forms.CharField(
        label=_("Instructions (optional)"), max_length=LONG, widget=area(3), required=False,
        help_text=_("How to pack it, what must be with it. The customer reads it."),
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        lines: list[tuple[OrderLine, int]],
        actions: list[PlanAction],
        warehouses: list[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        choices = [(action.pk, action.get_kind_display()) for action in actions]
        self.fields["action"].choices = [*choices, ("", _("No action of the plan"))]  # type: ignore[attr-defined]
        self.fields["warehouse"].choices = [("", _("None")), *warehouses]  # type: ignore[attr-defined]
        for line, left in lines:
            self.fields[f"quantity_{line.pk}"] = forms.IntegerField(
                label=line.product, min_value=0, max_value=left, required=False, initial=0,
                widget=forms.NumberInput(attrs={"min": 0, "max": left, "inputmode": "numeric"}),
            )  # fmt: skip

    def rows(self) -> list[tuple[Any, int]]:
        """Return the field of each line with how many pieces can come back."""
        return [(self[f"quantity_{line.pk}"], left) for line, left in self.lines]

    def chosen(self) -> list[tuple[OrderLine, int]]:
        """Return the lines that come back, once the form is clean."""
        rows = ((line, self.cleaned_data.get(f"quantity_{line.pk}") or 0) for line, _left in self.lines)
        return [(line, n) for line, n in rows if n]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.lines and not any(data.get(f"quantity_{line.pk}") for line, _left in self.lines):
            first = f"quantity_{self.lines[0][0].pk}"
            if first not in self.errors:
                self.add_error(first, _("Write how many pieces of at least one item come back."))
        return data


class _LinesForm(DeskForm):
    """One field or two per line of a return."""

    mark_optional = False

    def __init__(self, *args: Any, returned: Return, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.name}-{returned.pk}-%s")
        super().__init__(*args, **kwargs)
        self.lines = list(returned.lines.all())


class ReceiveForm(_LinesForm):
    """How many pieces of each line came."""

    name = "receive"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in self.lines:
            self.fields[f"received_{line.pk}"] = forms.IntegerField(
                label=line.line.product, min_value=0, max_value=line.quantity, initial=line.quantity,
                widget=forms.NumberInput(attrs={"min": 0, "max": line.quantity, "inputmode": "numeric"}),
                error_messages={"required": _("Write how many pieces came; 0 where none did.")},
            )  # fmt: skip

    def rows(self) -> list[tuple[Any, int]]:
        """Return the field of each line with how many pieces were to come."""
        return [(self[f"received_{line.pk}"], line.quantity) for line in self.lines]

    def received(self) -> dict[int, int]:
        """Return the pieces by line, once the form is clean."""
        return {line.pk: self.cleaned_data[f"received_{line.pk}"] for line in self.lines}


class InspectForm(_LinesForm):
    """How each line that came is."""

    name = "inspect"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in self.lines if line.received]
        for line in self.lines:
            self.fields[f"condition_{line.pk}"] = forms.ChoiceField(
                label=line.line.product, choices=ReturnLine.Condition.choices, widget=forms.RadioSelect,
                error_messages={"required": _("Choose how the item is.")},
            )  # fmt: skip
            self.fields[f"note_{line.pk}"] = forms.CharField(
                label=_("What is not as expected"), max_length=300, required=False
            )

    def rows(self) -> list[tuple[ReturnLine, Any, Any]]:
        """Return each line with its two fields."""
        return [(line, self[f"condition_{line.pk}"], self[f"note_{line.pk}"]) for line in self.lines]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for line in self.lines:
            condition = data.get(f"condition_{line.pk}")
            if condition and condition != ReturnLine.Condition.AS_EXPECTED and not data.get(f"note_{line.pk}"):
                self.add_error(f"note_{line.pk}", _("Write what is not as expected."))
        return data


class DecideReturnForm(DeskForm):
    """Whether goods that are not as expected release what waits for them."""

    name = "decide"
    mark_optional = False
    release = forms.TypedChoiceField(
        label=_("Decision"), choices=[("yes", _("Go on as promised")), ("no", _("Decline"))], widget=forms.RadioSelect,
        coerce=lambda value: value == "yes", error_messages={"required": _("Choose a decision.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Reason"), max_length=LONG, widget=area(3), help_text=_("The customer reads it."),
        error_messages={"required": _("Write the decision with its reason; the customer reads it.")},
    )  # fmt: skip


class CancelReturnForm(DeskForm):
    """Why goods need not come back any more."""

    name = "cancel"
    mark_optional = False
    reason = forms.CharField(
        label=_("Why"), max_length=LONG, widget=area(2), help_text=_("The customer reads it."),
        error_messages={"required": _("Write why; the customer reads it.")},
    )  # fmt: skip


class SentForm(PageForm):
    """The customer, or a member on its word, says that the parcel is on its way."""

    name = "sent"
    mark_optional = False
    carrier = forms.CharField(
        label=_("Carrier"), max_length=80,
        error_messages={"required": _("Name the carrier that you gave the parcel to.")},
    )  # fmt: skip
    tracking = forms.CharField(
        label=_("Tracking number (optional)"), max_length=80, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip
