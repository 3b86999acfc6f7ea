"""The Arabic catalogue: compiled as it is written, whole where customers and partners read, placeholders kept."""

import ast
import datetime as dt
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation.template import templatize

from aftersales.ui.templatetags.values import duration, money

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "ar" / "LC_MESSAGES"
AGAIN = "Run script/messages, translate what is empty in locale/ar/LC_MESSAGES/django.po, run it again."
# What customers and partners read, by pattern; the words of rules and facts stand on a partner's page.
TEMPLATES = [
    "templates/portal/*.html", "templates/partner/*.html", "templates/plain.html", "templates/ui/*.html",
    "templates/mail/*.txt", "templates/[45]*.html", "templates/evidence/_[ar]*.html", "templates/evidence/[pr]*.html",
    "templates/settings/_rules_text.html",
]  # fmt: skip
CODE = [
    "aftersales/ui/templatetags/ui.py", "aftersales/ui/templatetags/values.py",
    "evidence/refusals.py", "evidence/templatetags/evidence.py",
    "evidence/views/receiving.py", "evidence/views/serving.py", "papers/actions.py", "papers/blocks.py",
    "papers/build.py", "papers/return_label.py", "papers/views.py", "tickets/actions/followup.py",
    "tickets/actions/mediation.py", "tickets/actions/partner.py", "tickets/actions/proofs.py",
    "tickets/actions/returns.py", "tickets/forms/customer.py", "tickets/forms/mediation.py",
    "tickets/forms/partner.py", "tickets/forms/returns.py", "tickets/guide.py", "tickets/models/returns.py",
    "tickets/privacy.py",
    "tickets/problems.py", "tickets/proofs.py", "tickets/queries/customer.py", "tickets/queries/mediation.py",
    "tickets/queries/customer_now.py", "tickets/queries/partner.py", "tickets/queries/partner_facts.py",
    "tickets/queries/returns.py",
    "tickets/responsibility/defaults/*.py", "tickets/responsibility/facts/*.py",
    "tickets/responsibility/recommendation.py", "tickets/views/customer.py", "tickets/views/customer_returns.py",
    "tickets/views/mediation_sides.py", "tickets/views/partner.py", "tickets/views/partner_list.py",
    "tickets/views/photo_places.py", "tickets/views/tracking.py", "tickets/workflow.py",
]  # fmt: skip
# In gettext's order of arguments: how many come before the text, and whether a plural follows it.
CALLS = {"_": 0, "gettext": 0, "gettext_lazy": 0, "gettext_noop": 0, "ngettext": 0, "pgettext": 1, "npgettext": 1}
LITERAL = r"u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
CALLED = re.compile(rf"\b(n?p?gettext|_)\(\s*({LITERAL}(?:\s*,\s*{LITERAL})*)")
PLACEHOLDER = re.compile(r"%\(\w+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|%%|\{\w+\}|</?\w+[^>]*>")
ARABIC = re.compile(r"[\u0600-\u06ff]")


