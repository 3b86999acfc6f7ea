"""What evidence costs, against plain Pillow doing the same work on the same photos in the same run."""

import hashlib
import http.client
import io
import os
import random
import statistics
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aftersales.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.files import File  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402

from aftersales.tenants.models import Membership, Organization, User  # noqa: E402
from aftersales.tenants.roles import Role  # noqa: E402
from aftersales.tenants.scope import tenant  # noqa: E402
from evidence import actions, media, pipeline  # noqa: E402
from evidence.sandbox import client  # noqa: E402
from tests.factories import make_line, make_order  # noqa: E402
from tickets import actions as tickets  # noqa: E402
from tickets.actions import By  # noqa: E402

GOAL = 0.8
# 4:3 with 12 megapixels, as phones make them.
CAMERA = (4032, 3024)
AT_ONCE = (1, 8, 32)
UPLOADS = 32


def photos(folder: Path, count: int) -> list[Path]:
    """Make photos of 12 megapixels with the grain of a camera: about 4 MB each, no two alike."""
    grain = Image.effect_noise((1008, 756), 48).resize(CAMERA, Image.Resampling.BICUBIC)
    found = []
    for number in range(count):
        rng = random.Random(number)
        colours = Image.new("RGB", (8, 6))
        colours.putdata([tuple(rng.randrange(30, 226) for _ in range(3)) for _ in range(48)])
        picture = Image.blend(colours.resize(CAMERA, Image.Resampling.BICUBIC), grain.convert("RGB"), 0.3)
        exif = Image.Exif()
        exif[0x0112] = 6
        path = folder / f"{number}.jpg"
        picture.save(path, "JPEG", quality=90, exif=exif.tobytes())
        found.append(path)
    return found


def plain(path: Path) -> None:
    """Do what `pipeline.derive` does with Pillow alone, in this process, trusting the file."""
    data = path.read_bytes()
    hashlib.sha256(data).hexdigest()
    with Image.open(io.BytesIO(data)) as image:
        for side, quality in ((1600, 85), (320, 78)):
            image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=3.0)
            upright = ImageOps.exif_transpose(image).convert("RGB")
            upright.save(io.BytesIO(), "JPEG", quality=quality, optimize=True, progressive=True)
        upright.convert("L").resize((9, 8), Image.Resampling.LANCZOS).tobytes()
        upright.convert("L").resize((8, 9), Image.Resampling.LANCZOS).tobytes()


def sandboxed(path: Path) -> None:
    """Do the same in the sandbox."""
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    media.render(path)


