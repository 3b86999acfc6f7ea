"""From a row to bytes: `prepare` reads inside the organization, `finish` talks to the store and to typst outside it."""

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from evidence import storage
from evidence.media import EXTENSIONS
from evidence.models import Evidence
from tickets.models import Ticket

from . import case_file, claim_pack, customs_pack, pack, return_label, typst
from .blocks import Document, file_of, moment
from .models import Paper

PDF, ZIP = "application/pdf", "application/zip"
MOST_ORIGINAL_BYTES = 400 * 1024 * 1024
BUILDERS = {
    Paper.Kind.CASE_FILE: case_file.document, Paper.Kind.CLAIM: claim_pack.document,
    Paper.Kind.CUSTOMS: customs_pack.document, Paper.Kind.RETURN_LABEL: return_label.document,
}  # fmt: skip
SPREADSHEET_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Made:
    """A paper as a file on the disk, the name it is downloaded under, and its type; of an evidence pack also the
    hash of its manifest and the keys of the evidence in it."""

    path: Path
    name: str
    media_type: str
    manifest_sha256: str = ""
    pieces: list[int] = field(default_factory=list)


@dataclass
class Prepared:
    """A paper with everything read that goes in."""

    name: str
    at: dt.datetime
    document: Document
    archive: bool = False
    tracking: list[list[str]] = field(default_factory=list)


def prepare(paper: Paper) -> Prepared | pack.Plan:
    """Read what goes into a paper. Call it inside the organization. Raises NotMade."""
    ticket = Ticket.objects.select_related("order__customer", "line", "customer").get(pk=paper.ticket_id)
    paper.ticket, ticket.organization = ticket, paper.organization
    name = f"{ticket.number}-{paper.kind.replace('_', '-')}-{paper.pk}"
    with translation.override(paper.words_in), timezone.override(paper.organization.zone):
        if paper.kind == Paper.Kind.EVIDENCE:
            return pack.prepare(paper, name, made_line(paper))
        document = BUILDERS[Paper.Kind(paper.kind)](paper, made_line(paper))
    archive = bool(paper.asked.get("archive")) and paper.kind == Paper.Kind.CLAIM
    tracking = claim_pack.tracking(ticket) if archive else []
    return Prepared(name, paper.asked_at, document, archive, tracking)


def made_line(paper: Paper) -> str:
    """Return when and for whom the paper is made."""
    day = moment(paper.asked_at)
    if paper.asked_by is None:
        return _("Made on %(day)s") % {"day": day}
    if paper.asked.get("names") is False:
        return _("Made on %(day)s by %(name)s") % {"day": day, "name": paper.organization.name}
    return _("Made on %(day)s by %(name)s") % {"day": day, "name": paper.asked_by}


def finish(prepared: Prepared | pack.Plan, folder: Path, sign: pack.Sign) -> Made:
    """Make the paper as a file in `folder`; `sign` is called often, with how far it is where that is known.

    Raises NotMade or StorageDown. Call it outside the organization.
    """
    path = folder / "paper"
    if isinstance(prepared, pack.Plan):
        manifest = pack.write(prepared, path, sign)
        pieces = sorted(each.row.pk for each in prepared.packed)
        return Made(path, f"{prepared.name}.zip", ZIP, manifest, pieces)
    pictures = {name: _copy(photo) for name, photo in prepared.document.pictures.items()}
    content = typst.pdf(prepared.document.template, prepared.document.data, pictures, at=prepared.at)
    path.write_bytes(_archive(prepared, content) if prepared.archive else content)
    return Made(path, f"{prepared.name}.zip", ZIP) if prepared.archive else Made(path, f"{prepared.name}.pdf", PDF)


def _copy(photo: Evidence) -> bytes:
    try:
        content = b"".join(storage.chunks(photo.display_key))
    except FileNotFoundError:
        raise typst.NotMade("A photo is not in the store any more.") from None
    if hashlib.sha256(content).hexdigest() != photo.display_sha256:
        raise typst.NotMade("A photo in the store is not the one that was made: its hash differs.")
    return content


def _archive(prepared: Prepared, pdf: bytes) -> bytes:
    """Return a ZIP with the PDF, the original photos, the tracking log and the hash of each of these files."""
    photos = list(prepared.document.pictures.values())
    if sum(photo.size for photo in photos) > MOST_ORIGINAL_BYTES:
        raise typst.NotMade("The original photos are too large for one archive; take the PDF and single photos.")
    target = io.BytesIO()
    manifest: list[dict[str, object]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, content: bytes, **more: object) -> None:
            archive.writestr(zipfile.ZipInfo(name, prepared.at.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
            manifest.append({"file": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} | more)

        add(f"{prepared.name}.pdf", pdf)
        add("tracking.csv", _csv(prepared.tracking))
        for photo in photos:
            name = f"photos/{photo.pk}-{photo.place}.{EXTENSIONS[photo.media_type]}"
            add(name, _original(photo), taken_at=photo.taken_at and photo.taken_at.isoformat(), in_pdf=file_of(photo))
        lines = json.dumps({"made_at": prepared.at.isoformat(), "files": manifest}, ensure_ascii=False, indent=1)
        archive.writestr(zipfile.ZipInfo("manifest.json", prepared.at.timetuple()[:6]), lines)
    return target.getvalue()


def _original(photo: Evidence) -> bytes:
    try:
        with storage.open_original(photo.original_key, photo.version_id) as file:
            content = file.read()
    except FileNotFoundError:
        raise typst.NotMade("An original photo is not in the store any more.") from None
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        raise typst.NotMade("An original photo is not the one that was received: its hash differs.")
    return content


def _csv(rows: list[list[str]]) -> bytes:
    """Return rows as CSV; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target)
    for row in rows:
        writer.writerow(["'" + cell if cell.startswith(SPREADSHEET_SIGNS) else cell for cell in row])
    return ("\ufeff" + target.getvalue()).encode()
