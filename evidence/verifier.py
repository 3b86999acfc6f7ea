"""Checks an evidence pack. Needs nothing but Python 3.8 or newer; each pack holds this file as verify.py.

    python verify.py PACK.zip               checks a pack without unpacking it
    python verify.py FOLDER                 checks an unpacked pack; without a name, the one in which this file lies
    python verify.py --manifest HASH …      also that the manifest is the one whose SHA-256 the sender told you

One line is written for each thing that is wrong. It ends with 0 where nothing is, else with 1. Nothing is unpacked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import stat
import sys
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

FORMAT = "aftersales-evidence-pack/1"
MANIFEST, TOLD, LOG = "manifest.json", "manifest.sha256", "log.json"
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
CHUNK = 1024 * 1024
# A manifest or a log of a ticket is far smaller; what is larger is not read into memory.
MOST_JSON = 64 * 1024 * 1024
# What the first event of a log and the manifest both tell of a piece.
TOLD_TWICE = ("size", "media_type", "reduced", "taken_at", "taken_source")


class Wrong(Exception):
    """One thing that is not as it should be: the name of what, and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{shown(name)}: {why}")


def shown(text: Any) -> str:
    """Return a text that does nothing to a terminal."""
    safe = str(text)[:200].encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in safe)


# ── where the files are ─────────────────────────────────────────────────────────────────────────────────────────────
class Zipped:
    """The files of a pack inside its ZIP; `odd` is what no pack has."""

    def __init__(self, path: str) -> None:
        self.archive = zipfile.ZipFile(path)
        self.odd: list[Wrong] = []
        self.files: dict[str, zipfile.ZipInfo] = {}
        for info in self.archive.infolist():
            if info.filename in self.files:
                self.odd.append(Wrong(info.filename, "is in the ZIP twice"))
            elif not NAME.fullmatch(info.filename) or info.orig_filename != info.filename:
                self.odd.append(Wrong(info.orig_filename, "is a name that no pack has"))
            elif info.flag_bits & 1:
                self.odd.append(Wrong(info.filename, "is encrypted"))
            else:
                self.files[info.filename] = info

    def open(self, name: str) -> Any:
        """Return the file's content as a stream."""
        return self.archive.open(self.files[name])


class Folder:
    """The files of an unpacked pack; links are not followed."""

    def __init__(self, path: str) -> None:
        self.odd: list[Wrong] = []
        self.files: dict[str, str] = {}
        for folder, _folders, names in os.walk(path):
            for each in names + [name for name in _folders if os.path.islink(os.path.join(folder, name))]:
                whole = os.path.join(folder, each)
                name = os.path.relpath(whole, path).replace(os.sep, "/")
                if not stat.S_ISREG(os.lstat(whole).st_mode):
                    self.odd.append(Wrong(name, "is no file"))
                elif not NAME.fullmatch(name):
                    self.odd.append(Wrong(name, "is a name that no pack has"))
                else:
                    self.files[name] = whole

    def open(self, name: str) -> BinaryIO:
        """Return the file's content as a stream."""
        return open(self.files[name], "rb")


def pieces(pack: Zipped | Folder, name: str) -> Iterator[bytes]:
    """Yield a file's content in pieces. Raises Wrong where it cannot be read."""
    try:
        with pack.open(name) as file:
            piece = file.read(CHUNK)
            while piece:
                yield piece
                piece = file.read(CHUNK)
    except GeneratorExit:
        raise
    except Exception as error:
        # A damaged ZIP raises much: BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError.
        raise Wrong(name, f"cannot be read ({shown(error) or type(error).__name__})") from error


def content(pack: Zipped | Folder, name: str) -> bytes:
    """Return a small file. Raises Wrong where it is missing or cannot be read."""
    if name not in pack.files:
        raise Wrong(name, "is missing")
    found: list[bytes] = []
    for piece in pieces(pack, name):
        found.append(piece)
        if len(found) * CHUNK > MOST_JSON:
            raise Wrong(name, "is far too large")
    return b"".join(found)


def parsed(name: str, data: bytes) -> Any:
    """Return JSON in which no key stands twice. Raises Wrong."""
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise Wrong(name, f"is no readable JSON ({shown(error)})") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


# ── what is checked ─────────────────────────────────────────────────────────────────────────────────────────────────
def findings(pack: Zipped | Folder, told: str = "") -> Iterator[Wrong]:
    """Yield what is wrong with a pack; `told` is the SHA-256 of the manifest as the sender says it."""
    yield from pack.odd
    try:
        data = content(pack, MANIFEST)
        yield from of_manifest(pack, data, told)
        manifest = parsed(MANIFEST, data)
        if manifest["format"] != FORMAT:
            raise Wrong(MANIFEST, f"has the format {shown(manifest['format'])}; this checks {FORMAT}")
        yield from of_files(pack, manifest)
        yield from of_pieces(manifest)
        yield from of_logs(manifest, parsed(LOG, content(pack, LOG)))
    except Wrong as wrong:
        yield wrong
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        yield Wrong(MANIFEST, f"or {LOG} is not formed as in a pack ({type(error).__name__}: {shown(error)})")


