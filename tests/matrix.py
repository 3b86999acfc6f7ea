"""Writes docs/permissions.md from the views: `python -m tests.matrix`. `tests/test_every_url.py` fails if it is old."""

import os
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
HEAD = """# Who may open what

Written by `python -m tests.matrix` from the views' own marks; do not edit. `tests/test_every_url.py` asks every
address as every kind of person and compares. Without a session a member's address leads to the sign-in; to a stranger
it does not exist (404); a member without the right gets 403. “Own object” is guarded in the view: a signed link, a
verified order, a key.

| address | name | anybody | operator | manager | admin |
| --- | --- | --- | --- | --- | --- |
"""
COLUMNS = {
    "public": ("own object", "own object", "own object", "own object"),
    "signed_in": ("–", "yes", "yes", "yes"),
    "work": ("–", "yes", "yes", "yes"),
    "manage": ("–", "–", "yes", "yes"),
    "administer": ("–", "–", "–", "yes"),
}


def page() -> str:
    """Return the page as it should be."""
    from tests.addresses import THEIRS, addresses

    lines = []
    for each in addresses():
        if each.access is None:
            cells = (THEIRS[each.name].partition(": ")[2], "", "", "")
        else:
            cells = COLUMNS[str(each.access)]
        open_to_all = "<" not in each.route.removeprefix("<slug:org>") and not each.name.startswith("api:")
        if each.access == "public" and open_to_all:
            cells = ("yes",) * 4
        lines.append("| " + " | ".join((f"`/{each.route}`", each.name, *cells)) + " |")
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "aftersales.settings"
    nowhere = {
        "ENVIRONMENT": "test", "SECRET_KEY": "matrix", "DATABASE_URL": "postgresql://localhost/none",
        "CACHE_URL": "redis://localhost/1", "BROKER_URL": "redis://localhost/0", "S3_BUCKET": "none",
        "S3_ACCESS_KEY_ID": "none", "S3_SECRET_ACCESS_KEY": "none",
    }  # fmt: skip
    for name, value in nowhere.items():
        os.environ.setdefault(name, value)
    django.setup()
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
