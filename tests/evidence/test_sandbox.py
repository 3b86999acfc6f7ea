"""The server of the decoders: what happens to a child that misbehaves, and to the server itself."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from evidence import media
from evidence.sandbox import LIMITS, Limit, client
from tests.evidence.pictures import photo, upload

# A server as it is, whose decoder of photos does something else with files that are marked.
TAMPERED = """
import sys; sys.path.append(sys.argv[1])
from evidence.sandbox import photo, server
honest = photo.answer
def answer(mode, kind, source):
    if b"MARKED" not in source.read(): return honest(mode, kind, source)
{body}
photo.answer = answer
server.serve()
"""
MARKED = photo(mark=b"MARKED")


@pytest.fixture
def tampered(monkeypatch):
    """Start a server whose decoder runs the given lines on a marked photo."""

    def start(*lines: str):
        monkeypatch.setattr(client, "START", TAMPERED.format(body="\n".join(f"    {line}" for line in lines)))
        client.stop()

    yield start
    client.stop()


def gone(pid: int, within: float = 5) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
            if "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text():
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("import os; os.abort()", "heavy"),
        ("import os; os._exit(3)", "heavy"),
        ("return {'width': bytearray(2 << 30)}, b''", "heavy"),
        ("raise IndexError('a decoder')", "damaged"),
    ],
)
def test_what_dies_in_the_sandbox_is_a_refusal_and_the_next_photo_is_taken(tampered, line, reason):
    tampered(line)
    media.inspect(upload())
    pid = client.server().process.pid
    with pytest.raises(media.NotAccepted) as caught:
        media.inspect(upload(MARKED))
    assert caught.value.reason == reason
    assert media.inspect(upload()).width == 64
    assert client.server().process.pid == pid


@pytest.mark.parametrize("line", ["while True: pass", "import time; time.sleep(60)"])
def test_what_hangs_is_ended_while_others_are_served(tampered, monkeypatch, line):
    monkeypatch.setitem(LIMITS, "photo", Limit(1, 2))
    tampered("import signal; signal.signal(signal.SIGALRM, signal.SIG_IGN)", line)
    media.inspect(upload())
    seen = []

    def hang():
        try:
            media.inspect(upload(MARKED))
        except media.NotAccepted as error:
            seen.append(error.reason)

    thread = threading.Thread(target=hang)
    thread.start()
    assert media.inspect(upload()).width == 64
    assert thread.is_alive(), "nobody waited for it"
    thread.join(10)
    assert seen == ["heavy"]
    until = time.monotonic() + 5
    while children(client.server().process.pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not children(client.server().process.pid), "the dead are buried"


def test_a_child_knows_no_secret_writes_no_file_and_opens_nothing(tampered, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", os.environ["SECRET_KEY"])
    written = tmp_path / "x"
    written.write_bytes(b"before")
    tampered(
        "import os, json, socket, signal",
        "told = {'names': sorted(set(os.environ) - {'LC_CTYPE'}), 'cwd': os.getcwd()}",
        "told['django'] = 'django' in sys.modules",
        "told['descriptors'] = [n for n in range(1024) if os.path.exists(f'/proc/self/fd/{n}')]",
        "for name, work in (",
        f"    ('file', lambda: open({str(written)!r})), ('socket', socket.socket),",
        "    ('write', lambda: os.open('/tmp/x', os.O_CREAT | os.O_WRONLY)), ('memory', lambda: bytearray(1 << 30)),",
        "):",
        "    try: work(); told[name] = True",
        "    except (OSError, MemoryError): told[name] = False",
        "return told, b''",
    )
    path = tmp_path / "photo"
    path.write_bytes(MARKED)
    line, _rest = client.ask("check", "photo", "JPEG", path)
    assert (line["names"], line["cwd"], line["django"]) == ([], "/", False)
    assert not any(line[name] for name in ("file", "socket", "write", "memory"))
    assert len(line["descriptors"]) <= 5, "standard ones, the photo, the answer"


def test_a_server_that_was_killed_is_started_again():
    media.inspect(upload())
    first = client.server().process.pid
    os.kill(first, signal.SIGKILL)
    assert media.inspect(upload()).width == 64
    assert client.server().process.pid != first


def test_copies_are_made_although_a_child_was_killed(tampered):
    """Kept evidence is not called unreadable because the machine's memory was short for a moment."""
    tampered("import time; time.sleep(1); source.seek(0)", "return honest(mode, kind, source)")
    media.inspect(upload())
    parent = client.server().process.pid
    killed: list[int] = []
    until = time.monotonic() + 10

    def children() -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]

    def kill() -> None:
        while not killed and time.monotonic() < until:
            for pid in children():
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    while children() and time.monotonic() < until:
        time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    copies = media.render(upload(MARKED))
    killer.join()
    assert killed and copies.display.startswith(b"\xff\xd8\xff")


