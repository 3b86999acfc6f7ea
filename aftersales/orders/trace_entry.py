"""One step of an order's trail."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class TraceEntry:
    """One step. `tone`: ok, warn, bad or todo; `photos` are evidence rows; `at` is None for what has no day.

    `kind`: purchase, purchase_order, received, instruction, contact, inspection, packing, release, declaration, scan,
    gap, customs, search, delivery, promise, refund or cancelled.
    """

    kind: str
    title: str
    at: dt.datetime | None
    place: str = ""
    note: str = ""
    tone: str = "ok"
    photos: tuple = ()

    @property
    def css(self) -> str:
        """The class of the line in `<ol class="trace">`."""
        return {"ok": "", "warn": "sus"}.get(self.tone, self.tone)

    @property
    def text(self) -> str:
        """Place and note in one line, for `{% trace %}`."""
        return " · ".join(filter(None, (self.place, self.note)))
