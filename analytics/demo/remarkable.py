"""Evidence of the demonstration worth a second look: a picture used twice, an odd time, a video, a letter, one that
cannot be shown, one that was deleted, a legal hold, and evidence packs."""

import datetime as dt
import io
from fractions import Fraction
from typing import Any

import av
import typst
from PIL import Image, ImageDraw, ImageEnhance

from aftersales.tenants.models import Membership
from evidence import keeping, storage
from evidence.models import Evidence
from evidence.pipeline import parts
from evidence.sandbox.copies import fingerprint
from papers.actions import ask_for
from papers.models import Paper
from tickets.actions import By
from tickets.models import Ticket
from tickets.workflow import OPEN

from . import pictures
from .clockwork import set_back
from .organizations import Site
from .photos import picture, put

LISBON = (38.7223, -9.1393)
FRAMES, RATE = 36, 12
LETTER = """#set page(paper: "a5", margin: 1.8cm)
#set text(size: 10pt)
*Swift Parcel, claims office*

Delivery of your parcel

#v(1em)
The parcel was handed over at the door. The driver noted a dent at one corner of the carton and no other damage.

#lorem(60)
#pagebreak()
#lorem(80)
"""


def play(site: Site, now: dt.datetime) -> None:
    """Add pictures to the newest open complaints that have some: each shows one thing that the viewer tells."""
    tickets = Ticket.objects.filter(state__in=OPEN, evidence__place="whole", order__delivered_at__isnull=False)
    tickets = tickets.select_related("order").order_by("customer_id", "-filed_at", "pk").distinct("customer_id")
    chosen = sorted(tickets, key=lambda ticket: (ticket.filed_at, ticket.pk), reverse=True)[:3]
    if len(chosen) < 3:
        return
    first, second, third = chosen
    reused(site, first, second)
    odd(site, second)
    clip(site, third)
    letter(site, first)
    broken(site, third)
    rows = Membership.objects.select_related("user")
    by = By.member(site.people["manager"], rows.get(organization=site.organization, user=site.people["manager"]))
    with set_back(now):
        keeping.place_hold(second, by=by, reason="The insurer looks into it: claim 4410-27, until it answers.")
        ask_for(second, by=by, kind="evidence_pack", language=site.organization.language)
        deleted(site, third, by)


def reused(site: Site, first: Ticket, second: Ticket) -> None:
    """Give two tickets the same picture: the second one's was saved again, smaller and brighter."""
    drawn = pictures.draw("lamp", "whole", 7)
    copy = ImageEnhance.Brightness(drawn.resize((800, 600))).enhance(1.08)
    for ticket, image, quality, name in ((first, drawn, 84, "IMG_1107.jpg"), (second, copy, 62, "IMG_2210.jpg")):
        found = fingerprint(image)
        keep(
            site, ticket, jpeg(image, quality), image, storage.COPY_TYPE, name=name, width=image.width,
            height=image.height, fingerprint=found, fingerprint_parts=parts(found), reduced=image is copy,
        )  # fmt: skip


def odd(site: Site, ticket: Ticket) -> None:
    """Add a picture that says it was taken before the parcel came, and where."""
    drawn = pictures.draw("box", "box", 5)
    assert ticket.order.delivered_at is not None
    taken = ticket.order.delivered_at - dt.timedelta(days=3)
    keep(
        site, ticket, jpeg(drawn, 81), drawn, storage.COPY_TYPE, name="IMG_2209.jpg", place="box", taken_at=taken,
        taken_source=Evidence.Source.FILE, latitude=LISBON[0], longitude=LISBON[1],
    )  # fmt: skip


def clip(site: Site, ticket: Ticket) -> None:
    """Add a short video."""
    drawn = pictures.draw("blender", "whole", 3)
    keep(
        site, ticket, film(drawn), drawn, "video/mp4", name="VID_0007.mp4", kind=Evidence.Kind.VIDEO,
        duration=FRAMES / RATE, width=640, height=480,
    )  # fmt: skip


def letter(site: Site, ticket: Ticket) -> None:
    """Add a letter of two pages; its first page is drawn as lines."""
    page = Image.new("RGB", (620, 874), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((70, 78, 330, 96), fill=(40, 44, 52))
    for line in range(18):
        pen.rectangle((70, 150 + line * 30, 550 - line * 67 % 130, 160 + line * 30), fill=(150, 154, 162))
    keep(
        site, ticket, typst.compile(LETTER.encode()), page, "application/pdf", name="letter.pdf",
        kind=Evidence.Kind.DOCUMENT, place="other", pages=2, width=page.width, height=page.height,
    )  # fmt: skip


def broken(site: Site, ticket: Ticket) -> None:
    """Add a picture that no decoder opens any more, so that there are no copies of it."""
    drawn = pictures.draw("blender", "close_up", 2)
    keep(
        site, ticket, jpeg(drawn, 80)[:4000], drawn, storage.COPY_TYPE, name="IMG_0412.jpg", place="close_up",
        width=drawn.width, height=drawn.height, state=Evidence.State.FAILED, failure=Evidence.Failure.UNREADABLE,
        display_key="", display_sha256="", thumb_key="", thumb_sha256="",
    )  # fmt: skip


def deleted(site: Site, ticket: Ticket, by: By) -> None:
    """Add a picture that the manager deleted, and the pack that held it, taken back as the sweep does."""
    drawn = pictures.draw("box", "label", 4)
    keep(site, ticket, jpeg(drawn, 79), drawn, storage.COPY_TYPE, name="IMG_0413.jpg", place="label",
         width=drawn.width, height=drawn.height)  # fmt: skip
    row = Evidence.objects.get(ticket=ticket, name="IMG_0413.jpg")
    keeping.delete_evidence(row, by=by, reason="An identity card lay beside the label; the customer asked for it.")
    Paper.objects.create(
        ticket=ticket, kind=Paper.Kind.EVIDENCE, state=Paper.State.FAILED, asked_by=by.user, attempts=1,
        asked={"language": "en", "names": False}, failure="A file in it was deleted since. Make it anew.",
        pieces=[row.pk],
    )  # fmt: skip


def keep(site: Site, ticket: Ticket, content: bytes, shown: Image.Image, media_type: str, **fields: Any) -> None:
    """Store the bytes with their copies and write the row, as if it came with the complaint."""
    thumb = shown.copy()
    thumb.thumbnail((320, 320))
    stored = put(site, content, {"display": jpeg(shown, 82), "thumb": jpeg(thumb, 80)})
    row = picture(site, stored, fields.pop("place", "whole"), ticket.filed_at, "customer", ticket=ticket)
    row.media_type = media_type
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def film(drawn: Image.Image) -> bytes:
    """Return a silent MP4 that moves over a drawing."""
    target = io.BytesIO()
    wide = drawn.resize((800, 600))
    with av.open(target, "w", format="mp4") as container:
        stream: Any = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        for number in range(FRAMES):
            frame = av.VideoFrame.from_image(wide.crop((number * 4, number * 3, number * 4 + 640, number * 3 + 480)))
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return target.getvalue()


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Return the picture as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()