def test_a_server_that_another_thread_has_stopped_is_dead():
    """Two threads find it dead; one stops it while the other still asks."""
    running = client.server()
    running.process.kill()
    running.process.wait()
    running.stop()
    assert running.alive is False
    assert media.inspect(upload()).width == 64


def test_threads_that_ask_while_the_server_is_killed_get_an_answer_or_our_fault():
    ended = time.monotonic() + 3
    found: list[object] = []

    def look() -> None:
        while time.monotonic() < ended:
            try:
                found.append(media.inspect(upload()).width)
            except media.SandboxFailed as error:
                found.append(type(error))
            except Exception as error:
                found.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    while time.monotonic() < ended:
        os.kill(client.server().process.pid, signal.SIGKILL)
        time.sleep(0.25)
    for thread in threads:
        thread.join(30)
    assert 64 in found and set(found) <= {64, media.SandboxFailed}


def test_a_server_that_cannot_start_is_our_fault(tampered, monkeypatch):
    tampered("pass")
    monkeypatch.setattr(client, "START", "raise SystemExit(1)")
    with pytest.raises(media.SandboxFailed):
        media.inspect(upload())


def test_a_child_that_wants_a_module_nobody_imported_is_our_fault(tampered):
    tampered("import mailbox")
    with pytest.raises(media.SandboxFailed):
        media.inspect(upload(MARKED))


def test_many_threads_at_once_are_answered_each_its_own():
    sizes = [(40 + 2 * number, 30) for number in range(24)]
    seen = {}

    def look(size):
        seen[size] = media.inspect(upload(photo(size=size))).width

    threads = [threading.Thread(target=look, args=(size,)) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == {size: size[0] for size in sizes}


def test_the_server_does_not_grow():
    def memory() -> int:
        status = Path(f"/proc/{client.server().process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    data = photo(size=(1200, 900))
    media.inspect(upload(data))
    before = memory()
    for _round in range(30):
        media.inspect(upload(data))
    assert memory() - before < 4096, "kilobytes"


SCRIPT = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from evidence.sandbox import client
from pathlib import Path
def pid():
    client.ask("check", "photo", "JPEG", Path(sys.argv[2]))
    return client.server().process.pid
pids = [pid()]
if sys.argv[3] == "fork":
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(pid()).encode())
        os._exit(0)
    os.wait()
    pids += [json.loads(os.read(reading, 99)), pid()]
print(json.dumps(pids), flush=True)
if sys.argv[3] == "wait":
    sys.stdin.read()
"""


def elsewhere(path, how: str) -> subprocess.Popen:
    path.write_bytes(photo())
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(client.ROOT), str(path), how],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.parametrize("how", ["killed", "ended"])
def test_the_server_dies_with_its_application(tmp_path, how):
    with elsewhere(tmp_path / "photo", "wait") as application:
        (server,) = json.loads(application.stdout.readline())
        assert not gone(server, within=0.1)
        if how == "killed":
            application.kill()
        else:
            application.stdin.close()
        application.wait(10)
    assert gone(server)


def test_a_forked_process_has_a_server_of_its_own(tmp_path):
    with elsewhere(tmp_path / "photo", "fork") as application:
        parents, childs, parents_again = json.loads(application.stdout.readline())
        application.wait(10)
    assert parents == parents_again != childs
    assert gone(parents) and gone(childs)
