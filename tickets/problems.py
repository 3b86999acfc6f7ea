"""The two-level taxonomy of problems: stable codes, names for people, the party usually asked first.

Source: `docs/responsibility.md`, "Problems", drawn from Shopify's, Medusa's and Trendyol's reason lists. An
organization may call a problem otherwise, or retire it: `Organization.problem_words`, which every label here reads.
"""

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from aftersales.tenants.scope import current_organization

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Party(models.TextChoices):
    """Who can bear responsibility."""

    CUSTOMER = "customer", _("Customer")
    SUPPLIER = "supplier", _("Supplier")
    CARRIER = "carrier", _("Carrier")
    WAREHOUSE = "warehouse", _("Warehouse")
    AGENT = "agent", _("Agent (us)")
    CUSTOMS = "customs", _("Customs")


NAMES, ON_TILE = "names", "tile"


def words_of(key: str) -> dict[str, Any]:
    """Return what the entered organization says of a problem (by code) or a group (`Group.key`); {} for nothing."""
    organization = current_organization()
    return organization.problem_words.get(key, {}) if organization else {}


def own_words(key: str, part: str = NAMES) -> str:
    """Return the organization's own words in the reader's language, "" where it uses the usual ones."""
    words = words_of(key).get(part, {})
    language = get_language() or settings.LANGUAGE_CODE
    return words.get(language) or words.get(language.partition("-")[0], "")


def _named(key: str, usual: "StrOrPromise") -> str:
    return own_words(key) or str(usual)


_later = lazy(_named, str)


class Named(models.TextChoices):
    """Choices whose labels are the organization's words, looked up when they are shown."""

    @property
    def key(self) -> str:
        """The key of its words in `Organization.problem_words`."""
        return self.value

    @enum.property
    def label(self) -> "StrOrPromise":
        """The name for people."""
        return _later(self.key, self.usual)

    @property
    def usual(self) -> "StrOrPromise":
        """The name that everybody has who has no other."""
        return self._label_


class Group(Named):
    """The first level."""

    QUALITY = "quality", _("Quality")
    WRONG = "wrong", _("Wrong goods")
    DAMAGE = "damage", _("Damage")
    LOGISTICS = "logistics", _("Logistics")
    CUSTOMS = "customs", _("Customs")
    SERVICE = "service", _("Service")
    CHANGE = "change", _("Change of mind")
    REFUND = "refund", _("Refund")
    OTHER = "other", _("Other")

    @property
    def key(self) -> str:
        """Groups have keys of their own: a problem may have the same code."""
        return f"group:{self.value}"


class Problem(Named):
    """The second level. Codes never change; a name may."""

    DEFECTIVE = "defective", _("Defective on arrival")
    FAILS = "fails_in_use", _("Fails in use")
    COUNTERFEIT = "counterfeit", _("Counterfeit or wrong version")
    EXPIRED = "expired", _("Expired")
    WRONG_ITEM = "wrong_item", _("Wrong item")
    WRONG_SIZE = "wrong_size_colour", _("Wrong size or colour")
    WRONG_QUANTITY = "wrong_quantity", _("Wrong quantity")
    MISSING_ITEM = "missing_item", _("Missing item")
    MISSING_PART = "missing_part", _("Missing part")
    BOX_DAMAGED = "box_damaged", _("Outer box damaged")
    BROKEN_INSIDE = "broken_inside", _("Box intact but item broken")
    WATER = "water", _("Water damage")
    CRUSHED = "crushed", _("Crushed")
    DELAYED = "delayed", _("Delayed")
    NO_MOVEMENT = "no_movement", _("No tracking movement")
    LOST = "lost", _("Lost")
    NOT_RECEIVED = "not_received", _("Delivered but not received")
    WRONG_ADDRESS = "wrong_address", _("Wrong address")
    RETURNED = "returned_to_sender", _("Returned to sender")
    HELD_DOCUMENTS = "held_documents", _("Held by customs: documents")
    HELD_PROHIBITED = "held_prohibited", _("Held by customs: prohibited")
    UNEXPECTED_DUTY = "unexpected_duty", _("Unexpected duty")
    SEIZED = "seized", _("Seized or destroyed")
    VALUATION = "valuation", _("Valuation dispute")
    OVERCHARGED = "overcharged", _("Overcharged freight or weight")
    INSTRUCTION = "instruction_ignored", _("Instruction ignored")
    INSPECTION_MISSED = "inspection_missed", _("Inspection missed")
    SLOW_ANSWER = "slow_answer", _("Slow answer")
    UNWANTED = "unwanted", _("No longer wanted")
    ORDERED_WRONG = "ordered_wrong", _("Ordered wrong")
    REFUND_NOT_RECEIVED = "refund_not_received", _("Refund not received")
    REFUND_AMOUNT = "refund_amount", _("Refund of a wrong amount")
    REFUND_CURRENCY = "refund_currency", _("Refund in a wrong currency")
    OTHER = "other", _("Other")


