"""The scanner's client against a small server that speaks the protocol's bytes; the real one: test_clamav.py."""

import io
import socket
import threading
import time

import pytest

from evidence import scanning


class Daemon:
    """A thread that takes one connection after the other and does what the test says, byte by byte."""

    def __init__(self, behave):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"tcp://127.0.0.1:{self.listening.getsockname()[1]}"
        self.behave = behave
        self.received = b""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            with line:
                line.settimeout(10)
                try:
                    self.behave(self, line)
                except OSError:
                    pass

    def read(self, line, end: bytes):
        """Read on until what came ends so."""
        while not self.received.endswith(end):
            more = line.recv(65536)
            if not more:
                return
            self.received += more

    def stop(self):
        self.over.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join(5)


@pytest.fixture
def daemon(settings):
    started = []

    def start(behave) -> Daemon:
        started.append(Daemon(behave))
        settings.CLAMD_URL = started[0].url
        return started[0]

    yield start
    for one in started:
        one.stop()


def answering(*pieces: bytes):
    """Read the whole stream, then say these pieces one by one."""

    def behave(daemon, line):
        daemon.read(line, bytes(4))
        for piece in pieces:
            line.sendall(piece)
            time.sleep(0.02)

    return behave


def failure(data: bytes = b"photo") -> str:
    with pytest.raises(scanning.ScannerDown) as caught:
        scanning.scan(io.BytesIO(data))
    return caught.value.how


# ── what is said ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_stream_is_the_protocols_bytes(daemon):
    server = daemon(answering(b"stream: OK\0"))
    data = b"x" * scanning.CHUNK + b"rest"
    file = io.BytesIO(data)
    file.seek(7)
    assert scanning.scan(file) == scanning.Verdict(clean=True)
    head = b"zINSTREAM\0" + (65536).to_bytes(4, "big")
    assert server.received == head + data[:65536] + (4).to_bytes(4, "big") + b"rest" + bytes(4)


def test_an_empty_file_is_a_stream_without_chunks(daemon):
    server = daemon(answering(b"stream: OK\0"))
    assert scanning.scan(io.BytesIO(b"")).clean
    assert server.received == b"zINSTREAM\0" + bytes(4)


def test_ping(daemon):
    def behave(server, line):
        server.read(line, b"zPING\0")
        line.sendall(b"PONG\0")

    daemon(behave)
    scanning.ping()


# ── what is answered ───────────────────────────────────────────────────────────────────────────────────────────────
def test_an_answer_in_pieces_is_put_together(daemon):
    daemon(answering(b"str", b"eam: Win.Test", b".EICAR_HDB-1 FOU", b"ND", b"\0"))
    assert scanning.scan(io.BytesIO(b"x")) == scanning.Verdict(clean=False, signature="Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    ("said", "how"),
    [
        (b"", "closed"),
        (b"stream: O", "closed"),
        (b"stream: OK", "closed"),  # without its end it may be the beginning of something else
        (b"stream: OK\0stream: OK\0", "garbled"),
        (b"stream: OK FOUND ERROR\0", "garbled"),
        (b"stream: FOUND\0", "garbled"),
        (b"stream:  FOUND\0", "garbled"),
        (b"OK\0", "garbled"),
        (b"\0", "garbled"),
        (b"\xff\xfe\0", "garbled"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n\0", "garbled"),
        (b"COMMAND READ TIMED OUT\0", "garbled"),
        (b"stream: Can't allocate memory ERROR\0", "garbled"),
        (b"INSTREAM size limit exceeded. ERROR\0", "too_large"),
        (b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0", "too_large"),
        (b"x" * 10_000, "garbled"),
    ],
)
def test_what_is_no_verdict_is_never_clean(daemon, said, how):
    daemon(answering(said) if said else answering())
    assert failure() == how


def test_an_early_refusal_is_read_although_the_rest_cannot_be_sent(daemon):
    def behave(server, line):
        line.recv(4096)
        line.sendall(b"INSTREAM size limit exceeded. ERROR\0")

    daemon(behave)
    assert failure(b"x" * 20_000_000) == "too_large"


def test_a_daemon_that_closes_in_the_middle_gives_no_verdict(daemon):
    daemon(lambda server, line: line.recv(4096))
    assert failure(b"x" * 20_000_000) == "closed"


# ── who is not there ───────────────────────────────────────────────────────────────────────────────────────────────
def test_nobody_at_the_address(settings, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.CLAMD_URL = f"tcp://127.0.0.1:{port}"
    assert failure() == "refused"
    settings.CLAMD_URL = f"unix://{tmp_path}/none.sock"
    assert failure() == "refused"
    settings.CLAMD_URL = "tcp://scanner.invalid:3310"
    assert failure() == "refused"
    with pytest.raises(scanning.ScannerDown):
        scanning.ping()


def test_without_an_address_nothing_is_scanned(settings):
    settings.CLAMD_URL = ""
    assert not scanning.configured()
    assert failure() == "unset"
    settings.CLAMD_URL = "tcp://scanner:3310"
    assert scanning.configured()


# ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_daemon_that_never_answers_is_given_up(daemon, monkeypatch):
    monkeypatch.setattr(scanning, "ANSWER_SECONDS", 0.3)
    daemon(lambda server, line: (server.read(line, bytes(4)), server.over.wait(10)))
    begun = time.monotonic()
    assert failure() == "slow"
    assert time.monotonic() - begun < 2


def test_a_daemon_that_takes_nothing_is_given_up(daemon, monkeypatch):
    monkeypatch.setattr(scanning, "STEP_SECONDS", 0.3)
    daemon(lambda server, line: server.over.wait(10))
    begun = time.monotonic()
    assert failure(b"x" * 20_000_000) == "slow"
    assert time.monotonic() - begun < 3


def test_drops_do_not_stretch_the_limits(daemon, monkeypatch):
    """Each byte comes in time, the answer as a whole does not."""

    def behave(server, line):
        server.read(line, bytes(4))
        while not server.over.wait(0.05):
            line.sendall(b"x")

    daemon(behave)
    for name in ("ANSWER_SECONDS", "WHOLE_SECONDS"):
        with monkeypatch.context() as patch:
            patch.setattr(scanning, name, 0.5)
            begun = time.monotonic()
            assert failure() == "slow"
            assert time.monotonic() - begun < 2
