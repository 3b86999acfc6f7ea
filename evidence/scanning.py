"""ClamAV, asked over its INSTREAM protocol (clamd(8)) at `settings.CLAMD_URL`; empty means that no scanner is there."""

import socket
import time
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

CHUNK = 64 * 1024
DEFAULT_PORT = 3310
LONGEST_ANSWER = 4096
# Seconds for connecting or handing over one chunk, for the verdict after the last chunk (clamd's own MaxScanTime is
# 120), and for a whole file. A worker waits here, never a person.
STEP_SECONDS = 10.0
ANSWER_SECONDS = 130.0
WHOLE_SECONDS = 300.0
# What clamd calls a file that it did not look through to its end because of its own limits.
UNFINISHED = "Heuristics.Limits.Exceeded"


class ScannerDown(Exception):
    """No verdict. `how`: unset, refused, slow, closed, too_large (more than the daemon reads), or garbled."""

    def __init__(self, how: str, said: str = "") -> None:
        super().__init__(f"{how}: {said}" if said else how)
        self.how = how


@dataclass(frozen=True)
class Verdict:
    """What the scanner says of one file; `signature` names what it found and is empty for a clean one."""

    clean: bool
    signature: str = ""


def configured() -> bool:
    """Return whether this installation has a scanner."""
    return bool(settings.CLAMD_URL)


def ping() -> None:
    """Return if the daemon answers; raises ScannerDown."""
    with _Line() as line:
        line.send(b"zPING\0")
        if (answer := line.answer()) != "PONG":
            raise ScannerDown("garbled", answer)


def scan(file: BinaryIO) -> Verdict:
    """Return the verdict on a file's bytes, read from its beginning in pieces; raises ScannerDown without one."""
    file.seek(0)
    with _Line() as line:
        try:
            line.send(b"zINSTREAM\0")
            while piece := file.read(CHUNK):
                line.send(len(piece).to_bytes(4, "big") + piece)
            line.send(bytes(4))
        except ScannerDown as error:
            # A daemon that has read enough answers first and then closes; its answer is the better reason.
            if error.how != "closed":
                raise
        return _verdict(line.answer())


def _verdict(answer: str) -> Verdict:
    """Read `stream: OK`, `stream: <signature> FOUND` or `<reason> ERROR`; anything else is no verdict."""
    if answer == "stream: OK":
        return Verdict(clean=True)
    signature = answer.removeprefix("stream: ").removesuffix(" FOUND")
    if "size limit exceeded" in answer or signature.startswith(UNFINISHED):
        raise ScannerDown("too_large", answer)
    if signature and answer == f"stream: {signature} FOUND":
        return Verdict(clean=False, signature=signature)
    raise ScannerDown("garbled", answer)


def _connect(address: SplitResult) -> socket.socket:
    """Return a connection to `tcp://host:port` or `unix:///path`; raises OSError."""
    if address.scheme != "unix":
        return socket.create_connection((address.hostname, address.port or DEFAULT_PORT), timeout=STEP_SECONDS)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(STEP_SECONDS)
    try:
        line.connect(address.path)
    except OSError:
        line.close()
        raise
    return line


class _Line:
    """One connection for one command; every operation has its own limit and all of them one together."""

    def __enter__(self) -> "_Line":
        self.end = time.monotonic() + WHOLE_SECONDS
        found = urlsplit(settings.CLAMD_URL)
        if not found.scheme:
            raise ScannerDown("unset")
        try:
            self.socket = _connect(found)
        except TimeoutError as error:
            raise ScannerDown("slow", "connect") from error
        except OSError as error:
            raise ScannerDown("refused", str(error)) from error
        return self

    def __exit__(self, *failure: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Hand over these bytes; raises ScannerDown."""
        self._within(STEP_SECONDS)
        try:
            self.socket.sendall(data)
        except TimeoutError as error:
            raise ScannerDown("slow", "send") from error
        except OSError as error:
            raise ScannerDown("closed", "send") from error

    def answer(self) -> str:
        """Return the one line the daemon says, without its closing zero byte; raises ScannerDown."""
        said = b""
        end = min(self.end, time.monotonic() + ANSWER_SECONDS)
        while b"\0" not in said:
            self._within(end - time.monotonic())
            try:
                more = self.socket.recv(LONGEST_ANSWER)
            except TimeoutError as error:
                raise ScannerDown("slow", "answer") from error
            except OSError as error:
                raise ScannerDown("closed", "answer") from error
            said += more
            if not more:
                raise ScannerDown("closed", said.decode(errors="replace"))
            if len(said) > LONGEST_ANSWER:
                raise ScannerDown("garbled", f"{len(said)} bytes")
        line, _, rest = said.partition(b"\0")
        if rest:
            raise ScannerDown("garbled", f"{len(rest)} bytes after the answer")
        return line.decode(errors="replace").strip()

    def _within(self, seconds: float) -> None:
        left = min(seconds, self.end - time.monotonic())
        if left <= 0:
            raise ScannerDown("slow", "in all")
        self.socket.settimeout(left)