def of_manifest(pack: Zipped | Folder, data: bytes, told: str) -> Iterator[Wrong]:
    """Yield whether the manifest is another than the one told of."""
    found = hashlib.sha256(data).hexdigest()
    if content(pack, TOLD) != f"{found}  {MANIFEST}\n".encode():
        yield Wrong(MANIFEST, f"is not the one whose hash stands in {TOLD}")
    if told and told.strip().lower() != found:
        yield Wrong(MANIFEST, f"has the SHA-256 {found}, not the one told")


def of_files(pack: Zipped | Folder, manifest: dict[str, Any]) -> Iterator[Wrong]:
    """Yield each file that is missing, too much or not the one listed."""
    listed = {each["file"]: each for each in manifest["files"]}
    if len(listed) != len(manifest["files"]):
        yield Wrong(MANIFEST, "lists a file twice")
    for name in listed:
        if name not in pack.files:
            yield Wrong(name, "is missing")
    for name in pack.files:
        if name not in listed and name not in (MANIFEST, TOLD):
            yield Wrong(name, "is not in the manifest")
    for name, each in listed.items():
        if name in pack.files:
            wrong = of_file(pack, name, each["size"], each["sha256"])
            if wrong:
                yield wrong


def of_file(pack: Zipped | Folder, name: str, size: int, sha256: str) -> Wrong | None:
    """Return what is wrong with one file's content."""
    total, length = hashlib.sha256(), 0
    try:
        for piece in pieces(pack, name):
            total.update(piece)
            length += len(piece)
            if length > size:
                return Wrong(name, f"is longer than the {size} bytes listed")
    except Wrong as wrong:
        return wrong
    if length != size:
        return Wrong(name, f"has {length} bytes, listed are {size}")
    if total.hexdigest() != sha256:
        return Wrong(name, f"was changed: its SHA-256 is {total.hexdigest()}, listed is {shown(sha256)}")
    return None


def of_pieces(manifest: dict[str, Any]) -> Iterator[Wrong]:
    """Yield where the list of pieces and the list of files do not say the same."""
    originals = {each["file"]: each for each in manifest["files"] if each["role"] == "original"}
    for each in manifest["pieces"]:
        name = each["original"]
        if name is None:
            if not each["left_out"]:
                yield Wrong(MANIFEST, f"piece {shown(each['number'])} has no file and no reason why")
            continue
        found = originals.pop(name, None)
        if found is None or (found["sha256"], found["size"]) != (each["sha256"], each["size"]):
            yield Wrong(name, f"is not the file of piece {shown(each['number'])}")
    for name in originals:
        yield Wrong(name, "belongs to no piece")


# ── the log ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def of_logs(manifest: dict[str, Any], log: dict[str, Any]) -> Iterator[Wrong]:
    """Yield what is wrong with the events of each piece, with those of the tickets, and with the seals over them."""
    chains = {each["evidence"]: each["events"] for each in log["pieces"]}
    if len(chains) != len(log["pieces"]):
        yield Wrong(LOG, "tells of a piece twice")
    for each in manifest["pieces"]:
        name = f"{LOG}, piece {shown(each['number'])}"
        events = chains.pop(each["evidence"], None)
        if events:
            yield from of_chain(name, each, events)
        else:
            yield Wrong(name, "has no events")
    for evidence in chains:
        yield Wrong(LOG, f"tells of evidence {shown(evidence)}, which is not in the manifest")
    yield from of_asked(manifest["asked"], log["asked"])
    ids = [event["id"] for each in log["pieces"] + log["asked"] for event in each["events"]]
    if len(set(ids)) != len(ids):
        yield Wrong(LOG, "has an event twice")
    yield from of_seals(log["seals"], ids)


def of_asked(manifest: list[dict[str, Any]], log: list[dict[str, Any]]) -> Iterator[Wrong]:
    """Yield what is wrong with the events of what was asked for, a chain for the ticket and each merged into it."""
    chains = {each["ticket"]: each["events"] for each in log}
    if len(chains) != len(log):
        yield Wrong(LOG, "tells of a ticket twice")
    for each in manifest:
        name = f"{LOG}, asked for on {shown(each['ticket'])}"
        yield from of_links(name, {"ticket": each["ticket"]}, each, chains.pop(each["ticket"], []))
    for ticket in chains:
        yield Wrong(LOG, f"tells of ticket {shown(ticket)}, which is not in the manifest")


