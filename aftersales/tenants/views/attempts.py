"""How a form becomes an action."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest

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
    except actions.Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return 409 if isinstance(refused, actions.TooLate) else 422
    return 0


def press(request: HttpRequest, act: Callable[[], Any], done: str) -> None:
    """Call `act` for a button without a form, and leave the message `done`, or why it was not possible."""
    try:
        with transaction.atomic():
            act()
    except actions.Refused as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, done)
