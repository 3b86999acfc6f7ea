"""A member's notifications, and the organization's mail: lists that page by key, newest first."""

from dataclasses import dataclass

from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.models import User

from ..models import Notification

PAGE = 30


class Box(models.TextChoices):
    """How far a mail is."""

    WAITING = "waiting", _("Waiting")
    PARKED = "parked", _("Given up")
    SENT = "sent", _("Sent")


@dataclass(frozen=True)
class Page:
    """Rows of a list, and the keys that the newer and the older rows lie beyond; 0 where there are none."""

    rows: list[Notification]
    newer: int
    older: int


def unread_count(user: User) -> int:
    """Return how many of the member's notifications are unread: one query on a small index."""
    return _in_app(user).filter(read_at=None).count()


def unread_of(request: HttpRequest) -> int | None:
    """Return the number behind the navigation's line, None for none; a view that knows it leaves it on the request."""
    unread = getattr(request, "unread", None)
    return (unread_count(request.user) if unread is None else unread) or None  # type: ignore[arg-type]


def inbox(user: User, *, before: int = 0, after: int = 0) -> Page:
    """Return a page of the member's notifications with their tickets."""
    return _page(_in_app(user).select_related("ticket"), before, after)


def outbox(box: str, *, before: int = 0, after: int = 0) -> Page:
    """Return a page of the organization's mail that is waiting, given up or sent."""
    return _page(_mail(box).select_related("ticket", "partner"), before, after)


def outbox_counts() -> dict[str, int]:
    """Return how many mails wait and how many were given up."""
    return {box: _mail(box).count() for box in (Box.WAITING, Box.PARKED)}


def mail(pk: int) -> Notification | None:
    """Return one mail of the organization with its link, or None."""
    return Notification.objects.filter(channel="mail", pk=pk).select_related("ticket", "link").first()


def key(text: str) -> int:
    """Return a row's key from an address; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _in_app(user: User) -> QuerySet[Notification]:
    return Notification.objects.filter(user=user, channel="in_app")


def _mail(box: str) -> QuerySet[Notification]:
    mails = Notification.objects.filter(channel="mail")
    if box == Box.WAITING:
        return mails.filter(next_at__isnull=False)
    return mails.filter(next_at=None, sent_at__isnull=box != Box.SENT)


def _page(rows: QuerySet[Notification], before: int, after: int) -> Page:
    if after:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        return Page(found, found[0].pk if more else 0, found[-1].pk if found else 0)
    found = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return Page(found, found[0].pk if before and found else 0, found[-1].pk if more else 0)
