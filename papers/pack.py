"""The evidence pack: a ZIP of everything that was received for a ticket, with what proves that it is just that.

`prepare` reads the rows inside the organization, `write` fills the ZIP on the disk outside it: file by file in pieces,
each hashed on its way in. The manifest comes last and holds the hash of every other file; its own hash stands beside
it, on the desk and in the custody log.
"""

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from evidence import custody, pipeline, spool, storage, verifier
from evidence.media import EXTENSIONS
from evidence.models import Evidence
from tickets.models import Ticket
from tickets.workflow import Actor

from . import photos, typst
from .blocks import as_one, facts, frame, moment
from .models import Paper
from .pack_log import custody_log, ticket_log

Sign = Callable[..., None]
NOT_SHOWN = frozenset({Evidence.Failure.CHANGED, Evidence.Failure.LOST})
# More than this is not handed to anybody as one file.
MOST_BYTES = 16 * 1024**3
README = """EVIDENCE PACK

originals/           each file exactly as it was received
copies/              what can be looked at: upright, without the data that cameras write into files
contact-sheet.pdf    all of them small, with their numbers, times and hashes
manifest.json        every file of this pack with its SHA-256, and what is known of each piece
manifest.sha256      the SHA-256 of manifest.json
log.json             what happened to each piece and what was asked for, each event chained to the one before by its
                     hash; seals over the log
ticket.json          what the ticket says about its evidence
verify.py            checks all this

To check the pack, with Python 3.8 or newer and nothing else, without unpacking it:

    python verify.py PACK.zip

or, where it was unpacked, `python verify.py` in its folder. Ask the sender for the SHA-256 of the manifest, by another
way than the pack came, and add `--manifest SHA256`: whoever changes the files can also change a manifest, but not what
the sender reads to you. Without Python: `sha256sum -c manifest.sha256`, then compare by hand.

An event's hash is the SHA-256 of the hash before it, a line feed and the event's payload as it stands here; the first
has none before it. "taken_at" is what the device or the file says; nobody checked it. "reduced" means that the device
made the file smaller before it was sent: the original is what was received.
"""


@dataclass
class Piece:
    """One piece of evidence: its row, its number in the pack, and the names of its files there."""

    row: Evidence
    number: int
    left_out: str
    facts: dict[str, Any]

    @property
    def stem(self) -> str:
        """What its files are called, without the ending; no word of a person is in it."""
        return f"{self.number:02d}-{self.row.place}-{self.row.sha256[:12]}"

    @property
    def original(self) -> str:
        """The name of its original in the pack."""
        return f"originals/{self.stem}.{EXTENSIONS[self.row.media_type]}"


@dataclass
class Plan:
    """A pack with everything read that goes in."""

    name: str
    at: dt.datetime
    head: dict[str, Any]
    pieces: list[Piece]
    log: dict[str, Any]
    events: list[dict[str, Any]]
    sheet: dict[str, Any]

    @property
    def packed(self) -> list[Piece]:
        """Those whose bytes go in."""
        return [each for each in self.pieces if not each.left_out]


def prepare(paper: Paper, name: str, made: str) -> Plan:
    """Read what goes into the pack. Call it inside the organization. Raises NotMade where there is nothing."""
    ticket, named = paper.ticket, paper.asked.get("names") is True
    rows = list(photos.everything(ticket).select_related("ticket", "uploaded_by", "api_key", "returned"))
    if not rows:
        raise typst.NotMade(_("There is no evidence on this ticket."))
    if sum(row.size for row in rows) > MOST_BYTES:
        raise typst.NotMade(_("The files are too large for one pack; take them one by one."))
    for row in rows:
        row.organization = ticket.organization
        if not row.log_begun:
            custody.begin(row)
    log = custody_log(ticket, rows)
    pieces = [
        Piece(row, n, left_out(row), {**facts_of(row, ticket, named), **log.pieces[row.pk]})
        for n, row in enumerate(rows, 1)
    ]
    head = {
        "format": verifier.FORMAT, "organization": ticket.organization.slug,
        "organization_name": str(ticket.organization),
        "ticket": ticket.number, "order": ticket.order.number, "paper": paper.pk, "made_at": utc(paper.asked_at),
        "made_by": {"kind": "member", "name": str(paper.asked_by or "") if named else ""}, "with_names": named,
        "asked": log.asked,
    }  # fmt: skip
    return Plan(name, paper.asked_at, head, pieces, log.told, ticket_log(ticket, named), _sheet(paper, pieces, made))


def left_out(row: Evidence) -> str:
    """Return why the bytes of a piece are not in the pack, "" where they are."""
    if row.deleted_at:
        return "deleted"
    if row.scan == Evidence.Scan.INFECTED:
        return "infected"
    # Found out before and written down; what nobody knows yet fails the pack.
    return row.failure if row.failure in NOT_SHOWN else ""


