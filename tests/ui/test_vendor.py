"""What browsers are given from others is what we locked."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
LOCK = dict(line.split()[::-1] for line in (STATIC / "vendor.lock").read_text().splitlines())


def test_every_vendored_file_is_locked_and_as_locked():
    files = {f"vendor/{path.name}": path.read_bytes() for path in (STATIC / "vendor").iterdir()}
    expected = {name: value for name, value in LOCK.items() if name.startswith("vendor/")}
    assert files.keys() == expected.keys()
    for name, content in files.items():
        assert "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode() == expected[name], name


def test_every_package_has_its_licence():
    packages = [name for name in LOCK if not name.startswith("vendor/")]
    assert len([name for name in LOCK if name.endswith(".LICENSE")]) == len(packages)


def test_htmx_and_its_sse_extension_are_one_file():
    assert "hx-sse" in (STATIC / "vendor/htmx.js").read_text()


def test_every_icon_named_in_templates_and_code_is_in_the_sprite():
    root = STATIC.parent
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "vendor/icons.svg").read_text()))
    named = set()
    for path in [*root.glob("templates/**/*.html"), *root.glob("*/templates/**/*.html")]:
        named |= set(re.findall(r"""{%\s*icon ["']([\w-]+)["']""", path.read_text()))
    assert named - sprite == set()


def test_own_script_stays_small():
    scripts = list(STATIC.glob("*.js"))
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) <= 21 * 1024
    assert len((STATIC / "theme.js").read_bytes()) < 512
