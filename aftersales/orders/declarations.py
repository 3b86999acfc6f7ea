"""What is wrong with a customs declaration, before customs say so. Pure: it reads loaded rows and writes nothing.

Sources: CN23 (OECD 2018, Annex A); EU ICS2, six digits of HS, weight per HS code and the guidance on descriptions that
are not accepted; Jersey Post for the digits of Germany and Ireland. See `docs/papers.md`, "Customs".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from .models import Declaration, DeclarationLine, Order

HS_DIGITS = {"DE": 8, "IE": 10}
FEWEST_HS_DIGITS = 6
# Countries that return parcels whose importer is named without a number. Source: CN23, "importer/addressee reference";
# the countries' posts (CPF/CNPJ, RFC, RUT, personal customs code, TC number, EORI is asked for by ICS2 if known).
NEEDS_IMPORTER = frozenset({"AR", "BR", "CL", "CO", "EC", "ID", "KR", "MX", "PE", "TR", "ZA"})
# Descriptions that ICS2 and customs refuse when nothing stands beside them.
STOP_WORDS = frozenset(
    " ".join(word.split())
    for word in """
    accessories | agricultural products | animals | apparel | appliances | art | articles | auto parts | bags |
    battery | beauty products | books | cables | car parts | caps | chemicals | cleaning products | clothes |
    clothing | components | computer parts | consolidated | consumer goods | cosmetics | daily necessities | daily
    use | decoration | documents | dresses | electrical goods | electronic | electronic goods | electronics |
    equipment | fabric | flooring | food | foodstuffs | footwear | freight | freight of all kinds | furniture |
    garments | general cargo | gift | gifts | goods | hardware | health products | home goods | household |
    household goods | instruments | iron | items | jewelry | jewellery | kitchenware | leather goods | lights |
    machine | machine parts | machinery | machines | material | materials | medical | medical supplies | medicine |
    merchandise | metal | metal products | miscellaneous | na | no description | office supplies | other | others |
    packages | parcel | parts | personal belongings | personal effects | phone | phone accessories | pipes | plants
    | plastic | plastic goods | plastic products | plastics | polyurethane | present | product | products |
    promotional items | rubber | sample | samples | sanitary goods | scrap | shoes | spare parts | sporting goods |
    stationery | steel | stuff | supplies | textile | textiles | tiles | tools | toys | various | vehicles | wires |
    see invoice | as per invoice | said to contain | stc
    """.split("|")  # noqa: SIM905
)
FEWEST_LETTERS = 8


@dataclass(frozen=True)
class Finding:
    """One thing to mend: the line (0 is the declaration itself), the field, what is wrong, what to do."""

    line: int
    field: str
    problem: str
    mend: str
    blocks: bool = True

    @property
    def label(self) -> str:
        """The field in words."""
        model = DeclarationLine if self.line else Declaration
        return str(model._meta.get_field(self.field).verbose_name)  # type: ignore[union-attr]


def lint(declaration: Declaration, order: Order) -> list[Finding]:
    """Return what is to be mended, the declaration's own first, then line by line; `lines` may be prefetched."""
    lines = list(declaration.lines.all())
    found = list(_whole(declaration, order, lines))
    for line in lines:
        found += _line(line, order)
    return found


def _whole(declaration: Declaration, order: Order, lines: list[DeclarationLine]) -> Iterator[Finding]:
    if not lines:
        yield Finding(0, "complete", _("No goods are declared."), _("Add a line for each kind of goods."))
    if not declaration.currency:
        yield Finding(0, "currency", _("The currency is missing."), _("Write the currency of the invoice."))
    elif declaration.currency != order.currency:
        said = _("It is declared in %(declared)s, but paid in %(paid)s.")
        mend = _("Declare in the currency of the invoice.")
        yield Finding(0, "currency", said % {"declared": declaration.currency, "paid": order.currency}, mend, False)
    if not declaration.terms:
        yield Finding(0, "terms", _("Terms of delivery are missing."), _("Choose DAP or DDP as booked."))
    elif order.booked_terms and declaration.terms != order.booked_terms:
        said = _("Declared %(declared)s, but %(booked)s was booked.")
        mend = _("Declare the terms that were booked.")
        yield Finding(0, "terms", said % {"declared": declaration.terms, "booked": order.booked_terms}, mend)
    if order.country in NEEDS_IMPORTER and not declaration.importer_reference:
        said = _("%(country)s releases no parcel without the importer's number.") % {"country": order.country}
        yield Finding(0, "importer_reference", said, _("Ask the customer for the tax or customs number."))
    yield from _sums(declaration, order, lines)


