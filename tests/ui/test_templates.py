"""Every template keeps to the Content-Security-Policy: nothing inline."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    {
        *ROOT.glob("templates/**/*.html"),
        *ROOT.glob("aftersales/**/templates/**/*.html"),
        *ROOT.glob("*/templates/**/*.html"),
    }
)
FORBIDDEN = {
    "style attribute": re.compile(r"""<[^>]*\sstyle\s*=""", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)[^>]*>", re.I),
    "script with a body": re.compile(r"<script\b[^>]*>\s*[^<\s]", re.I),
    "event attribute": re.compile(r"""<[^>]*\son[a-z]+\s*=""", re.I),
    "htmx event attribute": re.compile(r"""\bhx-on\b"""),
    "javascript address": re.compile(r"""["']\s*(?:javascript|js):""", re.I),
}
# A mail has no Content-Security-Policy, and mail programs know no style sheets.
MAILS = re.compile(r"/(mail|mails|email|emails)/")


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_nothing_inline(path):
    text = path.read_text()
    if MAILS.search(str(path)):
        return
    found = [f"{what}: {match.group()[-80:]}" for what, rule in FORBIDDEN.items() for match in rule.finditer(text)]
    assert not found


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_parses(path):
    from django.template import engines

    engines["django"].from_string(path.read_text())


def test_rules_catch_what_they_should():
    for bad in (
        '<p style="x">',
        "<style>",
        "<script>x()</script>",
        '<script src="a">x()</script>',
        '<a onclick="x">',
        '<a hx-on:click="x">',
        '<a href="javascript:x">',
    ):
        assert any(rule.search(bad) for rule in FORBIDDEN.values()), bad
    for good in ('<script src="a.js" defer></script>', '<option value="one">', "<p>on = 1</p>"):
        assert not any(rule.search(good) for rule in FORBIDDEN.values()), good


def test_style_sheet_is_logical():
    """One style sheet serves both directions, so it names no left and no right."""
    css = re.sub(r"/\*.*?\*/", "", (ROOT / "static/app.css").read_text(), flags=re.S)
    assert not re.findall(
        r"(?:margin|padding|border)-(?:left|right)|text-align:\s*(?:left|right)|[;{]\s*(?:left|right|width|height):",
        css,
    )
