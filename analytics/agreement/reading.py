"""Reading the fields of a case: each value checked, each field counted as read, so that none is dropped in silence."""

import datetime as dt
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# Day 0, the payment: a Monday, long enough ago that the last day of every case is past.
PAID_AT = dt.datetime(2025, 9, 1, 8, tzinfo=dt.UTC)
YES, NO = {"yes", "true", "y", "1"}, {"no", "false", "n", "0", "none", "missing"}
FAR = 3650


@dataclass
class BadField(Exception):
    """A field that cannot be read: whose, which, and how to mend it."""

    case: str
    path: str
    mend: str

    def __str__(self):
        return f"{self.case}: {self.path}: {self.mend}"


@dataclass
class Log:
    """What was met while a case was read: the readers, remarks for people, and the days that were named."""

    case: str
    readers: list["Reader"] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    days: list[float] = field(default_factory=list)

    def unread(self) -> list[str]:
        """Return the paths of the fields that nobody asked for."""
        return [reader.path(key) for reader in self.readers for key in reader.data if key not in reader.read]


def moment(day: float | None, hour: float = 12) -> dt.datetime | None:
    """Return the time of a day counted from the payment, or None."""
    return None if day is None else PAID_AT.replace(hour=0) + dt.timedelta(days=math.floor(day), hours=hour)


class Reader:
    """One object of a case. Every method marks its field as read and raises BadField for what it cannot take."""

    def __init__(self, data: dict[str, Any], log: Log, place: str = "") -> None:
        self.data, self.log, self.place = data, log, place
        self.read: set[str] = set()
        self.below: dict[str, list[Reader]] = {}
        log.readers.append(self)

    def path(self, key: str) -> str:
        """Return where the field stands in the case."""
        return f"{self.place}.{key}" if self.place else key

    def bad(self, key: str, mend: str) -> BadField:
        """Return the error for a field of this object."""
        return BadField(self.log.case, self.path(key), mend)

    def remark(self, key: str, text: str) -> None:
        """Keep a remark on a field for people."""
        self.log.remarks.append(f"{self.log.case}: {self.path(key)}: {text}")

    def has(self, key: str) -> bool:
        """Whether the field is there, even as null."""
        return key in self.data

    def raw(self, key: str) -> Any:
        """Return the field as it stands, or None."""
        self.read.add(key)
        return self.data.get(key)

    def text(self, key: str, longest: int = 300) -> str:
        """Return words; a list becomes one line. Longer than `longest`: cut, with a remark."""
        return self.words(key, self.raw(key), longest)

    def words(self, key: str, value: Any, longest: int = 300) -> str:
        """Return a value of any shape as words: lists and objects flattened, empty for null."""
        found = _flat(value)
        if len(found) > longest:
            self.remark(key, f"cut to {longest} characters")
        return found[:longest]

    def flag(self, key: str) -> bool | None:
        """Return true, false or None; words such as "yes" are understood, and a number of things is yes."""
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return value > 0
        word = str(value).strip().lower()
        if word in YES | NO:
            return word in YES
        raise self.bad(key, "write true, false or null.")

    def number(self, key: str) -> Decimal | None:
        """Return a number of any sign; words such as "40 USD" give theirs."""
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, str) and (found := re.search(r"-?\d+(\.\d+)?", value.replace(",", ""))):
            return Decimal(found[0])
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.bad(key, "write a number or null.")
        return Decimal(str(value))

    def amount(self, key: str) -> Decimal | None:
        """Return an amount of money to the cent, at least 0."""
        value = self.number(key)
        if value is not None and not 0 <= value < 10**10:
            raise self.bad(key, "write an amount of at least 0, or null.")
        return value if value is None else value.quantize(Decimal("0.01"))

    def whole(self, key: str, most: int = 2_000_000_000) -> int | None:
        """Return a whole number from 0 to `most`."""
        value = self.number(key)
        if value is not None and not 0 <= value <= most:
            raise self.bad(key, f"write a number from 0 to {most}, or null.")
        return value if value is None else round(value)

    def day(self, key: str) -> float | None:
        """Return a day counted from the payment, and remember that it was named."""
        value = self.number(key)
        if value is None:
            return None
        if abs(value) > FAR:
            raise self.bad(key, "count the days from the payment of the order, which is day 0.")
        self.log.days.append(float(value))
        return float(value)

    def at(self, key: str, hour: float = 12) -> dt.datetime | None:
        """Return the time of a day."""
        return moment(self.day(key), hour)

    def choice(self, key: str, values: Iterable[str]) -> str:
        """Return one of the values, or nothing for null."""
        value, known = self.raw(key), list(values)
        if value is None:
            return ""
        for each in known:
            if str(value).strip().lower().replace("-", "_") == each.lower():
                return each
        raise self.bad(key, f"“{value}” is not known; write {', '.join(known)} or null.")

    def child(self, key: str) -> "Reader | None":
        """Return an object, or None for null."""
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.bad(key, "write an object {…} or null.")
        return self.children(key)[0]

    def children(self, key: str) -> Sequence["Reader"]:
        """Return the objects of a list; a single object counts as a list of one, null as none."""
        value = self.raw(key)
        if value is None:
            return []
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(each, dict) for each in found):
            raise self.bad(key, "write a list of objects, or null.")
        if key not in self.below:
            places = [
                f"{self.path(key)}[{n}]" if isinstance(value, list) else self.path(key) for n in range(len(found))
            ]
            self.below[key] = [Reader(each, self.log, place) for each, place in zip(found, places, strict=True)]
        return self.below[key]


def _flat(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(filter(None, map(_flat, value)))
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {_flat(each)}" for key, each in value.items() if each is not None)
    return str(value).strip()
