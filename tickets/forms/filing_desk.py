"""What an operator types while the customer is on the phone or in the chat."""

import uuid
from functools import partial
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order, OrderLine

from ..models.ticket import Channel
from ..problems import Wish, problem_choices_or
from .desk import LONG, DeskForm, area

CHANNELS = (Channel.PHONE, Channel.CHAT, Channel.MAIL, Channel.MARKETPLACE)


class FileForDeskForm(DeskForm):
    """A complaint filed for a customer. `key` names this very form, so that sending it twice makes one ticket."""

    name = "filing"
    key = forms.UUIDField(widget=forms.HiddenInput)
    line = forms.ModelChoiceField(
        label=_("Item"),
        queryset=None,
        widget=forms.RadioSelect,
        required=False,
        blank=True,
        empty_label=_("The whole order"),
        error_messages={"invalid_choice": _("Choose an item of this order.")},
    )
    problem = forms.ChoiceField(
        label=_("Problem"),
        choices=partial(problem_choices_or, _("Choose")),
        error_messages={"required": _("Choose what went wrong."), "invalid_choice": _("Choose what went wrong.")},
    )
    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[(each.value, each.label) for each in CHANNELS],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how the customer told you.")},
    )
    subject = forms.CharField(label=_("In one line"), max_length=120, required=False)
    text = forms.CharField(
        label=_("What happened, in the customer's words"), max_length=LONG, required=False, widget=area(5)
    )
    wish = forms.ChoiceField(
        label=_("What the customer wants"), choices=[("", _("Not said")), *Wish.choices], required=False
    )
    language = forms.ChoiceField(label=_("The customer's language"), help_text=_("Mails and offers are written in it."))

    def __init__(self, *args: Any, order: Order, default_language: str, **kwargs: Any) -> None:
        language = order.customer.language or default_language
        lines = list(order.lines.all())
        first = {"key": uuid.uuid4(), "language": language, "line": lines[0].pk if len(lines) == 1 else None}
        super().__init__(*args, initial=first | kwargs.pop("initial", {}), **kwargs)
        self.fields["line"].queryset = OrderLine.objects.filter(order=order)
        self.fields["line"].label_from_instance = item_name
        known = dict(settings.LANGUAGES)
        self.fields["language"].choices = [*known.items(), *([] if language in known else [(language, language)])]

    def words_of_customer(self) -> str:
        """Return the line and the text below it; the ticket takes its first line as its subject."""
        parts = (self.cleaned_data["subject"].strip(), self.cleaned_data["text"].strip())
        return "\n\n".join(part for part in parts if part)


def item_name(line: OrderLine) -> str:
    """Return product, SKU and batch in one line."""
    return " · ".join(part for part in (line.product, line.sku, line.batch) if part)


class FindOrderForm(DeskForm):
    """The order a complaint is about."""

    name = "find"
    q = forms.CharField(
        label=_("Order number, e-mail or tracking number"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "autofocus": True}),
    )
