"""What will be done, in the browser: the plan's words, its actions with who pays what share, the proof of each."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .. import amounts
from ..models import PlanAction
from ..models.plan import CLAIMS, GIVES
from ..problems import Party
from .desk import LONG, SHORT, DeskForm, area

Candidates = dict[str, list[tuple[int, str]]]
MOST_ACTIONS = 6
# Who may bear a part of an action; customs pays nobody, and the customer only what it does not get in money.
PAYERS = (Party.AGENT, Party.SUPPLIER, Party.CARRIER, Party.WAREHOUSE, Party.CUSTOMER)


class PlanForm(DeskForm):
    """The words of a plan; its actions are `ActionForm`s."""

    name = "plan"
    text = forms.CharField(
        label=_("Message to the customer"),
        max_length=LONG,
        widget=area(4),
        error_messages={"required": _("Write to the customer what you propose.")},
    )


class ActionForm(DeskForm):
    """One thing the plan promises. The first is required, the others count where an action is chosen."""

    name = "action"
    mark_optional = False
    kind = forms.ChoiceField(
        label=_("Action"),
        choices=[("", _("Choose")), *PlanAction.Kind.choices],
        required=False,
        error_messages={"invalid_choice": _("Choose an action.")},
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=0,
        max_digits=12,
        decimal_places=2,
        required=False,
        error_messages={"min_value": _("An amount cannot be negative.")},
        # Without words: the style asks by it whether the field is empty, and then folds away who pays.
        widget=forms.NumberInput(attrs={"placeholder": " "}),
    )
    doer = forms.ChoiceField(label=_("Who does it"), choices=Party.choices, required=False, initial=Party.AGENT)
    due_on = forms.DateField(
        label=_("By"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    awaits_return = forms.BooleanField(label=_("Only after the goods are back and inspected"), required=False)
    note = forms.CharField(label=_("Details"), max_length=300, required=False)
    clause = forms.CharField(label=_("Policy clause"), max_length=SHORT, required=False)

    def __init__(
        self, *args: Any, position: int, candidates: Candidates, currency: str, today: dt.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, prefix=f"a{position}", auto_id=f"plan-a{position}-%s", **kwargs)
        self.position, self.currency, self.today, self.candidates = position, currency, today, candidates
        self.fields["amount"].label = _("Amount, %(currency)s") % {"currency": currency}
        self.fields["due_on"].widget.attrs["min"] = today.isoformat()
        for party in PAYERS:
            number = forms.NumberInput(attrs={"inputmode": "numeric", "max": 100, "min": 0, "step": 1})
            self.fields[f"pay_{party}"] = forms.IntegerField(
                label=party.label, min_value=0, max_value=100, required=False, widget=number
            )
            if len(candidates.get(party, [])) > 1:
                self.fields[f"partner_{party}"] = forms.TypedChoiceField(
                    label=_("Which"), choices=candidates[party], coerce=int, empty_value=None, required=False
                )

    def payer_rows(self) -> list[tuple[Any, Any, str]]:
        """Return by party the field of its share, of its partner where there is a choice, else the partner's name."""
        found = []
        for party in PAYERS:
            names = self.candidates.get(party, [])
            partner = self[f"partner_{party}"] if len(names) > 1 else None
            found.append((self[f"pay_{party}"], partner, names[0][1] if len(names) == 1 else ""))
        return found

    @property
    def payer_errors(self) -> bool:
        """Whether something of who pays must be mended."""
        return any(name.startswith(("pay_", "partner_")) for name in self.errors)

    @property
    def is_wanted(self) -> bool:
        """Whether it promises something."""
        return self.position == 0 or bool(self.cleaned_data.get("kind"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        kind, amount = data.get("kind"), data.get("amount")
        if not kind and self.position == 0 and "kind" not in self.errors:
            self.add_error("kind", _("Choose what you propose to do."))
        if not kind and self.position and amount:
            self.add_error("kind", _("Choose an action for this amount, or clear it."))
        if kind and not data.get("due_on") and "due_on" not in self.errors:
            self.add_error("due_on", _("Choose by when it is done."))
        if data.get("due_on") and data["due_on"] < self.today:
            self.add_error("due_on", _("Choose a day from today on."))
        if kind in GIVES and not amount and "amount" not in self.errors:
            self.add_error("amount", _("A refund needs an amount above zero."))
        if amount and not amounts.fits(amount, self.currency):
            said = {"currency": self.currency, "amount": amounts.rounded(amount, self.currency)}
            self.add_error("amount", _("%(currency)s has no such fraction; write %(amount)s.") % said)
        if kind and kind not in CLAIMS and amount:
            self._clean_payers(data)
        return data

    def _clean_payers(self, data: dict[str, Any]) -> None:
        percents = {party: data.get(f"pay_{party}") or 0 for party in PAYERS}
        total = sum(percents.values())
        if any(f"pay_{party}" in self.errors for party in PAYERS) or total == 100 or not total:
            return
        first = next((party for party, percent in percents.items() if percent), Party.AGENT)
        message = _("The shares of who pays must add to 100 per cent; now they add to %(total)d.") % {"total": total}
        self.add_error(f"pay_{first}", message)

    def planned(self) -> dict[str, Any]:
        """Return what `actions.Planned` takes, each payer as (party, per cent, the partner's key)."""
        data = self.cleaned_data
        payers = []
        for party in PAYERS:
            names = self.candidates.get(party, [])
            partner = data.get(f"partner_{party}") or (names[0][0] if names else None)
            if data.get(f"pay_{party}"):
                payers.append((party.value, data[f"pay_{party}"], partner))
        return {
            "kind": data["kind"],
            "due_on": data["due_on"],
            "amount": data["amount"] or Decimal(0),
            "payers": payers,
            "doer": data["doer"] or Party.AGENT,
            "awaits_return": data["awaits_return"],
            "note": data["note"],
            "clause": data["clause"],
        }

    def refuse(self, field: str, message: str) -> None:
        """Show why the action refused at the field it named; who pays is several fields."""
        if field == "payer":
            field = next((f"pay_{p}" for p in PAYERS if self.cleaned_data.get(f"pay_{p}")), f"pay_{Party.AGENT}")
        self.add_error(field if field in self.fields else None, message)


class ProofForm(DeskForm):
    """That an action was done. A claim's number is known already and need not be typed."""

    proof = forms.CharField(
        label=_("Proof"),
        max_length=200,
        error_messages={"required": _("Give the proof: a payment reference, a tracking number or a document.")},
    )

    def __init__(self, *args: Any, action: PlanAction, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"proof-{action.pk}-%s", **kwargs)
        self.action = action
        field = self.fields["proof"]
        if action.kind in GIVES:
            field.label = _("Payment reference")
            field.error_messages["required"] = _("Give the proof: the payment reference.")
            field.widget.attrs["placeholder"] = field.label
        elif action.is_claim:
            field.label, field.required = _("Claim number"), False
            field.widget.attrs["placeholder"] = _("Claim number, from Claims")
        else:
            field.widget.attrs["placeholder"] = _("Number or document")
