"""One fact, and the facts of one ticket by name. `None` means nobody knows; it is never "no"."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..catalogue import FACTS

Value = bool | int | float | Decimal | str


@dataclass(frozen=True)
class Fact:
    """One thing that the record shows: its value for the rules, its words for people, and its source ("scan:5")."""

    name: str
    value: Any
    text: str
    source: str


class Facts(dict[str, Fact]):
    """The facts of one ticket by name."""

    def value(self, name: str) -> Any:
        """Return the fact's value, or None where nobody knows."""
        fact = self.get(name)
        return fact.value if fact else None

    def put(self, name: str, value: Any, text: Any, source: str) -> None:
        """Keep a fact of the catalogue; an unknown one is not kept. Raises KeyError for a name that is not in it."""
        FACTS[name]
        if value is not None:
            self[name] = Fact(name, value, str(text), source)


def day(moment: dt.datetime | None, zone: dt.tzinfo) -> dt.date | None:
    """Return the calendar day of a moment in a zone."""
    return moment.astimezone(zone).date() if moment else None
