"""What Settings → Problems lists."""

from dataclasses import dataclass

from django.db.models import Count

from ..models import Ticket
from ..problems import GROUPS, TILE_OF, Group, Problem, Tile, is_retired


@dataclass(frozen=True)
class ProblemRow:
    """A problem, whether it can be chosen, its tile if customers have one, and how many tickets have it."""

    problem: Problem
    retired: bool
    tile: Tile | None
    tickets: int


@dataclass(frozen=True)
class GroupRow:
    """A group with its problems."""

    group: Group
    problems: list[ProblemRow]


def taxonomy() -> list[GroupRow]:
    """Return the two levels with the entered organization's words and counts, in one query."""
    counts = dict(Ticket.objects.values_list("problem").annotate(Count("pk")).order_by())
    return [
        GroupRow(group, [ProblemRow(p, is_retired(p), TILE_OF.get(p), counts.get(p.value, 0)) for p in problems])
        for group, problems in GROUPS.items()
    ]
