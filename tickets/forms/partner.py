"""What a partner answers behind its link. The forms clean; `tickets.actions` writes."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..models import PartnerRequest
from ..problems import problem_choices_or
from .customer import LONG, PageForm, PlanForm, area

__all__ = [
    "AnswerForm", "ContestForm", "FilterForm", "PlanForm", "ProposalForm", "RowForm", "ThreadForm", "answer_hints",
]  # fmt: skip

Answer = PartnerRequest.Answer
ANSWER_ICONS = {
    Answer.ACCEPTED.value: "circle-check",
    Answer.PARTLY.value: "chart-pie",
    Answer.CONTESTED.value: "circle-x",
}
ANSWERS = [
    (Answer.ACCEPTED.value, _("Yes, all of it")),
    (Answer.PARTLY.value, _("Partly")),
    (Answer.CONTESTED.value, _("No, it is not ours")),
]


def answer_hints(asked: PartnerRequest) -> dict[str, str]:
    """Return what each answer means for this request, by value."""
    return {
        Answer.ACCEPTED.value: gettext("You take over %(percent)d%%, as we ask") % {"percent": asked.percent},
        Answer.PARTLY.value: gettext("You take over a share that you name"),
        Answer.CONTESTED.value: gettext("Please write why, with photos if you have any"),
    }


class AnswerForm(PageForm):
    """The partner's answer: all, a share, or none with the reason."""

    name = "answer"
    mark_optional = False
    answer = forms.ChoiceField(
        label=_("Is this your responsibility?"), choices=ANSWERS, widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer."), "invalid_choice": _("Choose an answer.")},
    )  # fmt: skip
    percent = forms.IntegerField(
        label=_("Your share in per cent"), help_text=_("From 1 to 99."), required=False,
        min_value=1, max_value=99, widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    text = forms.CharField(
        label=_("Your reason"),
        help_text=_("Needed where you answer “No, it is not ours”."),
        required=False,
        max_length=LONG,
        widget=area(3),
    )
    prevention = forms.CharField(
        label=_("How will you prevent it from happening again?"), required=False, max_length=LONG, widget=area(3)
    )
    proposal = forms.CharField(
        label=_("What do you propose to the customer?"), required=False, max_length=LONG, widget=area(2)
    )

    def clean(self):
        data = super().clean()
        answer = data.get("answer")
        if answer == Answer.PARTLY and data.get("percent") is None and "percent" not in self.errors:
            self.add_error("percent", _("Give the share you accept, between 1 and 99 per cent."))
        if answer == Answer.CONTESTED and not data.get("text", "").strip() and "text" not in self.errors:
            self.add_error("text", _("Write why it is not your responsibility."))
        return data


class RowForm(AnswerForm):
    """One of the answers on a row of the list: its ids begin with the request's, for there are many rows."""

    answer = forms.ChoiceField(
        choices=ANSWERS, widget=forms.HiddenInput,
        error_messages={"required": _("Choose an answer."), "invalid_choice": _("Choose an answer.")},
    )  # fmt: skip
    text = forms.CharField(label=_("Your reason"), required=False, max_length=LONG, widget=area(2))
    proposal = None  # type: ignore[assignment]

    def __init__(self, *args, row: int, kind: str, **kwargs):
        super().__init__(*args, auto_id=f"row-{row}-{kind}-%s", initial={"answer": kind}, **kwargs)


class FilterForm(PageForm):
    """What the list of a partner's open tickets is narrowed by; wrong values narrow nothing."""

    name = "filter"
    mark_optional = False
    SHOW = [("", _("All")), ("waiting", _("Waiting for you")), ("soon", _("Due soon")), ("answered", _("Answered"))]
    show = forms.ChoiceField(choices=SHOW, required=False, widget=forms.HiddenInput)
    problem = forms.ChoiceField(label=_("Problem"), required=False)
    since = forms.DateField(label=_("Ordered from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Ordered until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["problem"].choices = problem_choices_or(_("Every problem"))

    def chosen(self) -> dict:
        """Return what is chosen, of what is understood."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ThreadForm(PageForm):
    """A message in the partner's own thread."""

    name = "thread"
    text = forms.CharField(
        label=_("Write to us"), help_text=_("The customer does not read this."), max_length=LONG, widget=area(3),
        error_messages={"required": _("Write something first.")},
    )  # fmt: skip


class ProposalForm(PageForm):
    """A plan that the partner proposes after its answer."""

    name = "proposal"
    text = forms.CharField(
        label=_("What do you propose to the customer?"), max_length=LONG, widget=area(3),
        error_messages={"required": _("Write what you propose.")},
    )  # fmt: skip


class ContestForm(PageForm):
    """What is new, after the responsibility was confirmed; against the plan that was read, where one was."""

    name = "contest"
    plan = forms.IntegerField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(
        label=_("What is new?"), help_text=_("The decision is then taken again."), max_length=LONG, widget=area(3),
        error_messages={"required": _("Write what is new.")},
    )  # fmt: skip
