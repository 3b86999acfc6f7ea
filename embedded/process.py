"""One child process: started in its own session, stopped with its whole group, its output kept in a file."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class PartFailed(Exception):
    """A server did not start or did not answer in time; the message ends with the last lines of its log."""


class Process:
    """A command that can be started, watched, restarted and stopped.

    The child gets its own session, so that Ctrl-C reaches only the supervisor, which then decides the order.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: int | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace: float = 10.0,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self.environ = dict(os.environ if environ is None else environ)
        self.cwd = cwd
        self.user = user
        self.stop_signal = stop_signal
        self.grace = grace
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id, or None before the first start."""
        return self.child.pid if self.child else None

    def start(self) -> None:
        """Start the command; raises PartFailed if it cannot be executed."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        as_other = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        try:
            with self.log.open("ab") as output:
                self.child = subprocess.Popen(
                    self.command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self.environ,
                    cwd=self.cwd,
                    start_new_session=True,
                    **as_other,  # type: ignore[call-overload]
                )
        except OSError as error:
            raise PartFailed(f"{self.name} cannot be started: {error}") from error

    def alive(self) -> bool:
        """True while the started child runs."""
        return self.child is not None and self.child.poll() is None

    def ask_to_stop(self) -> None:
        """Send the stop signal to the child alone: a worker finishes its tasks, PostgreSQL ends its sessions."""
        if self.alive():
            assert self.child is not None
            self.child.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Stop the child and whatever it left in its group; returns when nothing of it runs."""
        if self.child is None:
            return
        self.ask_to_stop()
        try:
            self.child.wait(self.grace)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self) -> None:
        """Kill the whole group at once, the children of a dead leader too."""
        if self.child is None:
            return
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.child.wait()

    def wait_until(self, ready: Callable[[], bool], *, timeout: float, pause: float = 0.03) -> None:
        """Return as soon as `ready` is true; raises PartFailed if the child ends or the time is over."""
        end = time.monotonic() + timeout
        while not ready():
            if not self.alive():
                code = self.child.returncode if self.child else "never started"
                raise PartFailed(f"{self.name} ended at once (exit {code}).\n{self.tail()}")
            if time.monotonic() > end:
                self.kill()
                raise PartFailed(f"{self.name} did not answer within {timeout:.0f} s.\n{self.tail()}")
            time.sleep(pause)

    def tail(self, lines: int = 15) -> str:
        """The last lines of the child's log, or an empty text."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


def is_running(pid: int, *, mentions: str) -> bool:
    """True if the process lives and its command line contains the text (ids are reused, so the text decides)."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        listing = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
        command = listing.stdout
    return mentions in command


def wait_gone(pid: int, *, mentions: str, timeout: float) -> bool:
    """Wait until that process has ended; False if it still runs after the time."""
    end = time.monotonic() + timeout
    while is_running(pid, mentions=mentions):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
