"""The warm server: `python -I -c …` with a socket as standard input, no environment, in the root folder.

It imports the decoders once and forks for each job. A job is one message, JSON with "mode", "kind", "decoder", "cpu"
and "wall", and two descriptors: the file and the pipe for the answer. The child confines itself before it reads a byte,
answers one line of JSON and then bytes, and ends. {"problem": word, "detail": text} is a refusal, {"failed": text} our
own fault; no line is a child that died.

The server itself opens no file of a stranger. It ends when the application's end of the socket closes.
"""

import codecs
import ctypes
import errno
import importlib
import json
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from . import MEMORY, Problem

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
MOST_MESSAGE = 4096
# How often the dead are buried and the late ended, in milliseconds, while a child works.
LOOK_MS = 200
# Python's own tables, read from disk at their first use; metadata is written in any of them.
ENCODINGS = ("ascii", "cp1252", "latin-1", "mac-roman", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "utf-32")

Answer = tuple[dict[str, Any], bytes]


def serve(control: socket.socket | None = None) -> None:
    """Fork for each job until the application's end closes."""
    control = control or socket.socket(fileno=0)
    load("photo")
    for encoding in ENCODINGS:
        codecs.lookup(encoding)
    libc = ctypes.CDLL(None)
    children: dict[int, float] = {}
    poll = select.poll()
    poll.register(control, select.POLLIN)
    while True:
        ready = poll.poll(LOOK_MS if children else None)
        bury(children)
        if not ready:
            continue
        message, descriptors, _flags, _address = socket.recv_fds(control, MOST_MESSAGE, 2)
        if not message:
            break
        job = json.loads(message)
        work = load(job["decoder"])
        pid = os.fork()
        if pid == 0:
            control.close()
            work_and_end(libc, work, job, *descriptors)
        children[pid] = time.monotonic() + job["wall"] + 1
        for descriptor in descriptors:
            os.close(descriptor)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def load(decoder: str) -> Callable[[str, str, BinaryIO], Answer]:
    """Return a decoder's `answer(mode, kind, file)`; its libraries are imported once, before any fork."""
    answer: Callable[[str, str, BinaryIO], Answer] = importlib.import_module(f"{__package__}.{decoder}").answer
    return answer


def bury(children: dict[int, float]) -> None:
    """Reap children that ended, and kill those that are later than their alarm allowed."""
    for pid, until in list(children.items()):
        if os.waitpid(pid, os.WNOHANG)[0]:
            del children[pid]
        elif time.monotonic() > until:
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


def confine(libc: ctypes.CDLL, cpu: int, wall: int) -> None:
    """Take the rights to memory, time, files and sockets away from this process; they cannot be had back.

    No descriptor more can be opened, so neither a file nor a connection; no file can grow; the parent's death is ours.
    """
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    signal.alarm(wall)
