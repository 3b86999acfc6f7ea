"""The object store slow, stopped, full or gone in the middle: nobody waits for long, and nothing half is taken."""

import hashlib
import os
import secrets
import threading
import time

import pytest

from aftersales import storage as site
from evidence import storage
from evidence.storage import StorageDown

pytestmark = pytest.mark.slow
# The longest that a person waits for the store, connecting included.
LONGEST = 5


@pytest.fixture
def kept(hindered_store, tmp_path):
    """A stored object of 200 kB; (its key, its bytes, the file they came from)."""
    data = os.urandom(200_000)
    source = tmp_path / "source"
    source.write_bytes(data)
    key = f"test-{secrets.token_hex(8)}/originals/one"
    storage.put_once(key, source, hashlib.sha256(data).hexdigest())
    # The first request of a process makes the client, which is none of the store's time.
    assert storage.read(key) == data
    yield key, data, source
    hindered_store.hinder()
    storage.purge(key)


def down(call, *words) -> float:
    """Seconds until the call says that the store is down."""
    begun = time.monotonic()
    with pytest.raises(StorageDown):
        call(*words)
    return time.monotonic() - begun


def send(key: str, source) -> str:
    return storage.put_once(key, source, hashlib.sha256(source.read_bytes()).hexdigest())


def whole(key: str) -> bytes:
    with storage.open_original(key) as file:
        return file.read()


def patience(monkeypatch, seconds: float) -> None:
    for module in (site, storage):
        monkeypatch.setattr(module, "WEB_SECONDS", seconds)


# ── a page that shows a copy ───────────────────────────────────────────────────────────────────────────────────────
def test_without_hindrance_everything_passes(kept):
    assert whole(kept[0]) == kept[1]


def test_a_second_is_no_outage(hindered_store, kept):
    key, data, _ = kept
    hindered_store.hinder(delay=1)
    assert storage.read(key) == data


@pytest.mark.parametrize("how", [{"delay": 60}, {"drip": 0.05}], ids=["hangs", "drips"])
def test_a_page_does_not_wait_for_a_slow_store(hindered_store, kept, how):
    hindered_store.hinder(**how)
    assert down(storage.read, kept[0]) < LONGEST
    hindered_store.hinder()
    assert storage.read(kept[0]) == kept[1]


def test_it_does_not_wait_wherever_the_drops_begin(hindered_store, kept, monkeypatch):
    patience(monkeypatch, 0.5)
    for how in ({"drip_after": 100}, {"drip_after": 50_000}, {"drip_after": 199_000}):
        hindered_store.hinder(drip=0.2, **how)
        assert down(storage.read, kept[0]) < 1.5


def test_many_pages_do_not_pile_up_before_a_slow_store(hindered_store, kept, monkeypatch):
    """What still waits is bounded; the next page is told at once, and all is well when the store is."""
    patience(monkeypatch, 0.2)
    monkeypatch.setattr(site, "_waiting", threading.BoundedSemaphore(3))
    hindered_store.hinder(delay=60)
    for _ in range(3):
        down(storage.read, kept[0])
    assert down(storage.read, kept[0]) < 0.1
    hindered_store.hinder()
    patience(monkeypatch, 4)
    until = time.monotonic() + 10
    while True:
        try:
            assert storage.read(kept[0]) == kept[1]
            break
        except StorageDown:
            assert time.monotonic() < until
            time.sleep(0.1)


def test_one_request_at_a_time_waits_for_a_store_that_ails(hindered_store, kept, monkeypatch):
    """Or a page of twenty pictures would take every thread of the web."""
    patience(monkeypatch, 1)
    hindered_store.hinder(delay=60)
    down(storage.read, kept[0])
    waited: list[float] = []
    pictures = [threading.Thread(target=lambda: waited.append(down(storage.read, kept[0]))) for _ in range(20)]
    for each in pictures:
        each.start()
    for each in pictures:
        each.join()
    assert len(waited) == 20 and len([each for each in waited if each > 0.5]) == 1
    hindered_store.hinder()
    patience(monkeypatch, 4)
    assert [storage.read(kept[0]) for _ in range(3)] == [kept[1]] * 3


def test_a_stopped_store_is_down_at_once_and_then_up_again(hindered_store, kept):
    hindered_store.stop()
    assert down(storage.read, kept[0]) < 1
    hindered_store.resume()
    assert storage.read(kept[0]) == kept[1]


@pytest.mark.parametrize(
    ("call", "cuts"),
    [
        (storage.read, (0, 100, 50_000, 199_999)),
        (whole, (0, 100, 50_000, 199_999)),
        (storage.rehash, (0, 100, 50_000, 199_999)),
        (storage.head, (0, 100)),
    ],
)
def test_half_an_answer_is_none(hindered_store, kept, call, cuts):
    for after in cuts:
        hindered_store.hinder(cut_answer=after)
        down(call, kept[0])


# ── a worker that stores ───────────────────────────────────────────────────────────────────────────────────────────
def test_half_an_original_is_not_stored(hindered_store, kept):
    key, _, source = kept
    other = f"{key}-other"
    for how in ({"cut_request": 100_000}, {"full": 100_000}, {"full": 0}):
        hindered_store.hinder(**how)
        down(send, other, source)
        hindered_store.hinder()
        assert [each["Key"] for each in storage.listed(key)] == [key]
    send(other, source)
    assert whole(other) == source.read_bytes()
    storage.purge(other)


def test_half_of_an_original_in_parts_is_not_stored(hindered_store, kept, monkeypatch):
    monkeypatch.setattr(storage, "ONE_PIECE", 1000)
    key, _, source = kept
    other = f"{key}-other"
    source.write_bytes(os.urandom(17_000_000))
    hindered_store.hinder(cut_request=6_000_000)
    down(send, other, source)
    hindered_store.hinder()
    with pytest.raises(FileNotFoundError):
        storage.head(other)
    send(other, source)
    assert whole(other) == source.read_bytes()
    storage.purge(other)


def test_an_answer_that_is_lost_does_not_make_a_second_original(hindered_store, kept):
    """The store kept it, the worker heard nothing of it and comes again."""
    key, _, source = kept
    other = f"{key}-other"
    hindered_store.hinder(cut_answer=0)
    down(send, other, source)
    hindered_store.hinder()
    send(other, source)
    assert whole(other) == source.read_bytes()
    storage.purge(other)
