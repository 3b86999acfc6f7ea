"""Where the bytes lie: any S3 through django-storages. Keys hold no word that a person chose.

`<organization>/originals/<first two of the hash>/<hash>-<random>` is the file exactly as received, written once;
`<organization>/copies/…-display.jpg` and `-thumb.jpg` are made from it and can be made again.
"""

import hashlib
import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from .images import COPY_TYPE, EXTENSIONS

DOWNLOAD_SECONDS = 120
CHUNK = 1024 * 1024
# Nobody should ever show an original inside a page, whatever opens it.
ORIGINAL_TYPE = "application/octet-stream"

logger = logging.getLogger(__name__)


class StorageDown(Exception):
    """The object store did not do what was asked; trying again later may help."""


@contextmanager
def reaching() -> Iterator[None]:
    """Turn whatever the store's client raises into StorageDown; a missing object stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        if isinstance(error, outages()):
            raise StorageDown(type(error).__name__) from error
        raise


@cache
def outages() -> tuple[type[Exception], ...]:
    """What the store's client raises; asked for only when something went wrong, as its library is slow to import."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return Boto3Error, BotoCoreError, ClientError, OSError


def digest(file: Any) -> str:
    """Return the SHA-256 of a file's bytes, read in pieces, in hexadecimal."""
    total = hashlib.sha256()
    file.seek(0)
    while piece := file.read(CHUNK):
        total.update(piece)
    file.seek(0)
    return total.hexdigest()


def put_original(organization: Any, file: Any, sha256: str, size: int) -> str:
    """Keep the bytes as they are under a new key, which is returned. Raises StorageDown; then nothing is kept."""
    name = f"{organization.pk}/originals/{sha256[:2]}/{sha256}-{secrets.token_hex(8)}"
    wrapped = File(file, name)
    wrapped.content_type = ORIGINAL_TYPE  # type: ignore[attr-defined]
    with reaching():
        key = default_storage.save(name, wrapped)
        kept = default_storage.size(key)
    if kept != size:
        delete(key)
        raise StorageDown(f"{kept} of {size} bytes arrived")
    return key


def copy_key(original_key: str, name: str) -> str:
    """Return where a copy of an original lies: the same place for the same original, however often it is made."""
    return f"{original_key.replace('/originals/', '/copies/', 1)}-{name}.jpg"


def put_copy(original_key: str, name: str, data: bytes) -> str:
    """Keep a copy, over an earlier one of the same original; return its key. Raises StorageDown."""
    key = copy_key(original_key, name)
    content = ContentFile(data, key)
    content.content_type = COPY_TYPE  # type: ignore[attr-defined]
    with reaching():
        default_storage.delete(key)
        return default_storage.save(key, content)


def read(key: str) -> bytes:
    """Return a copy's bytes. Raises FileNotFoundError or StorageDown."""
    with reaching(), default_storage.open(key) as file:
        return file.read()


@contextmanager
def open_original(key: str) -> Iterator[Any]:
    """Yield an original as a binary file on disk. Raises FileNotFoundError or StorageDown."""
    with reaching():
        file = default_storage.open(key)
        file.seek(0)
    try:
        yield file
    finally:
        file.close()


def delete(*keys: str) -> None:
    """Delete objects. One that cannot be deleted now is named in the log: no row leads to it any more."""
    for key in filter(None, keys):
        try:
            with reaching():
                default_storage.delete(key)
        except StorageDown as error:
            logger.warning("%s could not be deleted: %s", key, error)


def presigned_download(evidence: Any) -> str:
    """Return an address that gives the original for two minutes, always as a download of a fixed name and type."""
    name = f"{evidence.place}-{evidence.sha256[:12]}.{EXTENSIONS[evidence.media_type]}"
    with reaching():
        return default_storage.url(  # type: ignore[call-arg]
            evidence.original_key,
            parameters={
                "ResponseContentDisposition": f'attachment; filename="{name}"',
                "ResponseContentType": evidence.media_type,
            },
            expire=DOWNLOAD_SECONDS,
        )