@dataclass
class Entry:
    """One entry of a .po file: its texts by keyword (msgctxt, msgid, msgid_plural, msgstr, msgstr[0] …)."""

    flags: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the compiled catalogue calls it."""
        context = self.texts.get("msgctxt")
        return self.texts["msgid"] if context is None else f"{context}\x04{self.texts['msgid']}"

    @property
    def plural(self) -> bool:
        return "msgid_plural" in self.texts

    @property
    def translations(self) -> list[str]:
        return [text for keyword, text in self.texts.items() if keyword.startswith("msgstr")]


def read_po(path: Path) -> list[Entry]:
    """Return the entries of a .po file, its header first."""
    entries = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8").strip()):
        entry, keyword = Entry(), ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry.flags |= {flag.strip() for flag in line[2:].split(",")}
            elif not line.startswith("#"):
                word, text = ("", line) if line.startswith('"') else line.split(" ", 1)
                keyword = word or keyword
                entry.texts[keyword] = entry.texts.get(keyword, "") + ast.literal_eval(text)
        if entry.texts:
            entries.append(entry)
    return entries


@pytest.fixture(scope="module")
def written() -> list[Entry]:
    return read_po(FOLDER / "django.po")


@pytest.fixture(scope="module")
def compiled() -> dict:
    with (FOLDER / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]


def test_the_compiled_catalogue_is_the_written_one(written, compiled):
    wanted: dict = {}
    for entry in written[1:]:
        if entry.plural and all(entry.translations):
            wanted |= {(entry.key, number): text for number, text in enumerate(entry.translations)}
        elif not entry.plural and entry.translations[0]:
            wanted[entry.key] = entry.translations[0]
    assert len({entry.key for entry in written}) == len(written)
    # The compiler leaves a line out of the header.
    assert {key: text for key, text in compiled.items() if key} == wanted, AGAIN


def test_nothing_is_guessed_or_half_done(written):
    assert not [entry.key for entry in written if "fuzzy" in entry.flags]
    begun = [entry for entry in written if entry.plural and any(entry.translations)]
    assert begun and not [e.key for e in begun if not all(e.translations) or len(e.translations) != 6]


def test_placeholders_are_kept(written):
    wrong = []
    for entry in written[1:]:
        source = sorted(PLACEHOLDER.findall(entry.texts["msgid"]))
        for number, text in enumerate(entry.translations):
            kept = sorted(PLACEHOLDER.findall(text))
            # None, one and two are words in Arabic: there the number itself may be left out.
            said = entry.plural and number <= 2 and len(source) - len(kept) == 1 and set(kept) <= set(source)
            if text and kept != source and not said:
                wrong.append((entry.key, text))
    assert not wrong


def keys(name: str, literals: list[str]) -> str:
    """Return the catalogue's key of a gettext call."""
    return "\x04".join(literals[: CALLS[name] + 1])


def texts_of_template(path: Path) -> Iterator[str]:
    for name, arguments in CALLED.findall(templatize(path.read_text(encoding="utf-8"), origin=str(path))):
        yield keys(name, [ast.literal_eval(literal) for literal in re.findall(LITERAL, arguments)])


def texts_of_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield keys(node.func.id, [argument.value for argument in node.args if isinstance(argument, ast.Constant)])


def is_there(key: str, compiled: dict) -> bool:
    return key in compiled or (key, 0) in compiled


@pytest.mark.parametrize("pattern", TEMPLATES)
def test_every_text_of_their_templates_is_translated(pattern, compiled):
    found = {key: path.name for path in sorted(ROOT.glob(pattern)) for key in texts_of_template(path)}
    assert found
    assert not [(key, name) for key, name in found.items() if not is_there(key, compiled)], AGAIN


@pytest.mark.parametrize("pattern", CODE)
def test_every_text_of_their_code_is_translated(pattern, compiled):
    found = {key: path.name for path in sorted(ROOT.glob(pattern)) for key in texts_of_code(path)}
    assert found
    assert not [(key, name) for key, name in found.items() if not is_there(key, compiled)], AGAIN


def test_what_a_template_says_is_found(tmp_path):
    (tmp_path / "t.html").write_text(
        "{% load i18n %}{% translate \"It's\" %}{% translate 'May' context 'month' %}{{ x|default:_('none') }}"
        "{% blocktranslate with a=b %}By {{ a }}{% endblocktranslate %}"
        "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}"
    )
    assert set(texts_of_template(tmp_path / "t.html")) == {"It's", "month\x04May", "none", "By %(a)s", "%(n)s day"}


def test_arabic_counts_and_writes_amounts():
    with translation.override("ar"):
        said = [duration(dt.timedelta(minutes=minutes)) for minutes in (1, 2, 3, 11)]
        assert len(set(said)) == 4 and all(map(ARABIC.search, said))
        assert "3" in said[2] and "11" in said[3]
        assert "€" in money(89, "EUR") and "89" in money(89, "EUR")


@pytest.mark.django_db
def test_an_arabic_reader_gets_an_arabic_portal(luma):
    response = Client().get("/luma/", headers={"Accept-Language": "ar-SA,ar;q=0.9,en;q=0.5"})
    page = response.content.decode()
    assert response.status_code == 200 and '<html lang="ar" dir="rtl"' in page
    heading = re.search(r"<h1>(.*?)</h1>", page)
    assert heading and ARABIC.search(heading[1])
    assert "Find my order" not in page and "Order number" not in page
