"""An S3 store from a wheel, on loopback, that checks signatures; for demonstrations and tests, never production."""

import json
import os
import secrets
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from embedded.places import private_folder
from embedded.process import Process, is_running, wait_gone

BUCKET, USER, REGION = "evidence", "aftersales", "us-east-1"
LOOPBACK = "127.0.0.1"


class ObjectStore:
    """A server in `folder`/s3 with one private, versioned bucket and one user who may do everything in it only.

    Port and key are kept in `folder`/s3.json, so addresses stay valid over a restart.
    """

    name = "s3"

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.throwaway = throwaway
        self.data = folder / "s3"
        self.notes = folder / "s3.json"
        self.key: dict[str, str] = {}
        self.port = 0
        self.log = folder / "log" / "s3.log"
        self.process = Process(self.name, [], log=self.log)

    @property
    def endpoint(self) -> str:
        """The address, once started."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start the server with bucket, user and key; raises PartFailed."""
        self.begin()
        self.finish()

    def begin(self) -> None:
        """Start the process without waiting for it, so that slower parts start beside it."""
        private_folder(self.data)
        kept = json.loads(self.notes.read_text()) if self.notes.exists() else {}
        self._stop_leftover(kept.get("pid", 0))
        self.key = kept.get("key", {})
        self.port = free_port(kept.get("port", 0))
        self.process = Process(
            self.name, [sys.executable, "-m", "ministack"], log=self.log, environ=self._environ(), cwd=self.data
        )
        self.process.start()

    def finish(self) -> None:
        """Wait for the server and make bucket, user and key where they are missing; raises PartFailed."""
        self.process.wait_until(self._answers, timeout=60)
        if not (self.key and self._key_works()):
            self.key = self._make_user()
            if not self.throwaway:
                # Users are written to disk at an orderly stop only; without this one a crash would end the key.
                self.process.stop()
                self.process.start()
                self.process.wait_until(self._answers, timeout=60)
        self._keep()

    def stop(self) -> None:
        """Stop the server; returns when it has gone."""
        self.process.stop()

    def environ(self) -> dict[str, str]:
        """What the application reads."""
        return {
            "S3_ENDPOINT_URL": self.endpoint,
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY_ID": self.key["id"],
            "S3_SECRET_ACCESS_KEY": self.key["secret"],
            "S3_REGION": REGION,
        }

    def _environ(self) -> dict[str, str]:
        """The emulator can do far more than S3: no Docker, no other listeners, no credentials of the person here."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return kept | {
            "AUTH": "true",
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "SERVICES": "s3,iam,sts",
            "LOG_LEVEL": "WARNING",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.data / "objects"),
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.data / "state"),
            "TMPDIR": str(self.data),
            "DOCKER_HOST": "unix:///nonexistent",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
        }

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _key_works(self) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            own_client("s3", self.endpoint, self.key["id"], self.key["secret"]).head_bucket(Bucket=BUCKET)
        except (BotoCoreError, ClientError):
            return False
        return True

    def _make_user(self) -> dict[str, str]:
        """The emulator's own root key (test/test) makes what the application gets."""
        s3 = own_client("s3", self.endpoint, "test", "test")
        if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
            make_bucket(s3)
        iam = own_client("iam", self.endpoint, "test", "test")
        name = f"{USER}-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        own = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
        policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": own}]}
        iam.put_user_policy(UserName=name, PolicyName="bucket", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return {"id": made["AccessKeyId"], "secret": made["SecretAccessKey"]}

    def _keep(self) -> None:
        self.notes.touch(mode=0o600)
        self.notes.write_text(json.dumps({"port": self.port, "key": self.key, "pid": self.process.pid}))

    @staticmethod
    def _stop_leftover(pid: int) -> None:
        if pid and is_running(pid, mentions="ministack"):
            os.kill(pid, 15)
            wait_gone(pid, mentions="ministack", timeout=10)


def make_bucket(s3: Any) -> None:
    """Make the bucket as a deployment should: private, with versions, and taking parts that browsers send."""
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    # Pages send large videos here themselves; who may is in the signature, wherever the page came from.
    rule = {"AllowedOrigins": ["*"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"]}
    s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})


def own_client(service: str, endpoint: str, key: str, secret: str) -> Any:
    """A client that asks once and gives up soon."""
    import boto3
    from botocore.config import Config

    options: dict[str, Any] = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5, "read_timeout": 10}
    if service == "s3":
        options |= {"s3": {"addressing_style": "path"}, "signature_version": "s3v4"}
    session = boto3.session.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name=REGION)
    return session.client(service, endpoint_url=endpoint, config=Config(**options))


def free_port(wanted: int = 0) -> int:
    """The wanted loopback port if it is free, else any free one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((LOOPBACK, wanted))
        except OSError:
            line.bind((LOOPBACK, 0))
        return int(line.getsockname()[1])
