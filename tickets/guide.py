"""In the customer's words: where a photo belongs and how to take it, what is enough, what is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .checklists import COUNT, asks
from .problems import Place
from .proofs import HOW_OF, PLACE_OF, Proof

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What is told or sent, not pictured.
NO_FILE = {Proof.STATEMENT_OF_USE, Proof.ITEM_RETURN}


@dataclass(frozen=True)
class Shot:
    """One place of the customer's page for photos: what to show there and how, and whether it decides."""

    place: str
    label: "StrOrPromise"
    how: "StrOrPromise" = ""
    needed: bool = False
    count: int = 1


def shots_of(problem: str) -> list[Shot]:
    """Return the named places whose photos help with a problem, those that decide it first; [] where none helps."""
    needed, useful = asks(problem)
    return [
        Shot(PLACE_OF[proof].value, PLACE_OF[proof].label, HOW_OF[proof], proof in needed, COUNT.get(proof, 1))
        for proof in (*needed, *useful)
        if proof in PLACE_OF
    ]


def shots_asked(proofs: Iterable[str]) -> list[Shot]:
    """Return the places for what was asked for, each once; what has no place of its own comes as one under its name."""
    wanted = [Proof(proof) for proof in proofs if proof not in NO_FILE]
    found = {
        PLACE_OF[proof]: Shot(PLACE_OF[proof].value, PLACE_OF[proof].label, HOW_OF[proof], needed=True)
        for proof in wanted
        if proof in PLACE_OF
    }
    others = [proof for proof in wanted if proof not in PLACE_OF]
    how = HOW_OF.get(others[0], "") if len(others) == 1 else ""
    names = _joined(proof.label for proof in others)
    return [*found.values(), *([Shot(Place.OTHER.value, names, how, needed=True)] if others else [])]


def enough_words(shots: Iterable[Shot], there: Mapping[str, int]) -> str:
    """Return what is enough to decide, for the customer; `there` is how many photos each place has."""
    needed = [shot for shot in shots if shot.needed]
    if not needed:
        return _("Photos help us, but none is needed.")
    if all(there.get(shot.place, 0) >= shot.count for shot in needed):
        return _("This is enough to decide. More helps.")
    words = {"n": len(needed), "places": _joined(shot.label for shot in needed)}
    one = _("This is enough to decide: %(places)s. More helps.")
    many = _("These %(n)d are enough to decide: %(places)s. More helps.")
    return (one if len(needed) == 1 else many) % words


def _joined(names: "Iterable[StrOrPromise]") -> str:
    return pgettext("between two things", ", ").join(map(str, names))


def please_send(proofs: Iterable[Proof]) -> str:
    """Return the words that ask for these, in the language that is active: each with how to take it."""
    proofs = list(proofs)
    if not any(proof in HOW_OF for proof in proofs):
        return _("Please send us: %(proofs)s.") % {"proofs": _joined(proof.label for proof in proofs)}
    lines = [f"• {proof.label}: {HOW_OF[proof]}" if proof in HOW_OF else f"• {proof.label}" for proof in proofs]
    return "\n".join([_("Please send us:"), *lines])
