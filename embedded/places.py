"""Where the embedded servers keep data, logs and sockets."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("AFTERSALES_VAR") or ROOT / "var").absolute()
ROLES_SQL = ROOT / "deploy" / "postgres" / "roles.sql"

# A Unix socket's path ends at about 107 bytes, of which PostgreSQL's own file name takes 20.
LONGEST_SOCKET_FOLDER = 80


def private_folder(path: Path) -> Path:
    """Make the folder for this user alone and return it; raises PermissionError if somebody else owns it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to somebody else; remove it or set TMPDIR.")
    path.chmod(0o700)
    return path


def short_twin(folder: Path) -> Path:
    """A short name outside the checkout that belongs to this folder and this user only."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:10]
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    if len(base) > LONGEST_SOCKET_FOLDER - 30:
        base = "/tmp"
    return Path(base) / f"aftersales-{os.getuid()}-{digest}"


def socket_folder(folder: Path) -> Path:
    """The private folder for the sockets of the servers in `folder`, short enough for the kernel."""
    wanted = folder / "run"
    return private_folder(wanted if len(os.fsencode(wanted)) <= LONGEST_SOCKET_FOLDER else short_twin(folder))


def reachable_twin(folder: Path) -> Path:
    """Where PostgreSQL's data goes when the user it runs as cannot walk to `folder`; outlives a restart."""
    return Path("/var/tmp") / short_twin(folder).name


def wipe(folder: Path, keep: Collection[str] = ()) -> None:
    """Delete what the servers of this folder keep, its twins too, except the named entries."""
    for twin in (short_twin(folder), reachable_twin(folder)):
        shutil.rmtree(twin, ignore_errors=True)
    for entry in folder.iterdir() if folder.exists() else []:
        if entry.name in keep:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)
