"""A folder of the store for one test, and requests that do not go through our client."""

import hashlib
import secrets
import urllib.error
import urllib.request
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from botocore.exceptions import ClientError
from django.core.files.storage import default_storage

from evidence import storage


@pytest.fixture(name="prefix")
def own_folder():
    """A folder of the store that no other test uses; emptied afterwards."""
    mine = f"test-{secrets.token_hex(8)}"
    yield mine
    for each in list(storage.listed(f"{mine}/")):
        storage.purge(each["Key"])


@pytest.fixture(name="kept")
def stored_once(prefix, tmp_path):
    """One stored original."""
    return keep(prefix, tmp_path, b"the bytes as they came")


def keep(prefix, tmp_path, data: bytes, key: str = ""):
    source = tmp_path / secrets.token_hex(4)
    source.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    key = key or storage.original_key(prefix, sha256)
    return SimpleNamespace(
        key=key, source=source, data=data, sha256=sha256, version=storage.put_once(key, source, sha256)
    )  # fmt: skip


def api():
    """The S3 client, the bucket's name already given."""
    client, bucket = default_storage.client, default_storage.bucket_name
    return SimpleNamespace(**{
        name: lambda name=name, **words: getattr(client, name)(Bucket=bucket, **words)
        for name in (
            "put_object", "get_object", "delete_object", "list_object_versions", "create_multipart_upload",
            "complete_multipart_upload", "list_multipart_uploads", "abort_multipart_upload", "list_parts",
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
