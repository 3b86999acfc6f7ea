"""What an operator types and chooses beside the decisions. The forms clean; `tickets.actions` writes."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order
from aftersales.tenants.models import Organization, Team, User

from .. import privacy
from ..problems import Party, problem_choices
from ..proofs import ASKED_OF, Proof
from ..queries.filters import DAYS, FILTERS, Wanted, choices

LONG = 4000
SHORT = 120


class DeskForm(forms.Form):
    """One of several forms on a page: the ids of its fields begin with its name, so that no two are the same."""

    name = "form"
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{self.name}-%s")
        super().__init__(*args, **kwargs)

    def words(self) -> list[tuple[str, str]]:
        """Return label and text of what was typed, so that nothing is lost when the form cannot be shown."""
        typed = [each for each in self if type(each.field) is forms.CharField and self.is_bound]
        return [(str(each.label), str(each.value())) for each in typed if str(each.value() or "").strip()]


class ToPartner(DeskForm):
    """Words that a partner will read in `text`: who the customer is does not stand in them unawares.

    `order` is None where the organization lets partners see the customer.
    """

    despite = forms.BooleanField(label=_("Send it as it is"), required=False)
    # Set where the text tells who the customer is, so that the page offers to send it all the same.
    warned = False

    def __init__(self, *args: Any, order: Order | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        despite = data.pop("despite", False)
        told = privacy.contact_in(data.get("text", ""), self.order) if self.order and self.reaches_partner() else []
        self.warned = bool(told)
        if told and not despite:
            words = _("The partner would read the customer's %(what)s. Take it out, or tick “Send it as it is”.")
            self.add_error("text", words % {"what": ", ".join(map(str, told))})
        return data

    def reaches_partner(self) -> bool:
        """Whether a partner reads the text."""
        return True


def area(rows: int = 3, **attributes: Any) -> forms.Textarea:
    """Return a field for several lines."""
    return forms.Textarea(attrs={"rows": rows, **attributes})


class FilterForm(DeskForm):
    """One more value for a filter; what is on already is kept in hidden fields."""

    name = "filter"
    mark_optional = False

    def __init__(self, *, wanted: Wanted, organization: Organization) -> None:
        super().__init__()
        for name, each in FILTERS.items():
            on = wanted.chosen.get(name, [])
            found = [(value, word) for value, word in choices(name, organization) if value not in on]
            self.fields[name] = forms.ChoiceField(label=each.label, choices=[("", _("Any")), *found], required=False)
        for name, label in DAYS.items():
            widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            self.fields[name] = forms.DateField(
                label=label, widget=widget, initial=wanted.days.get(name), required=False
            )
        self.kept = [("q", wanted.text)] if wanted.text else []
        self.kept += [(name, value) for name, value in wanted.fields() if name not in DAYS]


class WriteForm(DeskForm):
    """A message. `audience` says to whom; each has its own form, so that a note never becomes a reply."""

    audience = "public"
    text = forms.CharField(
        label=_("Message"), max_length=LONG, strip=True, error_messages={"required": _("Write something first.")}
    )

    def __init__(self, *args: Any, partners: Iterable[tuple[int, str]] = (), label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget = area(3)
        if label:
            self.fields["text"].label = label


class ReplyForm(WriteForm):
    """To the customer."""

    name = "reply"


class NoteForm(WriteForm):
    """Read by members only."""

    name, audience = "note", "internal"


class PartnerMessageForm(ToPartner, WriteForm):
    """Into one partner's thread, which the customer does not see."""

    name, audience = "partner", "partner"
    partner = forms.TypedChoiceField(
        label=_("Partner"), coerce=int, error_messages={"required": _("Choose the partner to write to.")}
    )

    def __init__(self, *args: Any, partners: Iterable[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["partner"].choices = list(partners)


class AskProofsForm(ToPartner):
    """What is asked for, and in which words. The customer's are offered; one click may send a partner's as well."""

    name = "ask"
    proofs = forms.MultipleChoiceField(
        label=_("What is needed"),
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": _("Choose at least one thing to ask for.")},
    )
    text = forms.CharField(
        label=_("Message to the customer"),
        max_length=LONG,
        required=False,
        widget=area(3),
        help_text=_("Left empty, we write what helps."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sent = set(self.data.getlist("proofs")) if hasattr(self.data, "getlist") else set()
        offered = [proof for proof in Proof if ASKED_OF[proof] == Party.CUSTOMER or proof in sent]
        self.fields["proofs"].choices = [(proof.value, proof.label) for proof in offered]

    def reaches_partner(self) -> bool:
        asked = self.cleaned_data.get("proofs", [])
        return any(ASKED_OF[Proof(proof)] not in (Party.CUSTOMER, Party.AGENT) for proof in asked)


class ProblemForm(DeskForm):
    """The problem, corrected."""

    name = "problem"
    problem = forms.ChoiceField(
        label=_("Problem"),
        choices=problem_choices,
        help_text=_("The recommendation is made anew."),
        error_messages={
            "invalid_choice": _("Choose a problem from the list."),
            "required": _("Choose a problem from the list."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["problem"].choices = problem_choices(keep=self.initial.get("problem", ""))


class AssignForm(DeskForm):
    """Who works on it."""

    name = "assign"
    mark_optional = False
    user = forms.ModelChoiceField(
        label=_("Member"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("Nobody"),
        error_messages={"invalid_choice": _("Choose an active member of the organization.")},
    )
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=None,
        required=False,
        empty_label=_("No team"),
        error_messages={"invalid_choice": _("Choose one of your teams.")},
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(memberships__organization=organization, memberships__is_active=True)
        self.fields["user"].queryset = people.order_by("name", "email")
        self.fields["team"].queryset = Team.objects.filter(is_active=True)


class RejectForm(DeskForm):
    """Why not, and the clause it rests on; the customer reads both."""

    name = "reject"
    reason = forms.CharField(
        label=_("Reason, as the customer reads it"),
        max_length=LONG,
        widget=area(4),
        error_messages={"required": _("Write the reason; the customer reads it.")},
    )
    clause = forms.CharField(
        label=_("Clause of your rules"),
        max_length=SHORT,
        error_messages={"required": _("Name the clause of your rules that it rests on.")},
    )


class WithdrawForm(DeskForm):
    """The customer takes it back; how it was asked for is recorded."""

    name = "withdraw"
    reason = forms.CharField(
        label=_("How the customer asked for it"),
        max_length=LONG,
        widget=area(2),
        error_messages={"required": _("Write how the customer asked for it.")},
    )


class MergeForm(DeskForm):
    """The other ticket, by its number; most often one of the same customer's, offered beside it."""

    name = "merge"
    into = forms.CharField(
        label=_("Number of the other ticket"),
        max_length=24,
        error_messages={"required": _("Write the number of the other ticket, such as AS-2026-000042.")},
    )
    reason = forms.CharField(label=_("Why"), max_length=LONG, required=False, widget=area(2))


class ReasonForm(DeskForm):
    """A step back with its reason: the plan is revised, or the ticket reopened."""

    name = "reason"
    reason = forms.CharField(label=_("Reason"), max_length=LONG, widget=area(3))

    def __init__(self, *args: Any, name: str, label: str, missing: str, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{name}-%s", **kwargs)
        self.fields["reason"].label = label
        self.fields["reason"].error_messages["required"] = missing
