"""What an operator types into the ledger: money that came back, and why a row was wrong."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import LedgerEntry
from ..problems import Party
from .desk import DeskForm
from .plan import Candidates

FROM = (Party.SUPPLIER, Party.CARRIER, Party.WAREHOUSE, Party.CUSTOMS)


class RecoveryForm(DeskForm):
    """Money that came back to us: from whom, how much, in which currency, and what proves it."""

    name = "recovery"
    mark_optional = False
    source = forms.ChoiceField(label=_("From"), error_messages={"required": _("Choose whom the money came from.")})
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=12,
        decimal_places=2,
        error_messages={
            "required": _("Write the amount."),
            "invalid": _("Write the amount as a number, such as 12.50."),
        },
    )
    currency = forms.CharField(
        label=_("Currency"), max_length=3, min_length=3,
        error_messages={"required": _("Use the three capital letters of ISO 4217, such as EUR.")},
    )  # fmt: skip
    proof = forms.CharField(
        label=_("Proof"),
        max_length=200,
        help_text=_("A payment reference or a credit note."),
        error_messages={"required": _("Give the proof: a payment reference or a credit note.")},
    )
    note = forms.CharField(label=_("Note (optional)"), max_length=300, required=False)

    def __init__(self, *args: Any, candidates: Candidates, claims: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(f"claim-{pk}", label) for pk, label in claims]
        for party in FROM:
            names = candidates.get(party, [])
            known = [(f"{party}-{pk}", f"{party.label}: {name}") for pk, name in names]
            choices += known or [(party.value, str(party.label))]
        self.fields["source"].choices = choices

    def clean_currency(self) -> str:
        """Return the code in capitals."""
        return self.cleaned_data["currency"].strip().upper()

    def source_of(self) -> tuple[str, int | None]:
        """Return what was chosen: a party or "claim", and the key of the partner or the claim."""
        kind, _dash, pk = self.cleaned_data["source"].partition("-")
        return kind, int(pk) if pk else None


class TakeBackForm(DeskForm):
    """Which row was wrong, and why."""

    name = "wrong"
    entry = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What was wrong with it"),
        max_length=300,
        error_messages={"required": _("Write what was wrong with it.")},
    )

    def __init__(self, *args: Any, entry: LedgerEntry | None = None, **kwargs: Any) -> None:
        pk = entry.pk if entry else ""
        super().__init__(*args, auto_id=f"wrong-{pk}-%s", initial={"entry": pk}, **kwargs)
