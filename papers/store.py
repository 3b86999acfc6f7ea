"""Large files into the object store, in pieces: a paper may be larger than a worker's memory."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evidence import storage

# The store takes parts of 5 MiB or more, and at most 10,000 of them.
PART = 16 * 1024 * 1024


def put_file(key: str, path: Path, media_type: str, sign: Callable[[], None]) -> None:
    """Keep a file under a new key, part by part, with a sign of life after each. Raises StorageDown.

    The object is there only when all parts are; one that ends in the middle leaves nothing that anybody sees.
    """
    store = storage.patient()
    of = {"Bucket": store.bucket_name, "Key": key}
    with storage.reaching():
        of["UploadId"] = store.client.create_multipart_upload(
            **of, ContentType=media_type, ContentDisposition="attachment"
        )["UploadId"]
    try:
        _put_parts(store, of, path, sign)
    except BaseException:
        with contextlib.suppress(storage.StorageDown, FileNotFoundError), storage.reaching():
            store.client.abort_multipart_upload(**of)
        raise
    kept = storage.head(key)["ContentLength"]
    if kept != path.stat().st_size:
        raise storage.StorageDown(f"{kept} of {path.stat().st_size} bytes arrived")


def _put_parts(store: Any, of: dict[str, str], path: Path, sign: Callable[[], None]) -> None:
    parts: list[dict[str, Any]] = []
    with path.open("rb") as file:
        while piece := file.read(PART):
            with storage.reaching():
                tag = store.client.upload_part(**of, PartNumber=len(parts) + 1, Body=piece)["ETag"]
            parts.append({"ETag": tag, "PartNumber": len(parts) + 1})
            sign()
    with storage.reaching():
        store.client.complete_multipart_upload(**of, MultipartUpload={"Parts": parts})
