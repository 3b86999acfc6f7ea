"""A real ClamAV daemon that knows only the signatures it is given: no network, no updates. For tests only."""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from embedded.places import private_folder, socket_folder
from embedded.process import PartFailed, Process
from embedded.s3 import LOOPBACK

MEGABYTE = 1024 * 1024


def find_clamd() -> str | None:
    """The daemon's path, or None where the package (Debian: clamav-daemon) is missing."""
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


class Clamav:
    """A daemon in `folder`/clamav that listens on a Unix socket and, where a port is given, on loopback.

    `signatures` maps a name to the bytes it stands for; the daemon reports it as `<name>.UNOFFICIAL`. `longest` is the
    most that it reads of one stream, in bytes; `extra` are settings of clamd.conf(5) that replace the ones here.
    """

    name = "clamav"

    def __init__(
        self,
        folder: Path,
        signatures: Mapping[str, bytes],
        *,
        longest: int = 100 * MEGABYTE,
        port: int = 0,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.data = folder / "clamav"
        self.socket = socket_folder(folder) / "clamd.sock"
        self.signatures = signatures
        self.longest = longest
        self.port = port
        self.extra = dict(extra or {})
        self.settings = self.data / "clamd.conf"
        command = [find_clamd() or "clamd", "--foreground", f"--config-file={self.settings}"]
        self.process = Process(self.name, command, log=folder / "log" / "clamav.log")

    @property
    def url(self) -> str:
        """What `CLAMD_URL` names."""
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Write signatures and settings and start the daemon; raises PartFailed."""
        if not find_clamd():
            raise PartFailed("No clamd here: install the package clamav-daemon.")
        database = private_folder(private_folder(self.data) / "database")
        lines = [f"{name}:0:*:{pattern.hex()}\n" for name, pattern in self.signatures.items()]
        (database / "own.ndb").write_text("".join(lines))
        wanted = self._settings(database) | self.extra
        self.settings.write_text("".join(f"{name} {value}\n" for name, value in wanted.items()))
        self.process.start()
        self.process.wait_until(self._answers, timeout=60)

    def stop(self) -> None:
        """Stop the daemon; returns when it has gone."""
        self.process.stop()

    def _settings(self, database: Path) -> dict[str, object]:
        found: dict[str, object] = {
            "DatabaseDirectory": database,
            "LocalSocket": self.socket,
            "LocalSocketMode": 600,
            "TemporaryDirectory": self.data,
            "StreamMaxLength": self.longest,
            "SelfCheck": 0,
            "MaxThreads": 4,
        }
        return found | ({"TCPAddr": LOOPBACK, "TCPSocket": self.port} if self.port else {})

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(2)
            try:
                line.connect(os.fspath(self.socket))
                line.sendall(b"zPING\0")
                return line.recv(16) == b"PONG\0"
            except OSError:
                return False
