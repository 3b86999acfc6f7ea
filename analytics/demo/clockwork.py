"""Acting on earlier days: the ordinary actions, with the clock set back."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone


class Clock:
    """What time it is in the story. Moments are days before now; they only go forward."""

    def __init__(self, now: dt.datetime) -> None:
        self.real, self.moment = now, now

    def ago(self, days: float) -> dt.datetime:
        """Set the clock to so many days before now."""
        self.moment = self.real - dt.timedelta(days=days)
        return self.moment

    def on(self, days: float) -> dt.datetime:
        """Let some days pass, never to the end of the story."""
        self.moment = min(self.moment + dt.timedelta(days=days), self.real - dt.timedelta(minutes=2))
        return self.moment


@contextmanager
def set_back(now: dt.datetime) -> Iterator[Clock]:
    """Give a clock that the actions read while the block runs. For a command that runs alone, never for a server."""
    clock, real = Clock(now), timezone.now
    timezone.now = lambda: clock.moment
    try:
        yield clock
    finally:
        timezone.now = real
