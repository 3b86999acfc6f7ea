"""When a picture says it was taken, against what is known of the parcel and the complaint. Pure: no rows, no clock."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersales.ui.templatetags.values import duration

# A phone's clock is seldom wrong by more; carriers' scans are booked late.
SLACK = dt.timedelta(hours=1)
LATE = dt.timedelta(days=30)


@dataclass(frozen=True)
class Story:
    """What happened when; None is not known. `ours`: a picture of our warehouse, not one sent with a complaint."""

    sent_at: dt.datetime
    dispatched_at: dt.datetime | None = None
    delivered_at: dt.datetime | None = None
    filed_at: dt.datetime | None = None
    ours: bool = False


@dataclass(frozen=True)
class Remark:
    """A sentence; `odd` where it does not go with the story."""

    text: str
    odd: bool = False


def against(taken_at: dt.datetime | None, story: Story) -> list[Remark]:
    """Return how the time fits, the most telling first; nothing where the picture says no time."""
    if taken_at is None:
        return []
    if taken_at > story.sent_at + SLACK:
        return [Remark(_("Its time is after it was sent to us: the clock was wrong."), odd=True)]
    if story.ours:
        return _ours(taken_at, story)
    dispatched, delivered, filed = story.dispatched_at, story.delivered_at, story.filed_at
    if dispatched and taken_at < dispatched - SLACK:
        gap = duration(dispatched - taken_at)
        return [Remark(_("Taken %(gap)s before the parcel was sent.") % {"gap": gap}, odd=True)]
    if delivered and taken_at < delivered - SLACK:
        gap = duration(delivered - taken_at)
        return [Remark(_("Taken %(gap)s before the parcel was delivered.") % {"gap": gap}, odd=True)]
    found = []
    if delivered:
        later = taken_at - delivered
        words = _("Taken %(gap)s after delivery.") % {"gap": duration(later)}
        found.append(Remark(words if later > SLACK else _("Taken when the parcel was delivered."), odd=later > LATE))
    if filed and taken_at > filed + SLACK:
        found.append(Remark(_("Taken %(gap)s after the complaint was filed.") % {"gap": duration(taken_at - filed)}))
    return found


def _ours(taken_at: dt.datetime, story: Story) -> list[Remark]:
    if story.dispatched_at and taken_at > story.dispatched_at + SLACK:
        gap = duration(taken_at - story.dispatched_at)
        return [Remark(_("Taken %(gap)s after the parcel was sent.") % {"gap": gap}, odd=True)]
    return []
