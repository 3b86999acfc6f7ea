"""Makes PDF files. What people wrote goes in as data (JSON), never as markup, so it cannot do anything.

The root is a temporary folder that holds our templates, the data and the pictures of this one paper.
"""

import datetime as dt
import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import glyphs, sandbox

TEMPLATES = Path(__file__).parent / "typ"
PATIENCE_SECONDS = sandbox.SECONDS + 10
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

logger = logging.getLogger(__name__)


class NotMade(Exception):
    """The paper could not be set; trying again with the same data may not help."""


def pdf(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], *, at: dt.datetime) -> bytes:
    """Return the PDF of a template with its data; `pictures` lie beside it under their names. Raises NotMade.

    The same input gives the same bytes.
    """
    with tempfile.TemporaryDirectory(prefix="paper-") as folder:
        root = Path(folder)
        for source in TEMPLATES.glob("*.typ"):
            shutil.copy(source, root / source.name)
        shutil.copy(TEMPLATES / f"{template}.typ", root / "main.typ")
        (root / "data.json").write_text(json.dumps(printable(data), ensure_ascii=False), encoding="utf-8")
        for name, content in pictures.items():
            (root / name).write_bytes(content)
        return _run(root, int(at.timestamp()))


def printable(value: Any) -> Any:
    """Return data whose texts can be printed with our fonts."""
    if isinstance(value, str):
        return glyphs.shown(value)
    if isinstance(value, Mapping):
        return {str(key): printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [printable(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else glyphs.shown(str(value))


def direction(language: str) -> str:
    """Return "rtl" or "ltr"."""
    return "rtl" if language[:2] in RIGHT_TO_LEFT else "ltr"


def _run(root: Path, timestamp: int) -> bytes:
    command = [sys.executable, "-I", sandbox.__file__, str(root), str(timestamp)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env={}, cwd="/", timeout=PATIENCE_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotMade("It took too long.") from None
    if done.returncode:
        logger.error("Typst ended with %d: %s", done.returncode, done.stderr[-500:].decode(errors="replace"))
        raise NotMade("It took too long or too much memory.")
    line, _newline, content = done.stdout.partition(b"\n")
    answer = json.loads(line)
    if "problem" in answer:
        logger.error("Typst refused a paper: %s", answer["problem"])
        raise NotMade("Its pages could not be set.")
    for warning in answer["warnings"]:
        logger.warning("Typst: %s", warning)
    return content
