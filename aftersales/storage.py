"""The object store as this site uses it: any S3. The web gives it up early, a worker is patient."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from botocore.config import Config
from storages.backends.s3 import S3Storage

CONNECT_SECONDS = 1
# A request that asks the store waits no longer, however slowly it drips.
WEB_SECONDS = 4
# What a store says of an object, version or upload that is not there; a HEAD has no body to say more in.
MISSING = {"NoSuchKey", "NoSuchVersion", "NoSuchUpload"}

# So many threads of one process ask a slow store at the same time.
_waiting = threading.BoundedSemaphore(32)
# Since it gave no answer in time one request at a time tries, and the others are told at once: a page of twenty
# pictures would take every thread of the web.
_ailing = threading.Event()
_trying = threading.Lock()


T = TypeVar("T")


class StorageDown(Exception):
    """The object store, or the disk before it, did not do what was asked; trying again later may help."""


@contextmanager
def reaching() -> Iterator[None]:
    """Turn whatever the store's client raises into StorageDown; a missing object becomes FileNotFoundError.

    A missing bucket is an outage: nothing is said of its objects.
    """
    try:
        yield
    except (FileNotFoundError, StorageDown):
        raise
    except Exception as error:
        if not isinstance(error, outages()):
            raise
        if is_missing(error):
            raise FileNotFoundError(str(error)) from error
        raise StorageDown(f"{type(error).__name__}: {error}"[:300]) from error


@cache
def outages() -> tuple[type[Exception], ...]:
    """What the store's client raises; asked for only when something went wrong, as its library is slow to import."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    return Boto3Error, BotoCoreError, ClientError, HTTPError, OSError


def is_missing(error: Exception) -> bool:
    """Whether the store answered that there is no such object."""
    code = (getattr(error, "response", None) or {}).get("Error", {}).get("Code", "")
    return code in MISSING or (status_of(error) == 404 and getattr(error, "operation_name", "") == "HeadObject")


def status_of(error: BaseException | None) -> int:
    """Return the HTTP status with which the store refused, 0 where it did not answer."""
    return (getattr(error, "response", None) or {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)


def in_time(ask: Callable[[], T]) -> T:
    """Return what `ask` gets from the store, within WEB_SECONDS. Raises StorageDown, or what `ask` raises.

    A thread asks: the client's own limits begin again with each byte, so a store that drips would hold the page.
    """
    if not _ailing.is_set():
        return _asked(ask)
    if not _trying.acquire(blocking=False):
        raise StorageDown("Another request waits for the store already.")
    try:
        return _asked(ask)
    finally:
        _trying.release()


def _asked(ask: Callable[[], T]) -> T:
    found: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()
    if not _waiting.acquire(blocking=False):
        raise StorageDown("Too many wait for the store already.")
    begun = time.monotonic()

    def work() -> None:
        try:
            with reaching():
                found.put((ask(), None))
        except Exception as error:
            found.put((None, error))
        finally:
            _waiting.release()

    threading.Thread(target=work, daemon=True).start()
    try:
        answer, error = found.get(timeout=WEB_SECONDS)
    except Empty:
        _ailing.set()
        raise StorageDown("The store answers too slowly.") from None
    if isinstance(error, StorageDown) and time.monotonic() - begun > CONNECT_SECONDS / 2:
        _ailing.set()
    else:
        _ailing.clear()
    if error is not None:
        raise error
    return answer  # type: ignore[return-value]


class ObjectStorage(S3Storage):
    """django-storages' S3 with time limits: `patience` in seconds for each answer, `attempts` in all.

    boto3's own limits are 60 s and five attempts: a store that hangs would hold every web worker.
    """

    def __init__(self, public_url: str = "", patience: float = 3, attempts: int = 1, **options: Any):
        self.public_url = public_url
        options["client_config"] = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=patience,
            retries={"total_max_attempts": attempts},
            # We send SHA-256 ourselves; older stores stumble over the trailers that boto3 adds by default.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            signature_version=options.get("signature_version"),
            s3={"addressing_style": options.get("addressing_style")},
        )
        super().__init__(**options)

    @cached_property
    def client(self) -> Any:
        """The S3 client itself, for what django-storages has no word for: conditions, versions, parts.

        One for all threads, as boto3 allows for clients: to make one costs a second, and it makes one for each.
        """
        return self.connection.meta.client

    @cached_property
    def signer(self) -> Any:
        """The client that signs addresses: of the address by which browsers reach the store."""
        if not self.public_url:
            return self.client
        return self._create_session().client(
            "s3", region_name=self.region_name, endpoint_url=self.public_url, config=self.client_config
        )

    def presigned(self, method: str, seconds: int, **params: Any) -> str:
        """Return a signed address for one S3 method, at the address by which browsers reach the store."""
        return self.signer.generate_presigned_url(
            method, Params={"Bucket": self.bucket_name, **params}, ExpiresIn=seconds
        )

    def url(
        self,
        name: str,
        parameters: dict[str, Any] | None = None,
        expire: int | None = None,
        http_method: str | None = None,
    ) -> str:
        """Return a signed address that gives an object."""
        seconds = self.querystring_expire if expire is None else expire
        return self.presigned("get_object", seconds, Key=self._normalize_name(name), **(parameters or {}))
