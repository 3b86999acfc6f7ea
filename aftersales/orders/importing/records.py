"""What every format is turned into before anything is written. Money is Decimal, times are aware, weights are grams."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that could not be read: where it stands, what stands there, why not and how to mend it."""

    file: str
    line: int
    reason: str
    column: str = ""
    value: str = ""


class FileProblem(Exception):
    """A file cannot be used at all; nothing of the import is written."""

    def __init__(self, problem: Problem):
        super().__init__(problem.reason)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Origin:
    """The file and line that something was read from."""

    file: str
    line: int


@dataclass(slots=True)
class PartnerRecord:
    """A partner as the source names it. One we know already is never changed by an import."""

    kind: str
    reference: str
    name: str
    fields: Fields = field(default_factory=dict)


@dataclass(slots=True)
class CustomerRecord:
    """A customer as the source names it."""

    reference: str
    fields: Fields = field(default_factory=dict)


@dataclass(slots=True)
class LineRecord:
    """An item; `position` counts from 1 and finds it again."""

    position: int
    fields: Fields
    supplier: PartnerRecord | None = None


@dataclass(slots=True)
class ShipmentRecord:
    """A parcel, found again by `reference`. `events`: (code, time) → place and note."""

    reference: str
    fields: Fields = field(default_factory=dict)
    warehouse: PartnerRecord | None = None
    carrier: PartnerRecord | None = None
    events: dict[tuple[str, dt.datetime], Fields] = field(default_factory=dict)


@dataclass(slots=True)
class InspectionRecord:
    """An inspection of the item at `position`, found again by level and time."""

    position: int
    level: str
    at: dt.datetime
    fields: Fields
    origin: Origin


@dataclass(slots=True)
class ChildRecord:
    """A row below an item (`parent` is its position) or below a parcel (its reference), found again by `key`.

    `table` names the kind: purchases, customs or declarations; `head` is what a declaration states once.
    """

    table: str
    parent: int | str
    key: Fields
    fields: Fields
    origin: Origin
    head: Fields = field(default_factory=dict)


@dataclass(slots=True)
class OrderRecord:
    """One order. Only the fields that the source states are there: an empty cell never erases what is known.

    Without a `customer` it adds to an order that must exist already (shipments, scans or inspections alone).
    """

    number: str
    origin: Origin
    rows: int
    fields: Fields = field(default_factory=dict)
    customer: CustomerRecord | None = None
    lines: dict[int, LineRecord] = field(default_factory=dict)
    shipments: dict[str, ShipmentRecord] = field(default_factory=dict)
    inspections: list[InspectionRecord] = field(default_factory=list)
    children: list[ChildRecord] = field(default_factory=list)
    rules_version: int | None = None

    def shipment(self, reference: str) -> ShipmentRecord:
        """The parcel with that reference, made on first mention."""
        return self.shipments.setdefault(reference, ShipmentRecord(reference))


@dataclass(slots=True)
class Held:
    """Rows that are not imported, with the reasons. An order with one bad row is held back as a whole."""

    rows: int
    problems: list[Problem]
    order: bool = True


@dataclass(slots=True)
class Plan:
    """What a format found in its files. The same files give the same items in the same order: a run that was
    stopped goes on after the rows it has saved."""

    rows: int
    items: Iterator[OrderRecord | Held]


@dataclass(frozen=True, slots=True)
class Context:
    """What reading needs to know of the organization."""

    zone: ZoneInfo
    currency: str
    now: dt.datetime


Planner = Callable[[list, Context], Plan]
