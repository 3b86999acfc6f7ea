"""The decisions: who is responsible, how it ended. The plan's forms stand in `plan`."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Assessment
from ..models.ticket import Outcome, RootCause
from ..problems import Party
from .desk import LONG, DeskForm, ToPartner, area
from .plan import Candidates


class SharesForm(DeskForm):
    """Each party's share in per cent, the basis, and why otherwise than recommended.

    `candidates` are the partners that may stand for a party on this order; where there is one, it is taken by itself.
    """

    name = "shares"
    mark_optional = False

    def __init__(
        self, *args: Any, candidates: Candidates, recommended: dict[str, int] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.candidates, self.recommended = candidates, recommended or {}
        for party, label in Party.choices:
            number = forms.NumberInput(attrs={"inputmode": "numeric", "max": 100, "min": 0, "step": 1})
            self.fields[f"percent_{party}"] = forms.IntegerField(
                label=label, min_value=0, max_value=100, required=False, widget=number
            )
            if len(candidates.get(party, [])) > 1:
                self.fields[f"partner_{party}"] = forms.TypedChoiceField(
                    label=_("Which"), choices=candidates[party], coerce=int, empty_value=None, required=False
                )
        self.fields["basis"] = forms.CharField(
            label=_("Basis"),
            max_length=LONG,
            widget=area(3),
            help_text=_("What the decision rests on, in words anybody can check."),
            error_messages={"required": _("Write the basis of the decision.")},
        )
        self.fields["override"] = forms.ChoiceField(
            label=_("Why otherwise than recommended"),
            choices=Assessment.Override.choices,
            required=False,
            widget=forms.RadioSelect,
        )

    def rows(self) -> list[tuple[Any, Any, str]]:
        """Return by party the field of its share, of its partner where there is a choice, else the partner's name."""
        found = []
        for party in Party.values:
            names = self.candidates.get(party, [])
            partner = self[f"partner_{party}"] if len(names) > 1 else None
            found.append((self[f"percent_{party}"], partner, names[0][1] if len(names) == 1 else ""))
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        shares = {party: data.get(f"percent_{party}") or 0 for party in Party.values}
        total = sum(shares.values())
        broken = any(f"percent_{party}" in self.errors for party in Party.values)
        if not broken and total != 100:
            first = next((party for party, percent in shares.items() if percent), Party.values[0])
            self.add_error(
                f"percent_{first}",
                _("The shares must add to 100 per cent; now they add to %(total)d.") % {"total": total},
            )
        chosen = {party: percent for party, percent in shares.items() if percent}
        if self.recommended and chosen != self.recommended and not data.get("override"):
            self.add_error("override", _("You decide otherwise than recommended: choose why."))
        return data

    def shares(self) -> list[tuple[str, int, int | None]]:
        """Return party, per cent and the partner's key for each share above nothing."""
        found = []
        for party in Party.values:
            names = self.candidates.get(party, [])
            partner = self.cleaned_data.get(f"partner_{party}") or (names[0][0] if names else None)
            percent = self.cleaned_data.get(f"percent_{party}")
            if percent:
                found.append((party, percent, partner))
        return found


class AskPartnerForm(ToPartner):
    """A partner is asked to confirm its share."""

    name = "asking"
    who = forms.ChoiceField(label=_("Partner"), error_messages={"required": _("Choose the partner to ask.")})
    percent = forms.IntegerField(
        label=_("Share, per cent"),
        min_value=1,
        max_value=100,
        initial=100,
        error_messages={"required": _("A share is between 1 and 100 per cent.")},
    )
    text = forms.CharField(
        label=_("Our reasoning"),
        max_length=LONG,
        widget=area(4),
        help_text=_("The partner reads it; the customer does not. Names of the customer do not belong in it."),
        error_messages={"required": _("Write why you ask, in words the partner can check.")},
    )

    def __init__(self, *args: Any, candidates: Candidates, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(Party.choices)
        self.fields["who"].choices = [
            (f"{party}-{pk}", f"{name} · {labels[party]}") for party, names in candidates.items() for pk, name in names
        ]

    def asked(self) -> tuple[str, int]:
        """Return the party and the partner's key."""
        party, _dash, pk = self.cleaned_data["who"].partition("-")
        return party, int(pk)


class CloseForm(DeskForm):
    """How it ended, why it happened, what it cost whom, and the last word to the customer."""

    name = "close"
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("", _("Choose")), *Outcome.choices],
        error_messages={"required": _("Choose how it ended.")},
    )
    root_cause = forms.ChoiceField(
        label=_("Root cause"),
        choices=[("", _("Choose")), *RootCause.choices],
        error_messages={"required": _("Choose the root cause.")},
    )
    text = forms.CharField(
        label=_("Message to the customer"),
        max_length=LONG,
        widget=area(3),
        error_messages={"required": _("Write to the customer how it ended.")},
    )

    def __init__(self, *args: Any, costs: dict[str, Decimal], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.counted = costs
        for party, label in Party.choices:
            self.fields[f"cost_{party}"] = forms.DecimalField(
                label=_("%(party)s, %(currency)s") % {"party": label, "currency": currency},
                initial=costs.get(party),
                min_value=0,
                max_digits=12,
                decimal_places=2,
                required=False,
                error_messages={"min_value": _("A cost cannot be negative.")},
            )

    def cost_fields(self) -> list[tuple[Any, bool]]:
        """Return each party's field, and whether it shows at once: it has an amount."""
        fields = [self[f"cost_{party}"] for party in Party.values]
        return [(field, field.value() not in (None, "")) for field in fields]

    def costs(self) -> dict[str, Decimal] | None:
        """Return the cost per party, or None where nothing was changed: then the actions' own payers are kept."""
        typed = {party: self.cleaned_data.get(f"cost_{party}") for party in Party.values}
        given = {party: amount for party, amount in typed.items() if amount is not None}
        return None if given == self.counted else given
