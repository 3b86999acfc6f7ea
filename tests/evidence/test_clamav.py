"""The scanner's client against a real clamd that knows one signature: `script/test -m clamav`.

Without clamd they are skipped and say so; CLAMAV_REQUIRED=1 (`.ci/run` sets it as root) turns that into a failure.
"""

import io
import os
import signal
import time
import zlib
from pathlib import Path

import pytest

from embedded.clamav import MEGABYTE, Clamav, find_clamd
from embedded.s3 import free_port
from evidence import scanning
from tests.evidence.pictures import corners, encode, photo

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.clamav

# The harmless test pattern of www.eicar.org, in two pieces: in one it would be found in this file, too.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + rb"-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Test.EICAR.UNOFFICIAL"
LONGEST = 4 * MEGABYTE


@pytest.fixture(scope="module", autouse=True)
def program():
    """Skips without a clamd, or fails where one is required."""
    if not find_clamd():
        say = pytest.fail if os.environ.get("CLAMAV_REQUIRED") == "1" else pytest.skip
        say("No clamd here; install the package clamav-daemon.")


@pytest.fixture(scope="module")
def started(program, tmp_path_factory):
    server = Clamav(tmp_path_factory.mktemp("clamav"), {"Test.EICAR": EICAR}, longest=LONGEST, port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["socket", "port"])
def clamd(started, settings, request):
    """The daemon, asked over its Unix socket and over TCP."""
    settings.CLAMD_URL = started.url if request.param == "socket" else f"tcp://127.0.0.1:{started.port}"
    return started


def scan(data: bytes) -> scanning.Verdict:
    return scanning.scan(io.BytesIO(data))


def pdf(content: bytes, *, packed: bool = False) -> bytes:
    """Return a document of one empty page with this content in a stream of its own."""
    stream = zlib.compress(content) if packed else content
    how = b"/Filter /FlateDecode " if packed else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>",
        b"<< %s/Length %d >>\nstream\n%s\nendstream" % (how, len(stream), stream),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    tail = b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return out + tail % (table, len(out))


def test_it_answers(clamd):
    scanning.ping()


@pytest.mark.parametrize(
    "data", [photo(), photo("PNG"), photo("WEBP"), photo("HEIF"), pdf(b"BT ET"), b"", b"x" * MEGABYTE]
)
def test_ordinary_files_are_clean(clamd, data):
    assert scan(data) == scanning.Verdict(clean=True, signature="")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(encode(corners(), comment=EICAR), id="in a photo's comment"),
        pytest.param(photo(mark=EICAR), id="behind a photo"),
        pytest.param(pdf(EICAR), id="in a document"),
        pytest.param(pdf(EICAR, packed=True), id="packed in a document"),
        pytest.param(b"x" * (scanning.CHUNK - 20) + EICAR, id="across two chunks"),
        pytest.param(b"x" * (3 * MEGABYTE) + EICAR, id="at the end of a large one"),
    ],
)
def test_what_is_known_is_found_and_named(clamd, data):
    assert scan(data) == scanning.Verdict(clean=False, signature=NAME)


def test_a_file_on_disk_is_read_from_its_beginning(clamd, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(EICAR + b"x" * 10)
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        assert not scanning.scan(file).clean


def test_more_than_the_daemon_reads_is_no_verdict(clamd):
    assert scan(b"x" * (LONGEST - 1)).clean
    with pytest.raises(scanning.ScannerDown) as caught:
        scan(b"x" * (LONGEST * 5))
    assert caught.value.how == "too_large"
    # The daemon lives on.
    assert scan(photo()).clean


def test_a_stopped_daemon_is_down_and_then_up_again(started, settings):
    settings.CLAMD_URL = started.url
    for end in (started.process.kill, started.stop):
        end()
        with pytest.raises(scanning.ScannerDown) as caught:
            scan(photo())
        assert caught.value.how == "refused"
        started.start()
        assert scan(photo()).clean


def test_a_frozen_daemon_is_given_up(started, settings, monkeypatch):
    """It takes the connection, as the kernel does, and nothing more happens."""
    settings.CLAMD_URL = started.url
    monkeypatch.setattr(scanning, "STEP_SECONDS", 1)
    monkeypatch.setattr(scanning, "ANSWER_SECONDS", 1)
    os.kill(started.process.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        for data in (photo(), b"x" * (3 * MEGABYTE)):
            with pytest.raises(scanning.ScannerDown) as caught:
                scan(data)
            assert caught.value.how == "slow"
        assert time.monotonic() - begun < 4
    finally:
        os.kill(started.process.pid, signal.SIGCONT)
    assert scan(photo()).clean


def test_composes_settings_leave_nothing_unscanned(tmp_path, settings):
    """The file that Compose mounts, with small limits: what lies beyond them is never called clean."""
    lines = (ROOT / "deploy" / "clamav" / "clamd.conf").read_text().splitlines()
    wanted = dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    limits = ("StreamMaxLength", "MaxFileSize", "MaxScanSize")
    assert len({wanted.pop(name) for name in limits}) == 1
    for name in ("DatabaseDirectory", "LocalSocket", "TCPSocket", "User"):
        wanted.pop(name)
    server = Clamav(tmp_path, {"Test.EICAR": EICAR}, extra=wanted | {"MaxFileSize": "64K", "MaxScanSize": "64K"})
    server.start()
    settings.CLAMD_URL = server.url
    try:
        assert scan(photo()).clean
        with pytest.raises(scanning.ScannerDown) as caught:
            scan(b"x" * MEGABYTE + EICAR)
        assert caught.value.how == "too_large"
    finally:
        server.stop()
