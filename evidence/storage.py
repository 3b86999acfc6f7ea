"""Where the bytes lie: any S3 through django-storages. Keys hold no word that a person chose.

`<organization>/originals/<first two>/<hash>` is the file exactly as received, written once, shared by all rows with the
same bytes; `<organization>/copies/<first two>/<hash>-display.jpg` and `-thumb.jpg` are made from it and can be made
again; `<organization>/seals/…` are seals of the custody log; `<organization>/incoming/…` is not evidence yet.
"""

import base64
import hashlib
import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage, storages

from aftersales.storage import WEB_SECONDS, StorageDown, in_time, reaching, status_of

DOWNLOAD_SECONDS = 120
CHUNK = 1024 * 1024
COPY_TYPE = "image/jpeg"
# Nobody should ever show an original inside a page, whatever opens it.
ORIGINAL_TYPE = "application/octet-stream"
# Larger files are sent in parts.
ONE_PIECE = 64 * 1024 * 1024
# Small: a reader whose page has given up ends with its piece, also where a store drips.
PIECE = 1024

logger = logging.getLogger(__name__)


class Tampered(Exception):
    """Other bytes than those received lie under a key."""


def patient() -> Any:
    """Return the store for a worker, which may wait."""
    return storages["worker"]


def digest(file: Any) -> str:
    """Return the SHA-256 of a file's bytes, read in pieces, in hexadecimal."""
    total = hashlib.sha256()
    file.seek(0)
    while piece := file.read(CHUNK):
        total.update(piece)
    file.seek(0)
    return total.hexdigest()


def original_key(organization_id: int, sha256: str) -> str:
    """Return where the bytes with this hash lie."""
    return f"{organization_id}/originals/{sha256[:2]}/{sha256}"


def copy_key(original: str, name: str) -> str:
    """Return where a copy of an original lies: the same place for the same original, however often it is made."""
    return f"{original.replace('/originals/', '/copies/', 1)}-{name}.jpg"


def head(key: str) -> dict[str, Any]:
    """Return what the store says of an object: ContentLength, VersionId and so on. Raises FileNotFoundError."""
    store = patient()
    with reaching():
        return unbroken(store.client.head_object(Bucket=store.bucket_name, Key=key))


