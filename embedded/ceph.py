"""Ceph's object gateway on loopback with all data in memory: a real S3 server for the tests' second opinion.

One monitor, one store in memory and the gateway, from the packages radosgw, ceph-mon and ceph-osd. Works as root and as
anybody else. `AFTERSALES_STORE=ceph script/test tests/evidence/test_store.py` uses it.
"""

import os
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from embedded.places import private_folder, socket_folder
from embedded.process import PartFailed, Process
from embedded.s3 import BUCKET, LOOPBACK, REGION, USER, free_port, make_bucket, own_client

PROGRAMS = ("radosgw", "radosgw-admin", "ceph-mon", "ceph-osd", "ceph", "monmaptool", "ceph-authtool")
GIGABYTE = 1024**3
# Who may do what, as the monitor writes it down.
RIGHTS = {
    "mon.": {"mon": "allow *"},
    "client.admin": {"mon": "allow *", "osd": "allow *", "mds": "allow *", "mgr": "allow *"},
    "client.rgw": {"mon": "allow rwx", "osd": "allow rwx"},
    "osd.0": {"mon": "allow profile osd", "osd": "allow *"},
}
SETTINGS = """\
[global]
fsid = {fsid}
mon host = v2:{host}:{mon}
mon initial members = a
public network = 127.0.0.0/8
keyring = {data}/keyring
run dir = {run}
admin socket = {run}/$name.asok
pid file = {run}/$name.pid
log file = {data}/log/$name.log
osd pool default size = 1
osd pool default min size = 1
osd crush chooseleaf type = 0
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 1
[mon.a]
host = localhost
mon data = {data}/mon
mon addr = v2:{host}:{mon}
[osd.0]
osd data = {data}/osd
osd objectstore = memstore
memstore device bytes = {size}
[client.rgw]
rgw frontends = beast endpoint={host}:{port}
rgw data = {data}/rgw
rgw enable usage log = false
rgw thread pool size = 64
"""


def missing() -> list[str]:
    """The programs that are not here."""
    return [name for name in PROGRAMS if not shutil.which(name)]


class Ceph:
    """A gateway in `folder`/ceph with one private, versioned bucket and one user; everything goes when it stops."""

    name = "ceph"

    def __init__(self, folder: Path, *, throwaway: bool = True) -> None:
        if not throwaway:
            raise PartFailed("Ceph runs here with its data in memory: for tests only.")
        self.folder = folder
        self.data = folder / "ceph"
        self.port = free_port()
        self.key = {"id": secrets.token_hex(10), "secret": secrets.token_hex(20)}
        self.environ_inside = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
            "CEPH_CONF": str(self.data / "ceph.conf"),
            "LC_ALL": "C.UTF-8",
        }
        self.monitor = self._server("ceph-mon", "-f", "-i", "a")
        self.disk = self._server("ceph-osd", "-f", "-i", "0")
        self.process = self._server("radosgw", "-f", "-n", "client.rgw")

    @property
    def endpoint(self) -> str:
        """The address."""
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start everything with bucket, user and key; raises PartFailed."""
        self.begin()
        self.finish()

    def begin(self) -> None:
        """Start the monitor without waiting for it."""
        if absent := missing():
            raise PartFailed(f"Not here: {', '.join(absent)}. Install radosgw, ceph-mon and ceph-osd.")
        for name in ("", "log", "mon", "osd", "rgw"):
            private_folder(self.data / name)
        fsid, mon = str(uuid.uuid4()), free_port()
        run = socket_folder(self.folder)
        text = SETTINGS.format(
            fsid=fsid, host=LOOPBACK, mon=mon, data=self.data, run=run, size=GIGABYTE, port=self.port
        )  # fmt: skip
        (self.data / "ceph.conf").write_text(text)
        keyring, monmap = str(self.data / "keyring"), str(self.data / "monmap")
        for name, rights in RIGHTS.items():
            words = [word for on, right in rights.items() for word in ("--cap", on, right)]
            fresh = [] if Path(keyring).exists() else ["--create-keyring"]
            self._run("ceph-authtool", *fresh, keyring, "--gen-key", "-n", name, *words)
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", f"[v2:{LOOPBACK}:{mon}]", monmap)
        self._run("ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--keyring", keyring)
        self.monitor.start()

    def finish(self) -> None:
        """Start the rest and make user and bucket; raises PartFailed."""
        self.monitor.wait_until(lambda: self._says("ceph", "--connect-timeout", "5", "-s"), timeout=60)
        disk = str(uuid.uuid4())
        self._run("ceph", "osd", "new", disk, "0")
        self._run("ceph", "auth", "import", "-i", str(self.data / "keyring"))
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
        self.disk.start()
        self.disk.wait_until(lambda: self._says("ceph", "osd", "stat", expect=" 1 up"), timeout=60)
        self.process.start()
        self.process.wait_until(self._answers, timeout=90, pause=0.1)
        self._run(
            "radosgw-admin", "user", "create", f"--uid={USER}", f"--display-name={USER}",
            f"--access-key={self.key['id']}", f"--secret-key={self.key['secret']}",
        )  # fmt: skip
        make_bucket(own_client("s3", self.endpoint, self.key["id"], self.key["secret"]))

    def stop(self) -> None:
        """Stop everything; returns when it has gone."""
        for process in (self.process, self.disk, self.monitor):
            process.stop()

    def environ(self) -> dict[str, str]:
        """What the application reads."""
        return {
            "S3_ENDPOINT_URL": self.endpoint,
            "S3_BUCKET": BUCKET,
            "S3_ACCESS_KEY_ID": self.key["id"],
            "S3_SECRET_ACCESS_KEY": self.key["secret"],
            "S3_REGION": REGION,
        }

    def _server(self, *command: str) -> Process:
        log = self.folder / "log" / f"{command[0]}.log"
        return Process(command[0], command, log=log, environ=self.environ_inside)

    def _run(self, *command: str) -> str:
        try:
            done = subprocess.run(command, env=self.environ_inside, capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            raise PartFailed(f"{' '.join(command[:3])} did not answer within 60 s.") from None
        if done.returncode:
            raise PartFailed(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _says(self, *command: str, expect: str = "") -> bool:
        try:
            return expect in self._run(*command)
        except PartFailed:
            return False

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.endpoint, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
