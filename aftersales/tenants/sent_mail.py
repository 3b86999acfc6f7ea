"""Reads the mails that Django's file backend wrote, for the demonstration, where no mail leaves the machine.

The backend writes one file for each connection it opens, named by the time, and a line of hyphens after each mail.
"""

import datetime as dt
import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

BACKEND = "django.core.mail.backends.filebased.EmailBackend"
END = b"\n" + b"-" * 79 + b"\n"
SIZE = 50


@dataclass(frozen=True)
class Mail:
    """A mail in the folder: the `number`-th of the file `name`."""

    name: str
    number: int
    subject: str
    to: str
    at: dt.datetime | None  # aware; None where the mail has no readable date
    body: str


def is_shown() -> bool:
    """Whether this is the demonstration and its mails go to a folder."""
    return bool(settings.DEMO and settings.EMAIL_BACKEND == BACKEND and getattr(settings, "EMAIL_FILE_PATH", None))


def latest(*, before: str = "", size: int = SIZE) -> tuple[list[Mail], str]:
    """Return about `size` mails, the newest first, from files older than `before`, and the file to go on from or ""."""
    found: list[Mail] = []
    names = sorted((name for name in _files() if not before or name < before), reverse=True)
    for place, name in enumerate(names, 1):
        found += reversed(_read(name))
        if len(found) >= size and place < len(names):
            return found, name
    return found, ""


def one(name: str, number: int) -> Mail | None:
    """Return that mail, or None. Only names that the folder lists are opened."""
    mails = _read(name) if name in _files() else []
    return mails[number] if number < len(mails) else None


def _files() -> dict[str, Path]:
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", ""))
    return {path.name: path for path in folder.glob("*.log")} if folder.is_dir() else {}


def _read(name: str) -> list[Mail]:
    # What follows the last line of hyphens is empty, or a mail that is being written at this moment.
    parts = _files()[name].read_bytes().split(END)[:-1]
    return [_mail(name, number, part) for number, part in enumerate(parts)]


def _mail(name: str, number: int, content: bytes) -> Mail:
    message = email.message_from_bytes(content, EmailMessage, policy=email.policy.default)
    body = message.get_body(("plain", "html"))
    try:
        at = parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None:
        # RFC 5322: "-0000" is UTC of a sender that says nothing about its own zone.
        at = at.replace(tzinfo=dt.UTC)
    text = body.get_content() if body is not None else ""
    return Mail(name, number, str(message["Subject"] or ""), str(message["To"] or ""), at, text)
