"""What is typed in a dispute: its reason, a side's statement, the manager's decision."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order, Partner

from .. import privacy
from ..problems import Party
from .customer import LONG, PageForm, area


class OpenForm(PageForm):
    """A side asks for a mediation."""

    name = "open"
    reason = forms.CharField(
        label=_("What do you not agree with?"),
        help_text=_("The other side reads it. Please leave out names, addresses and phone numbers."),
        max_length=LONG, widget=area(4), error_messages={"required": _("Write what is disputed.")},
    )  # fmt: skip


class DeskOpenForm(PageForm):
    """A member opens a mediation, between the customer and a partner that was asked, or the customer and us."""

    name = "open"
    partner = forms.TypedChoiceField(
        label=_("The other side"), required=False, coerce=int, empty_value=None,
        error_messages={"invalid_choice": _("Choose a partner that was asked about this ticket.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("What is disputed"), help_text=_("Both sides read it. Please leave out names."), max_length=LONG,
        widget=area(4), error_messages={"required": _("Write what is disputed.")},
    )  # fmt: skip

    def __init__(self, *args: Any, asked: list[Partner], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"].choices = [("", _("Us")), *((each.pk, each.name) for each in asked)]  # type: ignore


class StatementForm(PageForm):
    """What a side brings forward."""

    name = "state"
    text = forms.CharField(
        label=_("Your statement"),
        help_text=_("The other side reads it. Please leave out names, addresses and phone numbers."),
        max_length=LONG, widget=area(5), error_messages={"required": _("Write your statement.")},
    )  # fmt: skip


class DecideForm(PageForm):
    """The decision: each party's share, what the customer gets, and why. Who the customer is stays out of it."""

    name = "decide"
    mark_optional = False
    amount = forms.DecimalField(
        label=_("Amount to the customer"), min_value=0, max_digits=12, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
        error_messages={"required": _("Write the amount; 0 where the customer gets nothing.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Decision with its reason"), help_text=_("Both sides read it."), max_length=LONG, widget=area(5),
        error_messages={"required": _("Write the decision with its reason; both sides read it.")},
    )  # fmt: skip

    def __init__(self, *args: Any, order: Order, partner: Partner | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.partner = order, partner
        self.fields["amount"].help_text = _("In %(currency)s; at most %(total)s, what was paid.") % {
            "currency": order.currency, "total": order.total,
        }  # fmt: skip
        for party, label in Party.choices:
            number = forms.NumberInput(attrs={"inputmode": "numeric", "max": 100, "min": 0, "step": 1})
            self.fields[f"percent_{party}"] = forms.IntegerField(
                label=label, min_value=0, max_value=100, required=False, widget=number
            )

    def rows(self) -> list[Any]:
        """Return the fields of the shares, by party."""
        return [self[f"percent_{party}"] for party in Party.values]

    def shares(self) -> list[tuple[str, int]]:
        """Return (party, per cent) of those that bear something, once the form is clean."""
        percents = ((party, self.cleaned_data.get(f"percent_{party}") or 0) for party in Party.values)
        return [(party, percent) for party, percent in percents if percent]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        total = sum(data.get(f"percent_{party}") or 0 for party in Party.values)
        if not any(f"percent_{party}" in self.errors for party in Party.values) and total != 100:
            words = _("The shares must add to 100 per cent; now they add to %(total)d.") % {"total": total}
            self.add_error(f"percent_{Party.values[0]}", words)
        if (data.get("amount") or Decimal(0)) > self.order.total:
            words = _("The customer paid %(total)s %(currency)s; more cannot be decided.")
            self.add_error("amount", words % {"total": self.order.total, "currency": self.order.currency})
        text = data.get("text", "")
        if self.partner and privacy.contact_in(text, self.order):
            self.add_error("text", _("It tells the partner who the customer is. Write “the customer” instead."))
        if self.partner and privacy.partner_in(text, self.partner):
            kind = self.partner.get_kind_display()
            self.add_error(
                "text", _("It tells the customer who the partner is. Write “%(kind)s” instead.") % {"kind": kind}
            )
        return data
