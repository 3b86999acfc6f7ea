"""The custody log in words: what happened to a piece of evidence, and what was asked for on its ticket."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from aftersales.orders.models import Partner
from aftersales.tenants.models import ApiKey, User
from tickets.models import Ticket
from tickets.problems import Party
from tickets.proofs import Proof
from tickets.workflow import Actor

from .models import Custody, Evidence

EVENTS = 40


@dataclass(frozen=True)
class Entry:
    """An event in words: who did what when; `more` is a reason, or what was asked of whom."""

    event: Custody
    who: str
    more: str


def log(evidence: Evidence, before: int | None = None) -> tuple[list[Entry], int | None]:
    """Return the latest events, and the number to ask for those before them, None at the beginning; four queries."""
    events = Custody.objects.filter(evidence=evidence).order_by("-number")
    if before is not None:
        events = events.filter(number__lt=before)
    rows = list(events[: EVENTS + 1])
    told = [(row, json.loads(row.payload)) for row in rows[:EVENTS]]
    who = _actors([each for _row, each in told])
    entries = []
    for row, each in told:
        detail = each["detail"]
        by = _("whoever had the link") if detail.get("link") else who(each)
        entries.append(Entry(row, by, str(detail.get("reason") or detail.get("detail") or "")))
    return entries, rows[EVENTS - 1].number if len(rows) > EVENTS else None


def asked(ticket: Ticket) -> list[Entry]:
    """Return what was last asked for on a ticket, and of whom, the newest first; five queries."""
    told = [
        (row, json.loads(row.payload)) for row in Custody.objects.filter(ticket=ticket).order_by("-number")[:EVENTS]
    ]
    who = _actors([each for _row, each in told])
    partners = _names(Partner.objects.all(), (each["detail"]["partner"] for _row, each in told))
    entries = []
    for row, each in told:
        detail = each["detail"]
        whom = partners.get(detail["partner"]) or _label(Party, detail["of"])
        what = [_label(Proof, proof) for proof in detail["proofs"]]
        if detail["percent"]:
            what.append(_("an answer to a share of %(n)d%%") % {"n": detail["percent"]})
        entries.append(Entry(row, who(each), f"{whom}: {', '.join(what)}"))
    return entries


def machine(key: str, command: str) -> str:
    """Return what acted where no person did, by the name of its key or command; "" where neither is named."""
    if key:
        return _("API key “%(name)s”") % {"name": key}
    return _("command “%(name)s”") % {"name": command} if command else ""


def _actors(told: list[dict[str, Any]]) -> Callable[[dict[str, Any]], str]:
    """Return a function that names who acted in one of these events."""
    users = _names(User.objects.all(), (each["user"] for each in told))
    partners = _names(Partner.objects.all(), (each["partner"] for each in told))
    keys = _names(ApiKey.objects.all(), (each["key"] for each in told))

    def who(each: dict[str, Any]) -> str:
        person = users.get(each["user"]) or partners.get(each["partner"])
        return person or machine(keys.get(each["key"], ""), each["command"]) or _label(Actor, each["actor"])

    return who


def _label(choices: Any, value: str) -> str:
    return str(dict(choices.choices).get(value, value))


def _names(rows: Any, pks: Iterable[int | None]) -> dict[int, str]:
    return {row.pk: str(row) for row in rows.filter(pk__in={pk for pk in pks if pk})}
