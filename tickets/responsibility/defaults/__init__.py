"""The seeded decision table: plain data, in order, first match wins. Each rule names what it rests on.

Sources checked 2026-11-21 (`docs/responsibility.md`, "Rules"). An organization changes them in versions of its own.
"""

from functools import cache
from typing import Any

from ..rules import Rule, parse
from . import agreed, border, damage, general, logistics, quality, service, wrong

__all__ = ["DEFAULT_RULES", "default_rules"]

DEFAULT_RULES: list[dict[str, Any]] = [
    *agreed.RULES, *general.EARLY, *damage.RULES, *quality.RULES, *wrong.RULES, *logistics.RULES, *border.RULES, *service.RULES, *general.LAST,
]  # fmt: skip


@cache
def default_rules() -> tuple[Rule, ...]:
    """Return the seeded rules, parsed."""
    return parse(DEFAULT_RULES)