def _sums(declaration: Declaration, order: Order, lines: list[DeclarationLine]) -> Iterator[Finding]:
    net = sum(line.net_weight_g or 0 for line in lines)
    if not declaration.gross_weight_g:
        yield Finding(
            0, "gross_weight_g", _("The gross weight is missing."), _("Write the weight of the whole parcel.")
        )
    elif net > declaration.gross_weight_g:
        said = _("The goods weigh %(net)d g together, the parcel only %(gross)d g.")
        mend = _("Weigh again: the net weights together cannot exceed the gross weight.")
        yield Finding(0, "gross_weight_g", said % {"net": net, "gross": declaration.gross_weight_g}, mend)
    values = [line.value for line in lines if line.value is not None]
    goods = order.total - order.freight
    if values and len(values) == len(lines) and declaration.currency == order.currency and sum(values) != goods:
        said = _("The declared values add up to %(sum)s, the goods of the order cost %(order)s.")
        mend = _("Declare what was paid; where the parcel holds only a part, this is right.")
        yield Finding(0, "currency", said % {"sum": sum(values), "order": goods}, mend, False)


def _line(line: DeclarationLine, order: Order) -> Iterator[Finding]:
    at = line.position
    digits = re.sub(r"\D", "", line.hs_code)
    wanted = HS_DIGITS.get(order.country, FEWEST_HS_DIGITS)
    if not digits:
        mend = _("Look it up by what it is and what it is made of; at least %(n)d digits.")
        yield Finding(at, "hs_code", _("The HS code is missing."), mend % {"n": wanted})
    elif len(digits) < wanted:
        said = _("The HS code has %(n)d digits; %(country)s wants %(wanted)d.")
        parts = {"n": len(digits), "country": order.country or "ICS2", "wanted": wanted}
        yield Finding(at, "hs_code", said % parts, _("Add the missing digits."))
    if is_vague(line.description):
        said = _("“%(text)s” is too vague for customs.") % {"text": line.description}
        mend = _("Write what it is, what it is made of and what it is for: “ceramic table lamp, for indoor use”.")
        yield Finding(at, "description", said, mend)
    if not line.origin:
        yield Finding(at, "origin", _("The country of origin is missing."), _("Write where it was made."))
    if not line.net_weight_g:
        yield Finding(at, "net_weight_g", _("The net weight is missing."), _("Write the weight without packing."))
    if line.value is None or line.value <= 0:
        yield Finding(at, "value", _("The value is missing."), _("Write what was paid for these pieces together."))
        return
    paid = line.price_paid if line.price_paid is not None else _paid(line)
    if paid is not None and line.value < paid:
        said = _("Declared at %(value)s, but %(paid)s was paid.") % {"value": line.value, "paid": paid}
        yield Finding(at, "value", said, _("Declare the price that was paid; less is false and risks seizure."))


def _paid(line: DeclarationLine) -> Decimal | None:
    return line.line.unit_price * line.quantity if line.line else None


def is_vague(description: str) -> bool:
    """Whether customs would refuse a description: nothing but words of the stop list, or hardly a word at all."""
    words = re.findall(r"[^\W\d_]+", description.casefold())
    whole = " ".join(words)
    if whole in STOP_WORDS or all(word in STOP_WORDS for word in words):
        return True
    return len(words) < 2 and len(whole) < FEWEST_LETTERS and whole.isascii()
