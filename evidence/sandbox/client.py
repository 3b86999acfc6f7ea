"""How the application asks the sandbox: one warm server for each process, started when it is first needed."""

import atexit
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from . import BYTES_A_SECOND, LIMITS

START = "import sys; sys.path.append(sys.argv[1]); from evidence.sandbox.server import serve; serve()"
ROOT = Path(__file__).resolve().parents[2]
# The child ends itself at its alarm, the server a late child a second later; this is for a machine that stands still.
PATIENCE_SECONDS = 3
MOST_ANSWER = 64 * 1024 * 1024


class Died(Exception):
    """The child ended without an answer: a limit or a fault in a decoder."""


class Failed(Exception):
    """No server could be started, or it was killed: our fault, not the file's."""


class Server:
    """A server process and our end of its socket."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-c", START, str(ROOT)], stdin=theirs.fileno(), stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, env={}, cwd="/", start_new_session=True,
            )  # fmt: skip
        self.socket = ours
        self.stopped = False
        # A server that does not read must not hold the caller.
        ours.settimeout(PATIENCE_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether the server still holds its end of the socket; the process's own status comes later."""
        poll, number = select.poll(), self.socket.fileno()
        # Another thread may find it dead and stop it meanwhile; its number may then be another file's.
        if number < 0:
            return False
        poll.register(number, 0)
        return not poll.poll(0) and not self.stopped

    def stop(self) -> None:
        """End the process and wait for it."""
        self.stopped = True
        self.socket.close()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def forget(self) -> None:
        """Let go of a server that belongs to the process we were forked from."""
        self.socket.close()
        self.process.returncode = 0


_server: Server | None = None
_lock = threading.Lock()


def server() -> Server:
    """Return this process's server, started or started again where needed. Raises Failed."""
    global _server
    with _lock:
        if _server is not None and not _server.alive:
            _server.stop()
            _server = None
        if _server is None:
            try:
                _server = Server()
            except OSError as error:
                raise Failed(str(error)) from error
        return _server


def stop() -> None:
    """End this process's server, if it has one."""
    global _server
    with _lock:
        if _server is not None:
            _server.stop()
            _server = None


def _forked() -> None:
    global _server, _lock
    _lock = threading.Lock()
    if _server is not None:
        _server.forget()
        _server = None


os.register_at_fork(after_in_child=_forked)
atexit.register(stop)


def ask(mode: str, decoder: str, kind: str, path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the line and the bytes that a child answers for a file. Raises Died, Failed or OSError (no such file)."""
    with path.open("rb") as file:
        for _attempt in range(2):
            running = server()
            try:
                data = exchange(running, mode, decoder, kind, file.fileno())
            except ConnectionError:
                continue
            except OSError:
                if running.alive:
                    raise
                continue
            if data is None:
                continue
            head, _newline, rest = data.partition(b"\n")
            line = json.loads(head)
            if "failed" in line:
                raise Failed(line["failed"])
            return line, rest
    raise Failed("The sandbox's server ended twice.")


def exchange(running: Server, mode: str, decoder: str, kind: str, source: int) -> bytes | None:
    """Send one job and return all that its child writes; None where the server ended before it. Raises Died."""
    limit = LIMITS[decoder]
    seconds = limit.cpu + os.fstat(source).st_size / BYTES_A_SECOND
    seconds = seconds if mode == "check" else 2 * seconds
    job = {"mode": mode, "kind": kind, "decoder": decoder, "cpu": seconds, "wall": limit.wall}
    (answers, target), (word, teller) = os.pipe(), os.pipe()
    try:
        try:
            socket.send_fds(running.socket, [json.dumps(job).encode()], [source, target, teller])
        except TimeoutError as error:
            raise Failed("The sandbox's server does not read.") from error
        finally:
            os.close(target)
            os.close(teller)
        data = read(answers, time.monotonic() + limit.wall + PATIENCE_SECONDS)
        if b"\n" in data:
            return data
        if read(word, time.monotonic() + PATIENCE_SECONDS):
            raise Died
        return None
    finally:
        os.close(answers)
        os.close(word)


def read(answers: int, until: float) -> bytes:
    """Return what a pipe brings until its end. Raises Died at the deadline, and for far too much."""
    poll = select.poll()
    poll.register(answers, select.POLLIN)
    parts: list[bytes] = []
    size = 0
    while size <= MOST_ANSWER:
        left = until - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            break
        part = os.read(answers, 1 << 20)
        if not part:
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    raise Died
