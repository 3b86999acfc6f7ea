"""What the site expects of an object store, asked of a real server over the network.

The ordinary run asks the emulator; `AFTERSALES_STORE=ceph script/test tests/evidence/test_store.py` asks Ceph.
"""

import base64
import hashlib
import os
import threading

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import default_storage

from embedded.s3 import own_client
from evidence import storage
from tests.evidence.store import api, ask, keep, refusal, stored, versions

ASKED = os.environ.get("AFTERSALES_STORE") or "ministack"
PART = 5 * 1024 * 1024


def test_the_store_is_the_one_that_was_asked_for():
    """Or the emulator would be its own second opinion."""
    status, _, body = ask(f"{default_storage.client.meta.endpoint_url}/_ministack/health")
    assert ((status, b"NoSuchBucket" in body) == (404, True)) is (ASKED == "ceph"), body


# ── written once ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_put_comes_back(kept):
    assert storage.read(kept.key) == kept.data
    assert stored(kept.key) == kept.data
    found = storage.head(kept.key)
    assert found["ContentLength"] == len(kept.data)
    assert found["ContentType"] == storage.ORIGINAL_TYPE
    assert found["Metadata"] == {"sha256": kept.sha256}
    assert found["VersionId"] == kept.version != ""


def test_the_same_bytes_again_write_nothing(kept):
    assert storage.put_once(kept.key, kept.source, kept.sha256) == kept.version
    assert versions(kept.key) == [kept.version]


def test_other_bytes_under_the_key_are_named_and_left(kept, prefix, tmp_path):
    with pytest.raises(storage.Tampered):
        keep(prefix, tmp_path, b"THE BYTES AS THEY CAME", key=kept.key)
    assert stored(kept.key) == kept.data
    assert versions(kept.key) == [kept.version]


def test_the_store_itself_writes_nothing_over(kept):
    """It refuses, or (Ceph 16 with versions) keeps both; the first is what its version gives for ever."""
    try:
        api().put_object(Key=kept.key, Body=b"other", IfNoneMatch="*")
    except ClientError as error:
        assert storage.status_of(error) == 412
        assert versions(kept.key) == [kept.version]
    else:
        assert ASKED == "ceph"
    assert stored(kept.key, kept.version) == kept.data


def test_of_many_at_once_each_is_refused_or_kept(prefix):
    """They race for one key with different bytes: who is told yes finds his bytes again under the version he got."""
    key, client, bucket = f"{prefix}/originals/race", default_storage.client, default_storage.bucket_name
    start, won, refused = threading.Barrier(8), {}, []

    def write(number: int) -> None:
        start.wait()
        try:
            answer = client.put_object(Bucket=bucket, Key=key, Body=b"%d" % number, IfNoneMatch="*")
        except ClientError as error:
            refused.append(storage.status_of(error))
        else:
            won[number] = answer["VersionId"]

    racers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(won) + len(refused) == 8
    assert set(refused) <= {409, 412}
    assert len(won) == 1 or (ASKED == "ceph" and won)
    for number, version in won.items():
        assert stored(key, version) == b"%d" % number


def test_the_same_original_from_many_workers_at_once(prefix, tmp_path):
    """Its bytes are equal, so whoever comes first, all are told of a version that holds them."""
    start, found = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        found.append(keep(prefix, tmp_path, b"equal"))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert {stored(each.key, each.version) for each in found} == {b"equal"}


def test_a_large_original_goes_in_parts_and_is_equal(prefix, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "ONE_PIECE", 1024 * 1024)
    kept = keep(prefix, tmp_path, os.urandom(2 * PART + 17))
    assert stored(kept.key) == kept.data
    assert storage.head(kept.key)["Metadata"] == {"sha256": kept.sha256}
    assert storage.put_once(kept.key, kept.source, kept.sha256) == kept.version
    assert versions(kept.key) == [kept.version]


def test_bytes_damaged_on_the_way_are_refused(prefix):
    wrong = base64.b64encode(hashlib.md5(b"sent").digest()).decode()
    assert refusal(api().put_object, Key=f"{prefix}/originals/x", Body=b"came", ContentMD5=wrong) == 400
    with pytest.raises(FileNotFoundError):
        storage.head(f"{prefix}/originals/x")


# ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_part_can_be_read(kept):
    found = api().get_object(Key=kept.key, Range="bytes=4-8")
    assert found["Body"].read() == kept.data[4:9]
    assert found["ContentRange"] == f"bytes 4-8/{len(kept.data)}"
    assert refusal(api().get_object, Key=kept.key, Range="bytes=999-") == 416


def test_a_large_one_is_read_in_pieces(prefix, tmp_path):
    kept = keep(prefix, tmp_path, os.urandom(3_000_001))
    sizes = [len(piece) for piece in api().get_object(Key=kept.key)["Body"].iter_chunks(1_000_000)]
    assert max(sizes) <= 1_000_000
    assert sum(sizes) == 3_000_001


def test_a_missing_object_is_a_missing_file(prefix):
    for look in (storage.read, storage.head, stored):
        with pytest.raises(FileNotFoundError):
            look(f"{prefix}/originals/none")


def test_a_list_is_of_its_prefix_only(prefix, tmp_path):
    kept = [keep(prefix, tmp_path, data) for data in (b"1", b"22")]
    other = keep(f"{prefix}0", tmp_path, b"333")
    try:
        found = {each["Key"]: each["Size"] for each in storage.listed(f"{prefix}/")}
        assert found == {kept[0].key: 1, kept[1].key: 2}
        assert list(storage.listed(f"{prefix}/none/")) == []
    finally:
        storage.purge(other.key)


# ── deleting ───────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_deleted_is_still_there_as_a_version(kept):
    storage.delete(kept.key)
    with pytest.raises(FileNotFoundError):
        storage.read(kept.key)
    assert stored(kept.key, kept.version) == kept.data
    # And it can be kept again: a deletion is no object.
    assert storage.put_once(kept.key, kept.source, kept.sha256) not in ("", kept.version)
    assert stored(kept.key) == kept.data


def test_what_is_purged_is_gone_with_all_versions(kept, prefix, tmp_path):
    api().put_object(Key=kept.key, Body=b"second")
    storage.delete(kept.key)
    longer = keep(prefix, tmp_path, b"neighbour", key=f"{kept.key}-display.jpg")
    assert len(versions(kept.key)) == 3
    assert storage.purge(kept.key) == 0
    assert versions(kept.key) == [longer.version]
    with pytest.raises(FileNotFoundError):
        stored(kept.key, kept.version)
    assert storage.purge(kept.key) == 0


def test_deleting_what_is_not_there_is_no_failure(prefix, caplog):
    storage.delete(f"{prefix}/originals/none")
    assert caplog.records == []


# ── who may ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_nobody_without_the_key_gets_in(kept, prefix):
    bucket = f"{default_storage.client.meta.endpoint_url}/{default_storage.bucket_name}"
    for method, path, data in (
        ("GET", f"/{kept.key}", None), ("HEAD", f"/{kept.key}", None), ("GET", "/?list-type=2", None),
        ("PUT", f"/{prefix}/mine", b"x"), ("DELETE", f"/{kept.key}", None),
    ):  # fmt: skip
        status, _, body = ask(bucket + path, method, data)
        assert status == 403, (method, path)
        assert kept.data not in body
    assert stored(kept.key) == kept.data


def test_a_wrong_key_or_secret_is_refused(kept):
    endpoint, bucket = default_storage.client.meta.endpoint_url, default_storage.bucket_name
    ours, secret = os.environ["S3_ACCESS_KEY_ID"], os.environ["S3_SECRET_ACCESS_KEY"]
    for name, word in ((ours, secret[:-1] + "0x"), (ours[:-1] + "Z0", secret), ("AKIA" + "0" * 16, "x" * 40)):
        client = own_client("s3", endpoint, name, word)
        assert refusal(client.get_object, Bucket=bucket, Key=kept.key) == 403
        assert refusal(client.put_object, Bucket=bucket, Key=kept.key, Body=b"x") == 403
