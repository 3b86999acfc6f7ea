"""How a form becomes an action on pages with several forms."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.forms import Form, Textarea

from .. import actions


def attempt(form: Form, act: Callable[[dict[str, Any]], Any]) -> int:
    """Call `act` with what was cleaned, all or nothing. Returns 0 when it is done, else the status to answer with.

    422: the input must be mended; 409: somebody was faster. The form then carries the sentence.
    """
    if not form.is_valid():
        return 422
    try:
        with transaction.atomic():
            act(form.cleaned_data)
    except actions.TooLate as late:
        form.add_error(None, late.message)
        return 409
    except actions.Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return 422
    return 0


def words_of(form: Form) -> str:
    """Return what a person wrote in a form, for a page that does not show the form any more: nothing typed is lost."""
    fields = [name for name, field in form.fields.items() if isinstance(field.widget, Textarea)]
    return "\n\n".join(str(form[name].value()) for name in fields if form[name].value())
