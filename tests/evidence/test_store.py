"""What the site expects of an object store, asked of a real server over the network.

The ordinary run asks the emulator; `AFTERSALES_STORE=ceph script/test tests/evidence/test_store.py` asks Ceph.
"""

import base64
import hashlib
import os
import secrets
import threading
import time
import urllib.error
import urllib.request
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import default_storage

from embedded.s3 import own_client
from evidence import storage

ASKED = os.environ.get("AFTERSALES_STORE") or "ministack"
PART = 5 * 1024 * 1024


@pytest.fixture
def prefix():
    """A folder of the store that no other test uses; emptied afterwards."""
    mine = f"test-{secrets.token_hex(8)}"
    yield mine
    for each in list(storage.listed(f"{mine}/")):
        storage.purge(each["Key"])


@pytest.fixture
def kept(prefix, tmp_path):
    """One stored original."""
    return keep(prefix, tmp_path, b"the bytes as they came")


def keep(prefix, tmp_path, data: bytes, key: str = ""):
    source = tmp_path / secrets.token_hex(4)
    source.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    key = key or storage.original_key(prefix, sha256)
    return SimpleNamespace(
        key=key, source=source, data=data, sha256=sha256, version=storage.put_once(key, source, sha256),
        original_key=key, place="whole", media_type="image/jpeg",
    )  # fmt: skip


def api():
    """The S3 client, the bucket's name already given."""
    client, bucket = default_storage.client, default_storage.bucket_name
    return SimpleNamespace(**{
        name: lambda name=name, **words: getattr(client, name)(Bucket=bucket, **words)
        for name in (
            "put_object", "get_object", "list_object_versions", "create_multipart_upload", "complete_multipart_upload",
            "list_multipart_uploads", "abort_multipart_upload", "list_parts",
        )
    })  # fmt: skip


def stored(key: str, version: str = "") -> bytes:
    with storage.open_original(key, version) as file:
        return file.read()


def versions(key: str) -> list[str]:
    found = api().list_object_versions(Prefix=key)
    return [each["VersionId"] for each in found.get("Versions", [])]


def refusal(call, *words, **named) -> int:
    """The HTTP status with which the store refuses."""
    with pytest.raises(ClientError) as caught:
        call(*words, **named)
    return storage.status_of(caught.value)


