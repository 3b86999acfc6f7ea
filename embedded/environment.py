"""Which servers to start, and the variables that `aftersales/settings.py` reads from them."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from embedded.ceph import Ceph
from embedded.places import ROOT, private_folder
from embedded.postgres import APP, OWNER, Postgres
from embedded.process import PartFailed, Process
from embedded.s3 import ObjectStore
from embedded.valkey import Valkey


class Refused(Exception):
    """The embedded servers must not be started here; the message says why and what to do."""


class Parts:
    """The embedded servers that the given environment does not already name.

    DATABASE_URL stands for PostgreSQL, BROKER_URL and CACHE_URL for Valkey, S3_BUCKET for the object store: set one
    and that part is yours. `store` is what stands for the object store otherwise. Raises Refused if ENVIRONMENT is
    production and a part is missing.
    """

    def __init__(
        self,
        folder: Path,
        given: Mapping[str, str] | None = None,
        *,
        throwaway: bool = False,
        store: type[ObjectStore] | type[Ceph] = ObjectStore,
    ) -> None:
        self.folder = folder
        self.given = dict(os.environ if given is None else given)
        missing = [
            name for name in ("DATABASE_URL", "BROKER_URL", "CACHE_URL", "S3_BUCKET") if not self.given.get(name)
        ]
        if missing and self.given.get("ENVIRONMENT") == "production":
            raise Refused(
                "ENVIRONMENT=production, and the embedded servers have no TLS and no passwords; "
                f"set {', '.join(missing)} to real servers (docs/deploying.md)."
            )
        private_folder(folder)
        self.postgres = Postgres(folder, throwaway=throwaway) if "DATABASE_URL" in missing else None
        self.valkey = Valkey(folder) if {"BROKER_URL", "CACHE_URL"} & set(missing) else None
        self.s3 = store(folder, throwaway=throwaway) if "S3_BUCKET" in missing else None

    def start(self) -> None:
        """Start what is missing; raises PartFailed with everything stopped again."""
        try:
            if self.s3:
                self.s3.begin()
            if self.postgres:
                self.postgres.start()
            if self.valkey:
                self.valkey.start()
            if self.s3:
                self.s3.finish()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all, the database last."""
        for part in (self.s3, self.valkey, self.postgres):
            if part:
                part.stop()

    def processes(self) -> list[Process]:
        """The running servers' processes, in the order of starting."""
        return [part.process for part in (self.postgres, self.valkey, self.s3) if part]

    def environ(self) -> dict[str, str]:
        """The given variables with the started servers' addresses filled in; call it after `start`."""
        found = dict(self.given)
        found.setdefault("EVIDENCE_SPOOL", str(self.folder / "spool"))
        if self.postgres:
            found["DATABASE_URL"] = self.postgres.url(APP)
            found["DATABASE_OWNER_URL"] = self.postgres.url(OWNER)
        found.setdefault("DATABASE_OWNER_URL", found["DATABASE_URL"])
        if self.valkey:
            found["BROKER_URL"] = found.get("BROKER_URL") or self.valkey.broker_url()
            found["CACHE_URL"] = found.get("CACHE_URL") or self.valkey.cache_url()
        if self.s3:
            found |= self.s3.environ()
        found["DJANGO_SETTINGS_MODULE"] = "aftersales.settings"
        found["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), found.get("PYTHONPATH")]))
        return found


def as_owner(environ: Mapping[str, str]) -> dict[str, str]:
    """The same environment with the database's owner, for migrations."""
    return dict(environ) | {"DATABASE_URL": environ["DATABASE_OWNER_URL"]}


def demo_environ(parts: Parts, port: int) -> dict[str, str]:
    """Everything the demonstration's web, worker and beat read; keeps its secret key beside its data."""
    found = parts.environ()
    found.setdefault("ENVIRONMENT", "demo")
    found.setdefault("SECRET_KEY", kept_secret(parts.folder / "secret_key"))
    found.setdefault("EMAIL_URL", f"filemail:///{quote(str(parts.folder / 'mail'))}")
    found.setdefault("SITE_URL", f"http://localhost:{port}")
    found.setdefault("STATIC_ROOT", str(parts.folder / "static"))
    found["PORT"] = str(port)
    return found


def kept_secret(path: Path) -> str:
    """The secret in that file, made on the first call."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


__all__ = ["PartFailed", "Parts", "Refused", "as_owner", "demo_environ"]
