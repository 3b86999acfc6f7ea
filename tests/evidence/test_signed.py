"""Signed addresses: what a browser may take from the object store or bring there, for how long, and nothing else.

Run against another store as `test_store.py` is.
"""

import hashlib
import os
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core.files.storage import default_storage

from aftersales.storage import ObjectStorage
from evidence import storage
from tests.evidence.store import api, ask, changed, keep, stored

PART = 5 * 1024 * 1024


def address_of(kept) -> str:
    return storage.download_address(kept.key, "whole.jpg", "image/jpeg", kept.version)


# ── signed addresses ───────────────────────────────────────────────────────────────────────────────────────────────
def test_a_signed_download_has_a_fixed_name_and_type(kept):
    status, headers, body = ask(address_of(kept))
    assert (status, body) == (200, kept.data)
    assert headers["Content-Disposition"] == 'attachment; filename="whole.jpg"'
    assert headers["Content-Type"] == "image/jpeg"


def test_a_signed_address_of_a_version_gives_that_version(kept):
    api().put_object(Key=kept.key, Body=b"put over it")
    assert storage.read(kept.key) == b"put over it"
    assert ask(address_of(kept))[2] == kept.data
    api().delete_object(Key=kept.key)
    assert ask(address_of(kept))[2] == kept.data


def test_no_address_is_given_for_what_is_not_there(prefix):
    with pytest.raises(FileNotFoundError):
        storage.download_address(f"{prefix}/originals/none", "a.jpg", "image/jpeg")


def test_addresses_for_browsers_lead_to_the_public_address():
    """And its client is made once: a large video needs an address for each of its sixty parts."""
    options = dict(settings.STORAGES["default"]["OPTIONS"], public_url="https://files.example")
    store = ObjectStorage(**options)
    address = store.presigned("get_object", 60, Key="1/originals/x")
    assert address.startswith(f"https://files.example/{store.bucket_name}/1/originals/x?")
    assert store.signer is store.signer


def test_a_changed_address_gives_nothing(kept, prefix, tmp_path):
    address = address_of(kept)
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
    address = address_of(kept)
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


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({"S3_ENDPOINT_URL": "", "S3_REGION": "eu-west-1"}, "https://s3.eu-west-1.amazonaws.com"),
        ({"S3_ENDPOINT_URL": "https://store.example:9000"}, "https://store.example:9000"),
        ({"S3_ENDPOINT_URL": "http://s3:8333", "S3_PUBLIC_URL": "https://files.example"}, "https://files.example"),
        (
            {"S3_ENDPOINT_URL": "https://oss.example", "S3_ADDRESSING_STYLE": "virtual", "S3_BUCKET": "proofs"},
            "https://proofs.oss.example",
        ),
    ],
)
def test_pages_may_talk_to_the_origin_that_addresses_lead_to(given, origin):
    """Whichever S3 it is: the settings of a process that was given these variables."""
    code = (
        "from django.conf import settings; from django.core.files.storage import default_storage as store;"
        "print(settings.STORE_ORIGIN, store.presigned('get_object', 60, Key='1/originals/x'))"
    )
    environ = dict(os.environ) | {"S3_PUBLIC_URL": "", "DJANGO_SETTINGS_MODULE": "aftersales.settings"} | given
    asked = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    named, address = asked.stdout.split()
    assert named == origin and address.startswith(f"{origin}/")
