"""The warm server: `python -I -c …` with a socket as standard input, no environment, in the root folder.

It imports the decoders once and forks for each job. A job is one message, JSON with "mode", "kind", "decoder", "cpu"
and "wall", and three descriptors: the file, the pipe for the answer, and a pipe for the server's word. The child
confines itself before it reads a byte, answers one line of JSON and then bytes, and ends. {"problem": word, "detail":
text} is a refusal, {"failed": text} our own fault. Of a child that ended otherwise the server says so with the byte
DIED; an answer cut short without it is a server that was killed, and its children with it.

The server itself opens no file of a stranger. It ends when the application's end of the socket closes.
"""

import codecs
import contextlib
import ctypes
import errno
import importlib
import json
import math
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from . import MEMORY, Problem

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MOST_MESSAGE = 4096
DIED = b"x"
# How often the dead are buried and the late ended, in milliseconds, while a child works.
LOOK_MS = 50
# Python's own tables, read from disk at their first use; metadata is written in any of them.
ENCODINGS = ("ascii", "cp1252", "latin-1", "mac-roman", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32")

Answer = tuple[dict[str, Any], bytes]


class Child(NamedTuple):
    """When a child is late, and the pipe on which its death is told."""

    until: float
    word: int


def serve(control: socket.socket | None = None) -> None:
    """Fork for each job until the application's end closes."""
    control = control or socket.socket(fileno=0)
    load("photo")
    for encoding in ENCODINGS:
        codecs.lookup(encoding)
    libc = ctypes.CDLL(None)
    children: dict[int, Child] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        ready = poll.poll(LOOK_MS if children else None)
        bury(children)
        if not ready:
            continue
        message, descriptors, _flags, _address = socket.recv_fds(control, MOST_MESSAGE, 3)
        if not message:
            break
        job = json.loads(message)
        work = load(job["decoder"])
        source, target, word = descriptors
        pid = os.fork()
        if pid == 0:
            control.close()
            for each in (word, *(child.word for child in children.values())):
                os.close(each)
            work_and_end(libc, work, job, source, target)
        children[pid] = Child(time.monotonic() + job["wall"] + 1, word)
        os.close(source)
        os.close(target)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def load(decoder: str) -> Callable[[str, str, BinaryIO], Answer]:
    """Return a decoder's `answer(mode, kind, file)`; its libraries are imported once, before any fork."""
    answer: Callable[[str, str, BinaryIO], Answer] = importlib.import_module(f"{__package__}.{decoder}").answer
    return answer


def bury(children: dict[int, Child]) -> None:
    """Reap children that ended, say so where it was not well, and kill those later than their alarm allowed."""
    for pid, child in list(children.items()):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            if status:
                # Whoever asked may not listen any more.
                with contextlib.suppress(BrokenPipeError):
                    os.write(child.word, DIED)
            os.close(child.word)
            del children[pid]
        elif time.monotonic() > child.until:
            os.kill(pid, signal.SIGKILL)


def work_and_end(
    libc: ctypes.CDLL, work: Callable[[str, str, BinaryIO], Answer], job: dict[str, Any], source: int, target: int
) -> None:  # pragma: no cover - in a forked child
    """Answer one job into its pipe and end the process, whatever happens."""
    status = 1
    try:
        confine(libc, job["cpu"], job["wall"])
        line, rest = answer(work, job, source)
        data = memoryview(json.dumps(line).encode() + b"\n" + rest)
        while data:
            data = data[os.write(target, data) :]
        status = 0
    finally:
        os._exit(status)


def answer(work: Callable[[str, str, BinaryIO], Answer], job: dict[str, Any], source: int) -> Answer:
    """Return a decoder's answer, or its refusal."""
    try:
        with open(source, "rb", closefd=False) as file:
            return work(job["mode"], job["kind"], file)
    except Problem as problem:
        return {"problem": problem.word, "detail": problem.detail[:300]}, b""
    except MemoryError as error:
        return {"problem": "heavy", "detail": repr(error)[:300]}, b""
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EMFILE:
            # A module that nobody imported before the fork: our fault, not the file's.
            return {"failed": repr(error)[:300]}, b""
        # Decoders raise OSError, SyntaxError, ValueError, IndexError, RuntimeError, struct.error and others.
        return {"problem": "damaged", "detail": repr(error)[:300]}, b""


def confine(libc: ctypes.CDLL, cpu: float, wall: int) -> None:
    """Take the rights to memory, time, files and sockets away from this process; they cannot be had back.

    No descriptor more can be opened, so neither a file nor a connection; no file can grow; the parent's death is ours.
    """
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, math.ceil(cpu)),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    signal.alarm(wall)
    # The limit above knows whole seconds only, and of those the next one.
    signal.setitimer(signal.ITIMER_PROF, cpu)