def facts_of(row: Evidence, ticket: Ticket, named: bool) -> dict[str, Any]:
    """Return what the manifest tells of a piece."""
    ours = row.uploaded_by or row.api_key
    who = {Actor.CUSTOMER: ticket.customer, Actor.PARTNER: row.partner}.get(Actor(row.uploader_kind), ours)
    return {
        "evidence": row.pk, "sha256": row.sha256, "size": row.size, "media_type": row.media_type,
        "kind": row.kind, "place": row.place, "of": _belongs(row), "merged_from": _merged_from(row, ticket),
        "shows": row.shows if named else "",
        "name": row.name if named else "", "uploaded_at": utc(row.uploaded_at),
        "uploaded_by": {
            "kind": row.uploader_kind, "name": str(who or "") if named else "", "key": row.api_key_id,
            "command": row.command,
        },
        "stored_at": utc(row.stored_at), "version": row.version_id, "taken_at": utc(row.taken_at),
        "taken_source": row.taken_source, "reduced": row.reduced, "width": row.width, "height": row.height,
        "duration": row.duration, "pages": row.pages, "seen_before": row.seen_before, "fingerprint": row.fingerprint,
        "scan": row.scan, "deleted_at": utc(row.deleted_at), "deletion": row.deletion, "purged_at": utc(row.purged_at),
    }  # fmt: skip


def _belongs(row: Evidence) -> str:
    of = {
        "inspection": row.inspection_id, "packing": row.shipment_id, "return": row.returned_id,
        "catalogue": row.product_id,
    }  # fmt: skip
    return next((name for name, pk in of.items() if pk), "complaint")


def _merged_from(row: Evidence, ticket: Ticket) -> str:
    return row.ticket.number if row.ticket is not None and row.ticket_id != ticket.pk else ""


def utc(at: dt.datetime | None) -> str | None:
    """Return a time as the log writes it."""
    return at.astimezone(dt.UTC).isoformat() if at else None


# ── the contact sheet ───────────────────────────────────────────────────────────────────────────────────────────────
def _sheet(paper: Paper, pieces: list[Piece], made: str) -> dict[str, Any]:
    """Return the data of the contact sheet; which thumbnails there are is known when they are fetched."""
    ticket = paper.ticket
    data = frame(
        ticket, title=_("Evidence of %(number)s") % {"number": ticket.number}, subtitle=ticket.get_problem_display(),
        made=made, language=str(paper.asked.get("language") or "en"),
    )  # fmt: skip
    inside = [each for each in pieces if not each.left_out]
    data["blocks"] = [
        facts([
            (_("Order"), ticket.order.number), (_("Files"), len(inside)),
            (_("Left out"), len(pieces) - len(inside) or ""),
            (_("Check"), _("The hashes are those of the files as they were received (SHA-256). Read README.txt.")),
        ])
    ]  # fmt: skip
    data["cards"] = [_card(each) for each in pieces]
    return data


def _card(piece: Piece) -> dict[str, Any]:
    row = piece.row
    sent = _("Sent by %(who)s on %(at)s") % {"who": Actor(row.uploader_kind).label, "at": moment(row.uploaded_at)}
    taken = _("Taken on %(at)s, as the camera says") % {"at": moment(row.taken_at)} if row.taken_at else ""
    words = {"deleted": _("Deleted"), "infected": _("Left out: malware"), "": _("No picture")}
    size = as_one(f"{row.width} × {row.height} px · {row.size} B")
    other = piece.facts["merged_from"]
    merged = _("Sent with %(ticket)s, merged into this one") % {"ticket": other} if other else ""
    notes = [sent, merged, taken, size, _("Made smaller by the device") if row.reduced else "", row.seen_before]
    if row.deleted_at:
        notes.append(_("Deleted on %(at)s") % {"at": moment(row.deleted_at)})
    return {
        "number": piece.number, "file": "", "title": f"{piece.number}. {_shows(row)}", "sha256": row.sha256,
        "notes": [str(each) for each in notes if each], "empty": words.get(piece.left_out, _("Its bytes are lost")),
    }  # fmt: skip


def _shows(row: Evidence) -> str:
    """Return what a card is headed with: what it is of, and the place."""
    words = [photos.caption(row), str(row.get_place_display())]
    if row.kind != Evidence.Kind.PHOTO:
        words.append(str(row.get_kind_display()))
    return " · ".join(dict.fromkeys(words))


