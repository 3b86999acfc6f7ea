"""Evidence packs in tests: made as a worker makes them, opened, changed, and checked by the program alone."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

from evidence import verifier
from tests.papers.conftest import ask, content

WELL = "Nothing is wrong: every file is the one that was packed.\n"


def packed(case, **asked) -> tuple[object, bytes]:
    """Return (the paper, the ZIP)."""
    paper = ask(case, "evidence_pack", **asked)
    assert paper.state == "ready", paper.failure
    return paper, content(paper)


def entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def told(files: dict[str, bytes], name: str = "manifest.json"):
    return json.loads(files[name])


def zipped(files: dict[str, bytes] | list[tuple[str, bytes]], target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return target


def sealed(files: dict[str, bytes], manifest) -> dict[str, bytes]:
    """Return the files with a manifest that fits them again, as somebody would who forges a pack."""
    for each in manifest["files"]:
        data = files[each["file"]]
        each |= {"size": len(data), "sha256": sha(data)}
    data = json.dumps(manifest).encode()
    return files | {"manifest.json": data, "manifest.sha256": f"{sha(data)}  manifest.json\n".encode()}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def check(path, manifest: str = "") -> list[str]:
    return list(verifier.check(str(path), manifest))


def run(*arguments, script: Path = Path(verifier.__file__), **options) -> tuple[int, str]:
    """Run the program as somebody who has nothing but Python: no site packages, no environment."""
    command = [sys.executable, "-I", "-S", str(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={}, **options)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout
