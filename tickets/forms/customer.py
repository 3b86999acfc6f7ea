"""What a customer types and chooses. The forms clean; `tickets.actions` writes."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import Plan
from ..problems import Problem, Wish, tile_choices

LONG = 4000

# What can be wished for, by problem; where a problem is not named, GOODS holds: the customer has the goods.
GOODS = (Wish.REFUND, Wish.REPLACEMENT, Wish.KEEP, Wish.OTHER)
WISHES: dict[str, tuple[Wish, ...]] = {
    Problem.DEFECTIVE: (Wish.REFUND, Wish.REPLACEMENT, Wish.REPAIR, Wish.KEEP, Wish.OTHER),
    Problem.NOT_RECEIVED: (Wish.DELIVERY, Wish.REFUND, Wish.REPLACEMENT, Wish.OTHER),
    Problem.DELAYED: (Wish.DELIVERY, Wish.REFUND, Wish.OTHER),
    Problem.HELD_DOCUMENTS: (Wish.DELIVERY, Wish.REFUND, Wish.OTHER),
    Problem.OTHER: tuple(Wish),
}
WISH_HINTS = {
    Wish.REFUND.value: _("The price back, the way you paid"),
    Wish.REPLACEMENT.value: _("We send the right one"),
    Wish.KEEP.value: _("Part of the price back"),
    Wish.REPAIR.value: _("We have it mended"),
    Wish.DELIVERY.value: _("We find it and bring it to you"),
    Wish.OTHER.value: _("Tell us below"),
}
WISH_ICONS = {
    Wish.REFUND.value: "cash", Wish.REPLACEMENT.value: "refresh", Wish.KEEP.value: "discount",
    Wish.REPAIR.value: "tools", Wish.DELIVERY.value: "truck-delivery", Wish.OTHER.value: "dots",
}  # fmt: skip
RATINGS = [(5, _("Very good")), (4, _("Good")), (3, _("So-so")), (2, _("Bad")), (1, _("Very bad"))]

RATING_ICONS = {"5": "star-filled", "4": "thumb-up", "3": "minus", "2": "thumb-down", "1": "mood-sad"}


class PageForm(forms.Form):
    """A form among others on a page: its fields' ids begin with its own name."""

    name = "form"

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("auto_id", f"{self.name}-%s")
        super().__init__(*args, **kwargs)


def area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class FindForm(PageForm):
    """The door without a link: what stands in the order's mail."""

    name = "find"
    mark_optional = False
    number = forms.CharField(
        label=_("Order number"), max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        error_messages={"required": _("Write the order number; it stands in the mail about your order.")},
    )  # fmt: skip
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The address you ordered with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Write the e-mail address you ordered with."),
            "invalid": _("This is no e-mail address; it looks like name@example.com."),
        },
    )  # fmt: skip


class ProblemForm(PageForm):
    """Step 1. Nothing is chosen beforehand: that would bend the figures."""

    name = "problem"
    problem = forms.ChoiceField(
        label=_("What went wrong?"), choices=tile_choices, widget=forms.RadioSelect,
        error_messages={"required": _("Choose what went wrong."), "invalid_choice": _("Choose what went wrong.")},
    )  # fmt: skip


class WishForm(PageForm):
    """Step 3. Both answers are optional; the wishes are those that fit the problem."""

    name = "wish"
    wish = forms.ChoiceField(
        label=_("How can we make it right?"), required=False, widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of these answers, or none.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Anything else?"),
        help_text=_("Write in your own language."),
        required=False,
        max_length=LONG,
        widget=area(2),
    )

    def __init__(self, *args, problem: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wish"].choices = [(wish.value, wish.label) for wish in WISHES.get(problem, GOODS)]


class MessageForm(PageForm):
    """A message to the organization."""

    name = "message"
    text = forms.CharField(
        label=_("Write to us"), help_text=_("Write in your own language."), max_length=LONG, widget=area(3),
        error_messages={"required": _("Write something first.")},
    )  # fmt: skip


class PlanForm(PageForm):
    """Agreeing to a plan: to the version that was read, and no other."""

    name = "accept"
    plan = forms.IntegerField(widget=forms.HiddenInput)


class RefuseForm(PlanForm):
    """Why a customer does not agree to a proposal."""

    name = "refuse"
    refusal = forms.ChoiceField(
        label=_("Why do you not agree?"), choices=Plan.Refusal.choices, widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose why you do not agree."), "invalid_choice": _("Choose why you do not agree.")
        },
    )  # fmt: skip
    text = forms.CharField(label=_("What would you like instead?"), required=False, max_length=LONG, widget=area(2))


class CounterForm(PlanForm):
    """What the customer would accept instead: another solution, another amount, or both, and a sentence."""

    name = "counter"
    wish = forms.ChoiceField(
        label=_("What would you like instead?"), required=False, choices=[("", _("The same, another amount"))],
        error_messages={"invalid_choice": _("Choose one of these answers.")},
    )  # fmt: skip
    amount = forms.DecimalField(
        label=_("How much back?"), required=False, max_digits=12, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "min": 0, "step": "any"}),
        error_messages={"invalid": _("Write the amount as a number, such as 12.50.")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("Why?"), max_length=LONG, widget=area(2), error_messages={"required": _("Write a sentence about it.")}
    )

    def __init__(self, *args, currency: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["wish"].choices = [("", _("The same, another amount")), *Wish.choices]
        if currency:
            self.fields["amount"].label = _("How much back, in %(currency)s?") % {"currency": currency}


class RatingForm(PageForm):
    """One question after closing, and an optional sentence."""

    name = "rating"
    rating = forms.TypedChoiceField(
        label=_("How did we do?"), choices=RATINGS, coerce=int, widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose one of the five answers."), "invalid_choice": _("Choose one of the five answers.")
        },
    )  # fmt: skip
    comment = forms.CharField(label=_("Anything to add?"), required=False, max_length=LONG, widget=area(2))


class ReopenForm(PageForm):
    """Not solved after all."""

    name = "reopen"
    reason = forms.CharField(
        label=_("What is still wrong?"), max_length=LONG, widget=area(3),
        error_messages={"required": _("Write what is still wrong.")},
    )  # fmt: skip


class AppealForm(PageForm):
    """Once more, after a rejection."""

    name = "appeal"
    reason = forms.CharField(
        label=_("Why is the decision not right?"), max_length=LONG, widget=area(3),
        error_messages={"required": _("Write why the decision is not right.")},
    )  # fmt: skip


class WithdrawForm(PageForm):
    """Taken back; a reason helps and is not asked for."""

    name = "withdraw"
    reason = forms.CharField(label=_("Why?"), required=False, max_length=LONG, widget=area(2))
