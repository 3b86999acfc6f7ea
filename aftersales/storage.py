"""The object store as this site uses it: any S3, with time limits that a person waiting for an answer can bear."""

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage

# Seconds until the store is given up, and how often it is asked. boto3's own: 60 s, 60 s and five times.
CONNECT_SECONDS = 2
READ_SECONDS = 10
ATTEMPTS = 2


class ObjectStorage(S3Storage):
    """django-storages' S3 with short time limits, so that a store that hangs does not hold every web worker."""

    def __init__(self, public_url: str = "", **options: Any):
        self.public_url = public_url
        options["client_config"] = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS},
            signature_version=options.get("signature_version"),
            s3={"addressing_style": options.get("addressing_style")},
        )
        super().__init__(**options)

    def url(
        self,
        name: str,
        parameters: dict[str, Any] | None = None,
        expire: int | None = None,
        http_method: str | None = None,
    ) -> str:
        """Return a signed address, at the store's public address where browsers reach it by another than we do."""
        if not self.public_url:
            return super().url(name, parameters, expire, http_method)
        client = self._create_session().client(
            "s3", region_name=self.region_name, endpoint_url=self.public_url, config=self.client_config
        )
        wanted = {**(parameters or {}), "Bucket": self.bucket_name, "Key": self._normalize_name(name)}
        seconds = self.querystring_expire if expire is None else expire
        return client.generate_presigned_url("get_object", Params=wanted, ExpiresIn=seconds, HttpMethod=http_method)
