"""Writing many rows at once."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

BATCH = 2000
Progress = Callable[[int], None]


def insert(rows: Sequence[Any], progress: Progress) -> None:
    """Write unsaved rows of one model and tell the progress."""
    for start in range(0, len(rows), BATCH):
        piece = rows[start : start + BATCH]
        with connection.cursor() as cursor:
            # The checks of foreign keys keep the plan made on the first row. Made on an empty table it scans, and each
            # batch would take longer than the one before.
            cursor.execute("DISCARD PLANS")
        type(piece[0]).objects.bulk_create(piece)
        progress(len(piece))