# ── the ZIP ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass
class Writer:
    """Puts files into the ZIP, piece by piece, and keeps what the manifest says of them."""

    archive: zipfile.ZipFile
    at: dt.datetime
    sign: Sign
    files: list[dict[str, Any]] = field(default_factory=list)

    def put(self, name: str, pieces: Iterator[bytes], *, role: str, media_type: str, stored: bool = True) -> str:
        """Write one file and return its SHA-256."""
        info = zipfile.ZipInfo(name, self.at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        total, size = hashlib.sha256(), 0
        with self.archive.open(info, "w", force_zip64=True) as target:
            for piece in pieces:
                total.update(piece)
                size += len(piece)
                target.write(piece)
                self.sign()
        sha256 = total.hexdigest()
        self.files.append({"file": name, "sha256": sha256, "size": size, "media_type": media_type, "role": role})
        return sha256

    def put_text(self, name: str, text: str, *, role: str, media_type: str) -> str:
        """Write a text and return its SHA-256."""
        return self.put(name, iter([text.encode()]), role=role, media_type=media_type, stored=False)


def write(plan: Plan, path: Path, sign: Sign) -> str:
    """Write the ZIP and return the SHA-256 of its manifest. Call it outside the organization.

    Raises NotMade with the name of a file that is not the one received, and StorageDown.
    """
    told, cards = [], plan.sheet["cards"]
    thumbs: dict[str, bytes] = {}
    with zipfile.ZipFile(path, "w") as archive:
        writer = Writer(archive, plan.at, sign)
        for done, piece in enumerate(plan.packed):
            sign(done=done, total=len(plan.packed))
            _original(writer, piece)
            piece.facts["copy"] = _copy(writer, piece)
            thumb = _thumb(piece.row)
            if thumb:
                card = cards[piece.number - 1]
                card["file"] = f"{piece.number}.jpg"
                thumbs[card["file"]] = thumb
        sign(done=len(plan.packed), total=len(plan.packed))
        writer.put_text(verifier.LOG, as_json(plan.log), role="log", media_type="application/json")
        writer.put_text("ticket.json", as_json(plan.events), role="log", media_type="application/json")
        sheet = typst.pdf("contact", plan.sheet, thumbs, at=plan.at)
        writer.put("contact-sheet.pdf", iter([sheet]), role="sheet", media_type="application/pdf")
        writer.put_text("README.txt", README, role="help", media_type="text/plain")
        writer.put_text("verify.py", Path(verifier.__file__).read_text(), role="help", media_type="text/x-python")
        for piece in plan.pieces:
            names = {"number": piece.number, "left_out": piece.left_out}
            files = {"original": None if piece.left_out else piece.original, "copy": piece.facts.pop("copy", None)}
            told.append({**names, **files, **piece.facts})
        manifest = as_json({**plan.head, "files": list(writer.files), "pieces": told})
        sha256 = writer.put_text(verifier.MANIFEST, manifest, role="manifest", media_type="application/json")
        writer.put_text(verifier.TOLD, f"{sha256}  {verifier.MANIFEST}\n", role="manifest", media_type="text/plain")
    return sha256


def as_json(value: Any) -> str:
    """Return a value as JSON for people too."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _original(writer: Writer, piece: Piece) -> None:
    row, name = piece.row, piece.original
    try:
        sha256 = writer.put(name, received(row), role="original", media_type=row.media_type)
    except FileNotFoundError:
        raise typst.NotMade(_("%(file)s is not in the store any more.") % {"file": name}) from None
    if sha256 != row.sha256:
        raise typst.NotMade(
            _("%(file)s: the store has other bytes than those received; their hash is %(hash)s….")
            % {"file": name, "hash": sha256[:12]}
        )


def received(row: Evidence) -> Iterator[bytes]:
    """Yield the bytes as received, from the spool where the store does not have them yet."""
    if row.stored_at is None:
        try:
            with spool.path(row.organization_id, row.sha256).open("rb") as file:
                while piece := file.read(storage.CHUNK):
                    yield piece
            return
        except FileNotFoundError:
            # A worker has brought them into the store since the row was read.
            pass
    yield from storage.chunks(row.original_key, row.version_id)


def _small(row: Evidence, key: str, sha256: str) -> bytes:
    """Return a copy; b"" where there is none or another, which is made again from the original."""
    if row.state != Evidence.State.READY or not key:
        return b""
    try:
        found = b"".join(storage.chunks(key))
    except FileNotFoundError:
        found = b""
    if hashlib.sha256(found).hexdigest() == sha256:
        return found
    pipeline.remake(row.organization, row)
    return b""


def _copy(writer: Writer, piece: Piece) -> str | None:
    found = _small(piece.row, piece.row.display_key, piece.row.display_sha256)
    if not found:
        return None
    name = f"copies/{piece.stem}.jpg"
    writer.put(name, iter([found]), role="copy", media_type=storage.COPY_TYPE)
    return name


def _thumb(row: Evidence) -> bytes:
    return _small(row, row.thumb_key, row.thumb_sha256)
