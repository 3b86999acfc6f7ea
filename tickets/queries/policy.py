"""The policy as the settings show it: the organization's rows, or the defaults until it adopts its own."""

from typing import Any
from urllib.parse import urlencode

from .. import policy
from ..models import PlanAction, Remedy, Window
from ..problems import Group, Party, Problem, Wish

Words = dict[str, Any]


def windows() -> tuple[list[dict[str, Any]], bool]:
    """Return the windows with what they fit in words, and whether they are the organization's own. One statement."""
    own = list(Window.objects.all())
    rows = own or policy.default_windows()
    return [{"row": row, "about": about(row), "query": key_of(row)} for row in rows], bool(own)


def about(row: Window) -> str:
    """Return what a window fits, in words."""
    kinds, problems = dict(Group.choices), dict(Problem.choices)
    return " · ".join(str(p) for p in (problems.get(row.problem), kinds.get(row.group), row.category) if p)


def key_of(row: Window) -> str:
    """Return the address's query that names a window."""
    return urlencode({name: getattr(row, name) for name in policy.NAMES})


def window(of: dict[str, str]) -> Window | None:
    """Return the window that names exactly `of`, the organization's or a default."""
    return next((w for w in policy.windows() if all(getattr(w, name) == of[name] for name in policy.NAMES)), None)


def remedies() -> tuple[list[dict[str, Any]], bool]:
    """Return the remedies with their conditions and actions in words, and whether they are the organization's own."""
    own = list(Remedy.objects.all())
    rows = own or policy.default_remedies()
    return [{"row": row, "when": conditions(row), "then": lines(row)} for row in rows], bool(own)


def remedy(position: int | None) -> Remedy | None:
    """Return the remedy at a position, the organization's or a default."""
    return next((each for each in policy.remedies() if each.position == position), None)


def next_position() -> int:
    """Return the position behind the last remedy."""
    return max((each.position for each in policy.remedies()), default=0) + 1


def conditions(row: Remedy) -> list[str]:
    """Return what a remedy fits, one condition each."""
    labels: tuple[tuple[list[str], Words], ...] = (
        (row.problems, dict(Problem.choices)), (row.parties, dict(Party.choices)), (row.wishes, dict(Wish.choices)),
    )  # fmt: skip
    found = [", ".join(str(words.get(code, code)) for code in codes) for codes, words in labels if codes]
    return [*found, *filter(None, (row.country, row.category))]


def lines(row: Remedy) -> list[dict[str, Any]]:
    """Return what a remedy proposes, with the kind in words."""
    kinds, parties = dict(PlanAction.Kind.choices), dict(Party.choices)
    return [
        each | {"label": kinds.get(each["kind"], each["kind"]), "who": parties.get(each.get("doer", "agent"))}
        for each in row.actions
    ]