def ask(address: str, method: str = "GET", data: bytes | None = None, **headers: str):
    """Ask without our client; (status, headers, body)."""
    request = urllib.request.Request(address, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def changed(address: str, **words: str) -> str:
    """The same address with other words in its query."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode(dict(parse_qsl(parts.query)) | words)))


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


# ── signed addresses ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_signed_download_has_a_fixed_name_and_type(kept):
    status, headers, body = ask(storage.presigned_download(kept, "jpg"))
    assert (status, body) == (200, kept.data)
    assert headers["Content-Disposition"] == f'attachment; filename="whole-{kept.sha256[:12]}.jpg"'
    assert headers["Content-Type"] == "image/jpeg"


def test_a_signed_address_of_a_version_gives_that_version(kept):
    api().put_object(Key=kept.key, Body=b"put over it")
    assert storage.read(kept.key) == b"put over it"
    address = default_storage.presigned("get_object", 60, Key=kept.key, VersionId=kept.version)
    assert ask(address)[2] == kept.data


def test_a_changed_address_gives_nothing(kept, prefix, tmp_path):
    address = storage.presigned_download(kept, "jpg")
    assert ask(address)[0] == 200
    other = keep(prefix, tmp_path, b"somebody else's")
    parts = urlsplit(address)
    for wrong in (
        address.replace(kept.key, other.key),
        changed(address, **{"response-content-type": "text/html"}),
        changed(address, **{"response-content-disposition": "inline"}),
        changed(address, **{"X-Amz-Expires": "86400"}),
        changed(address, **{"X-Amz-Signature": "0" * 64}),
        urlunsplit(parts._replace(query="")),
    ):
        assert wrong != address
        status, _, body = ask(wrong)
        assert status == 403, wrong
        assert kept.data not in body
        assert other.data not in body
    assert ask(address, "PUT", b"other")[0] == 403
    assert ask(address, "DELETE")[0] == 403
    assert stored(kept.key) == kept.data


def test_an_address_ends(kept, monkeypatch):
    monkeypatch.setattr(storage, "DOWNLOAD_SECONDS", 1)
    address = storage.presigned_download(kept, "jpg")
    time.sleep(2.1)
    assert ask(address)[0] == 403


# ── parts that the browser sends itself ────────────────────────────────────────────────────────────────────────────
def begin(prefix, *sizes: int):
    """Begin an upload in parts of these sizes; (key, its id, an address for each part)."""
    key = f"{prefix}/incoming/one"
    upload = api().create_multipart_upload(Key=key, ContentType=storage.ORIGINAL_TYPE)["UploadId"]
    addresses = [
        default_storage.presigned(
            "upload_part", 120, Key=key, UploadId=upload, PartNumber=number, ContentLength=size
        )
        for number, size in enumerate(sizes, 1)
    ]  # fmt: skip
    return key, upload, addresses


def test_signed_parts_become_one_object(prefix):
    data = os.urandom(PART + 1000)
    key, upload, (first, second) = begin(prefix, PART, 1000)
    etags = []
    for address, body in ((first, data[:PART]), (second, data[PART:])):
        status, headers, _ = ask(address, "PUT", body)
        assert status == 200
        etags.append(headers["ETag"])
    found = api().list_parts(Key=key, UploadId=upload)["Parts"]
    assert [(each["PartNumber"], each["Size"], each["ETag"]) for each in found] == [
        (1, PART, etags[0]),
        (2, 1000, etags[1]),
    ]
    with pytest.raises(FileNotFoundError):
        storage.head(key)
    parts = [{"PartNumber": each["PartNumber"], "ETag": each["ETag"]} for each in found]
    api().complete_multipart_upload(Key=key, UploadId=upload, MultipartUpload={"Parts": parts})
    assert hashlib.sha256(stored(key)).digest() == hashlib.sha256(data).digest()


def test_a_part_has_the_length_that_was_signed(prefix):
    key, upload, (address,) = begin(prefix, 1000)
    for wrong in (b"x" * 1001, b"x" * 999, b""):
        assert ask(address, "PUT", wrong)[0] == 403, len(wrong)
    assert api().list_parts(Key=key, UploadId=upload).get("Parts", []) == []
    assert ask(address, "PUT", b"x" * 1000)[0] == 200


def test_a_page_of_another_origin_may_send_a_part_and_read_its_hash(prefix):
    """What a browser asks before and after, by the bucket's CORS rule; a download is no page's to read."""
    _, _, (address,) = begin(prefix, 4)
    origin = {"Origin": "https://aftersales.example"}
    wanted = origin | {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
    status, headers, _ = ask(address, "OPTIONS", **wanted)
    assert status in (200, 204)
    assert headers["Access-Control-Allow-Origin"] in ("*", origin["Origin"])
    assert "PUT" in headers["Access-Control-Allow-Methods"]
    assert "content-type" in headers["Access-Control-Allow-Headers"].lower()
    status, headers, _ = ask(address, "PUT", b"four", **origin)
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] in ("*", origin["Origin"])
    assert "etag" in headers["Access-Control-Expose-Headers"].lower()
    assert ask(address, "OPTIONS", **(wanted | {"Access-Control-Request-Method": "GET"}))[0] == 403


def test_a_signed_part_is_for_its_place_only(prefix):
    _, _, (address,) = begin(prefix, 4)
    for wrong in (
        changed(address, partNumber="2"),
        changed(address, uploadId="other"),
        address.replace("/incoming/", "/originals/"),
    ):
        assert ask(wrong, "PUT", b"four")[0] in (403, 404)


def test_an_upload_that_nobody_ends_is_found_and_removed(prefix):
    key, upload, (address,) = begin(prefix, 4)
    assert ask(address, "PUT", b"four")[0] == 200
    found = api().list_multipart_uploads(Prefix=f"{prefix}/")["Uploads"]
    assert [(each["Key"], each["UploadId"]) for each in found] == [(key, upload)]
    api().abort_multipart_upload(Key=key, UploadId=upload)
    assert api().list_multipart_uploads(Prefix=f"{prefix}/").get("Uploads", []) == []
    assert ask(address, "PUT", b"four")[0] == 404


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