P, G = Problem, Group
GROUPS: dict[Group, tuple[Problem, ...]] = {
    G.QUALITY: (P.DEFECTIVE, P.FAILS, P.COUNTERFEIT, P.EXPIRED),
    G.WRONG: (P.WRONG_ITEM, P.WRONG_SIZE, P.WRONG_QUANTITY, P.MISSING_ITEM, P.MISSING_PART),
    G.DAMAGE: (P.BOX_DAMAGED, P.BROKEN_INSIDE, P.WATER, P.CRUSHED),
    G.LOGISTICS: (P.DELAYED, P.NO_MOVEMENT, P.LOST, P.NOT_RECEIVED, P.WRONG_ADDRESS, P.RETURNED),
    G.CUSTOMS: (P.HELD_DOCUMENTS, P.HELD_PROHIBITED, P.UNEXPECTED_DUTY, P.SEIZED, P.VALUATION),
    G.SERVICE: (P.OVERCHARGED, P.INSTRUCTION, P.INSPECTION_MISSED, P.SLOW_ANSWER),
    G.CHANGE: (P.UNWANTED, P.ORDERED_WRONG),
    G.REFUND: (P.REFUND_NOT_RECEIVED, P.REFUND_AMOUNT, P.REFUND_CURRENCY),
    G.OTHER: (P.OTHER,),
}
GROUP_OF: dict[str, Group] = {problem: group for group, problems in GROUPS.items() for problem in problems}


def is_retired(problem: str) -> bool:
    """Whether the entered organization chooses this problem no more; tickets that have it keep it."""
    return bool(words_of(problem).get("retired"))


def may_be_chosen(problem: str) -> bool:
    """Whether a ticket may get this problem."""
    return problem in Problem.values and not is_retired(problem)


def problem_choices(keep: str = "", retired: bool = False) -> "list[tuple[StrOrPromise, Any]]":
    """Return the problems as grouped choices for a select; `keep` stays when it is retired, being chosen already.

    Give the function itself as `choices`, so that each form asks the organization it is shown in.
    """
    shown = {group: [p for p in all_ if retired or p == keep or not is_retired(p)] for group, all_ in GROUPS.items()}
    return [(group.label, [(p.value, p.label) for p in problems]) for group, problems in shown.items() if problems]


def problem_choices_or(empty: "StrOrPromise", retired: bool = False) -> "list[tuple[StrOrPromise, Any]]":
    """Return the same choices below an empty one."""
    return [("", empty), *problem_choices(retired=retired)]


@dataclass(frozen=True)
class Tile:
    """A big button of the complaint form: the customer's words for a problem. Its photos: `checklists.places_of`."""

    problem: Problem
    usual: "StrOrPromise"
    icon: str

    @property
    def words(self) -> str:
        """The words on the tile: the organization's, else the usual ones."""
        return own_words(self.problem, ON_TILE) or str(self.usual)


class Place(models.TextChoices):
    """What a photo shows: the named places of the evidence strip."""

    WHOLE = "whole", _("Whole item")
    CLOSE_UP = "close_up", _("Close-up")
    BOX = "box", _("Outer box")
    PADDING = "padding", _("Padding")
    LABEL = "label", _("Shipping label")
    SERIAL = "serial", _("Serial number or batch mark")
    LETTER = "letter", _("Customs letter")
    BOX_MARK = "box_mark", _("Box maker's mark")
    OTHER = "other", _("Other photo")


TILES: tuple[Tile, ...] = (
    Tile(P.BROKEN_INSIDE, _("It arrived damaged"), "bolt"),
    Tile(P.MISSING_PART, _("Parts are missing"), "puzzle-off"),
    Tile(P.DEFECTIVE, _("It does not work"), "plug-connected-x"),
    Tile(P.WRONG_ITEM, _("Wrong item"), "arrows-exchange"),
    Tile(P.NOT_RECEIVED, _("It never arrived"), "truck-off"),
    Tile(P.COUNTERFEIT, _("Not like the picture"), "photo-x"),
    Tile(P.DELAYED, _("It is late"), "clock"),
    Tile(P.HELD_DOCUMENTS, _("Customs hold it or want money"), "file-text"),
    Tile(P.OTHER, _("Something else"), "dots"),
)
TILE_OF: dict[str, Tile] = {tile.problem: tile for tile in TILES}


def tile_choices() -> list[tuple[str, str]]:
    """Return the tiles that a customer may choose, as choices."""
    return [(tile.problem.value, tile.words) for tile in TILES if not is_retired(tile.problem)]


class Wish(models.TextChoices):
    """What the customer asks for."""

    REFUND = "refund", _("Full refund")
    REPLACEMENT = "replacement", _("A new item")
    KEEP = "keep", _("Keep it, pay less")
    REPAIR = "repair", _("Repair")
    DELIVERY = "delivery", _("Just deliver it")
    OTHER = "other", _("Something else")