def unbroken(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer about an object; raises StorageDown where the line broke within its headers.

    Python's HTTP client takes such an answer for a whole one without a body.
    """
    if "ContentLength" not in answer:
        raise StorageDown("The answer broke off.")
    return answer


def body_of(answer: dict[str, Any]) -> Any:
    """Return the stream of an object's bytes, which fails where it ends too early. Raises StorageDown."""
    return unbroken(answer)["Body"]


def put_once(key: str, source: Path, sha256: str, *, content_type: str = ORIGINAL_TYPE) -> str:
    """Keep a file under a key that nothing is ever written over; return its version ("" where there are none).

    An object that lies there already must be equal, else Tampered. The store checks the hash while it receives.
    Raises StorageDown; then nothing is kept.
    """
    size = source.stat().st_size
    store = patient()
    try:
        found = head(key)
    except FileNotFoundError:
        pass
    else:
        return _same(key, found, sha256, size)
    try:
        with reaching():
            _send(store, key, source, sha256, content_type)
            kept = head(key)
    except StorageDown as error:
        if status_of(error.__cause__) not in (409, 412):
            raise
        # Another worker was first.
        return _same(key, head(key), sha256, size)
    if kept["ContentLength"] != size:
        raise StorageDown(f"{kept['ContentLength']} of {size} bytes arrived")
    return version_of(kept)


def _send(store: Any, key: str, source: Path, sha256: str, content_type: str) -> None:
    if source.stat().st_size > ONE_PIECE:
        extra = {"ContentType": content_type, "ContentDisposition": "attachment", "Metadata": {"sha256": sha256}}
        store.client.upload_file(str(source), store.bucket_name, key, ExtraArgs=extra)
        return
    with source.open("rb") as file:
        store.client.put_object(
            Bucket=store.bucket_name, Key=key, Body=file, ContentType=content_type, IfNoneMatch="*",
            ContentDisposition="attachment",
            ChecksumSHA256=base64.b64encode(bytes.fromhex(sha256)).decode(), Metadata={"sha256": sha256},
        )  # fmt: skip


def _same(key: str, found: dict[str, Any], sha256: str, size: int) -> str:
    with open_original(key) as file:
        if found["ContentLength"] != size or digest(file) != sha256:
            raise Tampered(key)
    return version_of(found)


def version_of(answer: dict[str, Any]) -> str:
    """Return an object's version, "" in a bucket without versions."""
    version = answer.get("VersionId") or ""
    return "" if version == "null" else version


def put_copy(original: str, name: str, data: bytes) -> str:
    """Keep a copy, over an earlier one of the same original; return its key. Raises StorageDown."""
    key = copy_key(original, name)
    put(key, data, COPY_TYPE)
    return key


def put(key: str, data: bytes, content_type: str) -> str:
    """Write bytes that can be made again; return their version. Raises StorageDown."""
    store = patient()
    with reaching():
        return version_of(
            store.client.put_object(Bucket=store.bucket_name, Key=key, Body=data, ContentType=content_type)
        )


def read(key: str) -> bytes:
    """Return an object's bytes for a page, within WEB_SECONDS. Raises FileNotFoundError or StorageDown."""
    until = time.monotonic() + WEB_SECONDS
    client, bucket = default_storage.client, default_storage.bucket_name  # type: ignore[attr-defined]

    def fetch() -> bytes:
        pieces = []
        with closing(body_of(client.get_object(Bucket=bucket, Key=key))) as body:
            for piece in body.iter_chunks(PIECE):
                if time.monotonic() > until:
                    raise StorageDown("The store answers too slowly.")
                pieces.append(piece)
        return b"".join(pieces)

    return in_time(fetch)


@contextmanager
def open_original(key: str, version: str = "") -> Iterator[Any]:
    """Yield an object as a binary file on disk. Raises FileNotFoundError or StorageDown."""
    with tempfile.NamedTemporaryFile(prefix="original-") as file:
        for piece in chunks(key, version):
            file.write(piece)
        file.seek(0)
        yield file


def chunks(key: str, version: str = "") -> Iterator[bytes]:
    """Yield an object's bytes in pieces. Raises FileNotFoundError or StorageDown, also in the middle."""
    with closing(body_of(got(key, version))) as body:
        pieces = body.iter_chunks(CHUNK)
        while True:
            with reaching():
                piece = next(pieces, b"")
            if not piece:
                return
            yield piece


def got(key: str, version: str = "") -> dict[str, Any]:
    """Return the store's answer with an object's stream. Raises FileNotFoundError or StorageDown.

    Where that version is gone it is the newest, as somebody may have put the bytes back: whoever reads compares the
    hash.
    """
    store = patient()
    which = {"VersionId": version} if version else {}
    try:
        with reaching():
            return store.client.get_object(Bucket=store.bucket_name, Key=key, **which)
    except FileNotFoundError:
        if not version:
            raise
    return got(key)


def rehash(key: str, version: str = "") -> tuple[str, int, str]:
    """Return (SHA-256, size in bytes, version) of an object as it is now. Raises FileNotFoundError or StorageDown."""
    total, size, answer = hashlib.sha256(), 0, got(key, version)
    with reaching():
        for piece in body_of(answer).iter_chunks(CHUNK):
            total.update(piece)
            size += len(piece)
    return total.hexdigest(), size, version_of(answer)


def delete(*keys: str) -> None:
    """Delete objects that no row leads to. One that cannot be deleted now is named in the log; the sweep comes
    again."""
    store = patient()
    for key in filter(None, keys):
        try:
            with reaching():
                store.client.delete_object(Bucket=store.bucket_name, Key=key)
        except StorageDown as error:
            logger.warning("%s could not be deleted: %s", key, error)


def purge(key: str) -> int:
    """Delete an object with all its versions; return how many the store's lock keeps. Raises StorageDown."""
    store, locked = patient(), 0
    with reaching():
        pages = store.client.get_paginator("list_object_versions").paginate(Bucket=store.bucket_name, Prefix=key)
        versions = [
            each["VersionId"]
            for page in pages
            for each in page.get("Versions", []) + page.get("DeleteMarkers", [])
            if each["Key"] == key
        ]
    for version in versions:
        try:
            with reaching():
                store.client.delete_object(Bucket=store.bucket_name, Key=key, VersionId=version)
        except StorageDown as error:
            if status_of(error.__cause__) not in (400, 403):
                raise
            locked += 1
    if not versions:
        delete(key)
    return locked


def listed(prefix: str) -> Iterator[dict[str, Any]]:
    """Yield the objects whose keys begin so: Key, Size, LastModified. Raises StorageDown."""
    store = patient()
    with reaching():
        for page in store.client.get_paginator("list_objects_v2").paginate(Bucket=store.bucket_name, Prefix=prefix):
            yield from page.get("Contents", [])


def download_address(key: str, name: str, media_type: str, version: str = "") -> str:
    """Return an address that gives an object for two minutes, always as a download of that name and type.

    `version` is the one that was stored: bytes that somebody put over it are not given. Raises FileNotFoundError, or
    StorageDown within WEB_SECONDS: an address that leads nowhere says nothing.
    """
    store: Any = default_storage
    which = in_time(lambda: _which(store, key, version))
    with reaching():
        return store.presigned(
            "get_object", DOWNLOAD_SECONDS, **which, ResponseContentType=media_type,
            ResponseContentDisposition=f'attachment; filename="{name}"',
        )  # fmt: skip


def _which(store: Any, key: str, version: str) -> dict[str, str]:
    """Return what names the object; its version only where another lies over it, as not every store gives versions
    the name and type that are asked for. Raises FileNotFoundError."""
    try:
        with reaching():
            found = version_of(unbroken(store.client.head_object(Bucket=store.bucket_name, Key=key)))
    except FileNotFoundError:
        if not version:
            raise
        found = ""
    if version in ("", found):
        return {"Key": key}
    which = {"Key": key, "VersionId": version}
    unbroken(store.client.head_object(Bucket=store.bucket_name, **which))
    return which
