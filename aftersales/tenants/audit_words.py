"""How a change of the settings reads in the list of changes."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import AuditEvent, Calendar, Organization, RulesVersion, Team
from .roles import Role

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LABELS: "dict[str, StrOrPromise]" = {
    "holidays_added": gettext_lazy("holidays added"),
    "holidays_removed": gettext_lazy("holidays removed"),
    "hours": gettext_lazy("working hours"),
    "members": gettext_lazy("members"),
    "parts": gettext_lazy("changed"),
    "is_default": gettext_lazy("default"),
    "role": gettext_lazy("role"),
    **{f"name_{code}": format_lazy("{} ({})", gettext_lazy("name"), name) for code, name in settings.LANGUAGES},
    **{f"tile_{code}": format_lazy("{} ({})", gettext_lazy("tile"), name) for code, name in settings.LANGUAGES},
}
# Values that are lists, not before and after.
LISTS = {"parts", "holidays_removed"}
WORDS = {"True": gettext_lazy("yes"), "False": gettext_lazy("no"), "": "–"}


def lines(event: AuditEvent) -> list[str]:
    """Return one line for each field that was changed, with its value before and after."""
    return [f"{_label(name)}: {_value(name, value)}" for name, value in event.data.items()]


def _label(name: str) -> str:
    if name in LABELS:
        return str(LABELS[name])
    for model in (Organization, Team, Calendar, RulesVersion):
        try:
            return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        except FieldDoesNotExist:
            continue
    return name.replace("_", " ")


def _value(name: str, value: Any) -> str:
    if name == "holidays_added":
        return " – ".join(sorted(set(value)))
    if isinstance(value, list) and len(value) == 2 and name not in LISTS:
        return _("%(before)s → %(after)s") % {"before": _word(value[0]), "after": _word(value[1])}
    return ", ".join(map(_word, value)) if isinstance(value, list) else _word(value)


def _word(value: Any) -> str:
    text = str(value)
    if text in Role.values:
        return str(Role(text).label)
    return _label(text) if text in ("terms", "compensation", "prohibited") else str(WORDS.get(text, text))