def seconds(work: Callable[[], object]) -> float:
    """Return how long a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def derived(found: list[Path]) -> None:
    """Print photos a second on one core: plain Pillow, the sandbox, and their ratio pair by pair."""
    plain(found[0]), sandboxed(found[0])
    pairs = [(seconds(lambda p=p: plain(p)), seconds(lambda p=p: sandboxed(p))) for p in found]  # type: ignore[misc]
    theirs, ours = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"copies, one core: plain Pillow {1 / theirs:.2f} photos/s, sandbox {1 / ours:.2f}, ratio {ratio:.2f}",
        flush=True,
    )
    print(f"  goal {GOAL}: {'reached' if ratio >= GOAL else 'missed'}")


@contextmanager
def watching_memory() -> Iterator[dict[str, int]]:
    """Measure the largest resident size of the sandbox's processes, in KiB, while the block runs."""
    peaks: dict[str, int] = {"server": 0, "child": 0}
    ended = threading.Event()
    server = client.server().process.pid

    def look() -> None:
        while not ended.wait(0.004):
            for name, pid in (("server", server), *(("child", each) for each in children(server))):
                peaks[name] = max(peaks[name], high_water(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peaks
    finally:
        ended.set()
        thread.join()


def children(pid: int) -> list[int]:
    """Return the processes that a process made."""
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def high_water(pid: int) -> int:
    """Return the most resident memory of a process in KiB, 0 where it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


class World:
    """An organization with tickets enough for every upload, and a session that may add to them."""

    def __init__(self, wanted: int) -> None:
        self.organization = Organization.objects.create(slug=f"bench-{uuid.uuid4().hex[:6]}", name="Bench")
        user = User.objects.create_user(f"{uuid.uuid4().hex}@bench.example", "a long pass phrase")
        membership = Membership.objects.create(organization=self.organization, user=user, role=Role.OPERATOR)
        self.by = By.member(user, membership)
        with tenant(self.organization):
            self.tickets = [self._ticket(n) for n in range(wanted // actions.FILES_PER_TICKET + 1)]
        session = SessionStore()
        session["_auth_user_id"], session["_auth_user_hash"] = str(user.pk), user.get_session_auth_hash()
        session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[0]
        session.save()
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={'c' * 32}"
        self.next = 0

    def _ticket(self, number: int):
        order = make_order(number=f"B-{number}")
        return tickets.file_directly(
            order, make_line(order), by=By.customer(order.customer), channel="portal", problem="broken_inside", text="x"
        )

    def ticket(self):
        """Return a ticket with room for another file."""
        self.next += 1
        return self.tickets[(self.next - 1) // actions.FILES_PER_TICKET]


def whole(found: list[Path]) -> None:
    """Print photos a second of one worker from the spool to ready, with store and rows, and its memory."""
    world = World(len(found))
    rows = []
    for path in found:
        with path.open("rb") as file:
            rows.append(
                actions.add_evidence(
                    organization=world.organization, file=File(file, "a.jpg"), by=world.by, place="whole",
                    ticket=world.ticket(),
                )
            )  # fmt: skip
    with watching_memory() as peaks:
        took = seconds(lambda: [pipeline.process(world.organization, row.pk) for row in rows])
    print(f"worker, from spool to ready, with store and rows: {len(rows) / took:.2f} photos/s")
    own = high_water(os.getpid())
    print(f"  memory at most: worker {own // 1024} MiB, sandbox {peaks['server'] // 1024} MiB,"
          f" decoding child {peaks['child'] // 1024} MiB")  # fmt: skip


def uploads(found: list[Path]) -> None:
    """Print how long an upload takes when 1, 8 and 32 come at once: what a phone sends, 2048 pixels wide."""
    world = World(UPLOADS * len(AT_ONCE) + 1)
    bodies = [small(path, n) for n, path in enumerate(found)]
    number = iter(range(10**6))

    def upload(_n: int) -> float:
        mark = next(number)
        body = bodies[mark % len(bodies)] + str(mark).encode()
        return seconds(lambda: post(world, body))

    upload(0)
    alone = 0.0
    for many in AT_ONCE:
        with ThreadPoolExecutor(many) as pool:
            took = sorted(pool.map(upload, range(UPLOADS)))
        middle, late = took[len(took) // 2], took[int(len(took) * 0.95)]
        alone = alone or middle
        times = f"median {middle:.2f} s, p95 {late:.2f} s, {middle / alone:.1f} x one at a time"
        print(f"upload, {many:2d} at once: {times}")


def small(path: Path, number: int) -> bytes:
    """Return a photo as a phone shrinks it."""
    target = io.BytesIO()
    with Image.open(path) as image:
        image.thumbnail((2048, 2048))
        image.save(target, "JPEG", quality=82)
    return target.getvalue() + str(number).encode()


def post(world: World, body: bytes) -> None:
    """Send one photo to a ticket as the script of the page does. Raises RuntimeError where it is not kept."""
    edge = uuid.uuid4().hex
    address = f"/{world.organization.slug}/desk/tickets/{world.ticket().number}/photos/add/"
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
        + body,
        f'--{edge}\r\nContent-Disposition: form-data; name="place"\r\n\r\nwhole'.encode(),
    ]
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}", "Accept": "application/json", "Cookie": world.cookie,
        "X-CSRFToken": "c" * 32,
    }  # fmt: skip
    line = http.client.HTTPConnection("127.0.0.1", int(os.environ["BENCH_PORT"]), timeout=120)
    line.request("POST", address, b"\r\n".join(parts) + f"\r\n--{edge}--\r\n".encode(), headers)
    answer = line.getresponse()
    said = answer.read()
    line.close()
    if answer.status != 201:
        raise RuntimeError(f"{answer.status}: {said[:300]!r}")


def main() -> None:
    """Print all figures."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with TemporaryDirectory() as folder:
        found = photos(Path(folder), int(sys.argv[1]))
        size = sum(path.stat().st_size for path in found) / len(found) / 1e6
        pixels = CAMERA[0] * CAMERA[1] / 1e6
        print(f"{len(found)} photos of {pixels:.0f} megapixels, {size:.1f} MB each; {os.cpu_count()} cores")
        derived(found)
        whole(found)
        uploads(found)


if __name__ == "__main__":
    main()