def chained(previous: str, payload: str) -> str:
    """Return the hash of an event: SHA-256 of the hash before, a line feed and the payload."""
    return hashlib.sha256(f"{previous}\n{payload}".encode()).hexdigest()


def of_links(name: str, about: dict[str, Any], ends: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[Wrong]:
    """Yield each event that was changed, does not follow from the one before, or tells of something else than `about`;
    and whether they end as the manifest says in `ends`."""
    previous, number = "", 0
    for each in events:
        event = parsed(name, each["payload"].encode())
        here = f"event {shown(event['number'])} ({shown(event['verb'])})"
        if each["hash"] != chained(each["previous"], each["payload"]):
            yield Wrong(name, f"{here} was changed")
        if event["number"] != number + 1:
            yield Wrong(name, f"between event {number} and {here} events are missing")
        elif each["previous"] != previous:
            yield Wrong(name, f"{here} does not follow from the event before")
        if any(event.get(key) != value for key, value in about.items()):
            yield Wrong(name, f"{here} tells of something else than the manifest")
        previous, number = each["hash"], event["number"]
    if (ends["events"], ends["last_event"]) != (number, previous):
        yield Wrong(name, f"ends with event {shown(number)}; the manifest says {shown(ends['events'])}")


def of_chain(name: str, piece: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[Wrong]:
    """Yield what is wrong with the events of one piece, and where they tell otherwise of it than the manifest."""
    yield from of_links(name, {"evidence": piece["evidence"], "sha256": piece["sha256"]}, piece, events)
    first = parsed(name, events[0]["payload"].encode())
    detail, sender = first["detail"], piece["uploaded_by"]
    same = first["verb"] == "uploaded" and (first["at"], first["actor"], first["key"], first["command"]) == (
        piece["uploaded_at"], sender["kind"], sender["key"], sender["command"],
    )  # fmt: skip
    if not same or any(detail[each] != piece[each] for each in TOLD_TWICE):
        yield Wrong(name, "its first event tells otherwise of what was received than the manifest")
    if piece["left_out"] == "deleted" and not any(
        parsed(name, e["payload"].encode())["verb"] == "deleted" for e in events
    ):
        yield Wrong(name, "has no event that says that it was deleted")


def of_seals(seals: list[dict[str, Any]], ids: Iterable[int]) -> Iterator[Wrong]:
    """Yield where the seals do not follow from one another, or leave out an event that is older than the last."""
    before: dict[str, Any] | None = None
    for each in seals:
        name = f"{LOG}, seal {shown(each['number'])}"
        if each["number"] == 1 and (each["previous"], each["first"]) != ("", 1):
            yield Wrong(name, "is the first one and follows from another")
        if before is not None:
            if each["number"] <= before["number"] or each["first"] <= before["last"]:
                yield Wrong(name, "does not come after the seal before")
            elif each["number"] == before["number"] + 1 and (each["previous"], each["first"]) != (
                before["hash"], before["last"] + 1,
            ):  # fmt: skip
                yield Wrong(name, "does not follow from the seal before")
        before = each
    sealed = before["last"] if before else 0
    covered = dict.fromkeys(range(len(seals)), 0)
    for event in ids:
        within = [n for n, seal in enumerate(seals) if seal["first"] <= event <= seal["last"]]
        for n in within:
            covered[n] += 1
        if event <= sealed and not within:
            yield Wrong(LOG, f"event with id {shown(event)} is in no seal, though later ones are")
    for n, count in covered.items():
        if count > seals[n]["count"]:
            yield Wrong(f"{LOG}, seal {shown(seals[n]['number'])}", "covers fewer events than lie in it")


# ── the command ─────────────────────────────────────────────────────────────────────────────────────────────────────
def check(path: str, told: str = "") -> Iterator[str]:
    """Yield a line for each thing that is wrong with the pack at `path`, a ZIP or a folder; none where all is well."""
    try:
        pack = Folder(path) if os.path.isdir(path) else Zipped(path)
    except Exception as error:
        # zipfile raises much on damaged files, also struct.error and ValueError.
        yield f"{shown(path)}: is no readable ZIP ({shown(error) or type(error).__name__})"
        return
    for each in findings(pack, told):
        yield str(each)


def main(arguments: list[str]) -> int:
    """Check what the arguments name; return 0 where nothing is wrong, else 1."""
    parser = argparse.ArgumentParser(description="Checks an evidence pack.")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("pack", nargs="?", default=here, help="the ZIP, or the folder that it was unpacked to")
    parser.add_argument("--manifest", metavar="SHA256", default="", help="what the sender told you")
    asked = parser.parse_args(arguments)
    wrong = 0
    for line in check(asked.pack, asked.manifest):
        sys.stdout.write(f"{line}\n")
        wrong += 1
    sys.stdout.write(f"{wrong} wrong\n" if wrong else "Nothing is wrong: every file is the one that was packed.\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
