"""The object store as this site uses it: any S3. The web gives it up early, a worker is patient."""

from functools import cached_property
from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

CONNECT_SECONDS = 1


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

    def presigned(self, method: str, seconds: int, **params: Any) -> str:
        """Return a signed address for one S3 method, at the address by which browsers reach the store."""
        client = self.client
        if self.public_url:
            client = self._create_session().client(
                "s3", region_name=self.region_name, endpoint_url=self.public_url, config=self.client_config
            )
        wanted = {"Bucket": self.bucket_name, **params}
        return client.generate_presigned_url(method, Params=wanted, ExpiresIn=seconds)

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
