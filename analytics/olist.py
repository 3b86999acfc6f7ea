"""Complaints out of the Olist data set: reviews of one and two stars, filed as the tickets they would have been."""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import connection

from aftersales.orders.models import Order
from aftersales.tenants.scope import tenant
from tickets import actions
from tickets.models import Ticket
from tickets.models.ticket import Channel
from tickets.problems import Problem

ZONE = ZoneInfo("America/Sao_Paulo")
FILE = "order_reviews.csv"
COLUMNS = {
    "review_id",
    "order_id",
    "review_score",
    "review_comment_title",
    "review_comment_message",
    "review_creation_date",
}
CHUNK = 100
LANGUAGE = "pt"


class Unreadable(Exception):
    """The reviews cannot be read; the message says why."""


@dataclass(frozen=True)
class Review:
    """A review that is a complaint."""

    order: str
    created_at: dt.datetime
    text: str


@dataclass
class Filed:
    """What became of the reviews: tickets made, there already, and orders that were not imported."""

    made: int = 0
    there: int = 0
    unknown: int = 0


def complaints(folder: Path) -> list[Review]:
    """Return the earliest review of one or two stars of each order, in order of creation. Raises Unreadable."""
    path = folder / FILE
    earliest: dict[str, tuple[str, str, dict[str, str]]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = COLUMNS - set(reader.fieldnames or [])
            if missing:
                raise Unreadable(f"{path} lacks the columns {', '.join(sorted(missing))}.")
            for row in reader:
                if row["review_score"] not in {"1", "2"}:
                    continue
                found = (row["review_creation_date"], row["review_id"], row)
                kept = earliest.get(row["order_id"])
                if kept is None or found[:2] < kept[:2]:
                    earliest[row["order_id"]] = found
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from None
    return [_review(*found) for found in sorted(earliest.values(), key=lambda found: found[:2])]


def _review(created: str, key: str, row: dict[str, str]) -> Review:
    try:
        moment = dt.datetime.fromisoformat(created).replace(tzinfo=ZONE)
    except ValueError:
        raise Unreadable(f"Review {key}: “{created}” is no date.") from None
    parts = (row["review_comment_title"] or "", row["review_comment_message"] or "")
    return Review(row["order_id"], moment, "\n".join(part.strip() for part in parts if part.strip()))


def problem_of(order: Order) -> str:
    """Return `delayed` for an order delivered after the promised day, `lost` for one never delivered, else `other`."""
    if order.delivered_at is None:
        return Problem.LOST.value
    late = order.promised_on is not None and order.delivered_at.astimezone(ZONE).date() > order.promised_on
    return Problem.DELAYED.value if late else Problem.OTHER.value


def file_complaints(organization, folder: Path) -> Iterator[tuple[int, int, Filed]]:
    """File a ticket for each complaint whose order is there; yields (done, all, result so far) after each part.

    An order that has an imported ticket gets no second one: a second run, or one after a crash, files what is missing.
    """
    reviews, result, done = complaints(folder), Filed(), 0
    yield done, len(reviews), result
    rest = iter(reviews)
    while part := tuple(islice(rest, CHUNK)):
        with tenant(organization):
            _file(organization, part, result)
        done += len(part)
        yield done, len(reviews), result


def _file(organization, part: tuple[Review, ...], result: Filed) -> None:
    with connection.cursor() as cursor:
        # Two runs at the same time: the second waits here and then finds the first one's tickets.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"analytics.olist:{organization.pk}"])
    numbers = [review.order for review in part]
    known = Order.objects.filter(number__in=numbers).select_related("customer").prefetch_related("lines__supplier")
    orders = {order.number: order for order in known}
    filed = Ticket.objects.filter(order__number__in=numbers, channel=Channel.IMPORT).values_list(
        "order__number", flat=True
    )
    there = set(filed)
    for review in part:
        order = orders.get(review.order)
        if order is None:
            result.unknown += 1
        elif review.order in there:
            result.there += 1
        else:
            lines = list(order.lines.all())
            actions.file_directly(
                order, lines[0] if len(lines) == 1 else None, by=actions.By.system(), channel=Channel.IMPORT,
                problem=problem_of(order), text=review.text, language=LANGUAGE, filed_at=review.created_at,
            )  # fmt: skip
            result.made += 1
