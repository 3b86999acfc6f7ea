"""Who the customer is, found in words that somebody else is about to read. Pure functions over loaded rows.

Nobody's words are rewritten: what the program would show by itself is left out, what a person writes is warned of.
"""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from aftersales.orders.models import Order, Partner

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Shorter parts of a name, and shorter numbers, stand in too many sentences.
SHORTEST_NAME, SHORTEST_PHONE = 3, 7
DIGITS = re.compile(r"\d(?:[\d\s()./-]*\d)?")


def contact_in(text: str, order: Order) -> "list[StrOrPromise]":
    """Return what of the customer's contact stands in `text`, in words: name, e-mail, phone. Order with customer."""
    customer = order.customer
    found: list[StrOrPromise] = []
    if _names(text, customer.name):
        found.append(_("name"))
    if customer.email and customer.email.casefold() in text.casefold():
        found.append(_("e-mail"))
    if _phone(text, customer.phone):
        found.append(_("phone number"))
    return found


def identity_in(text: str, order: Order) -> bool:
    """Whether `text` tells who the customer is or where it lives: contact, address, town, postcode, order number."""
    places = (order.address, order.right_address, order.city, order.postcode, order.number)
    return bool(contact_in(text, order)) or any(_words(text, place) for place in places)


def partner_in(text: str, partner: Partner) -> bool:
    """Whether `text` tells which partner it is: its name or e-mail."""
    return _names(text, partner.name) or bool(partner.email and partner.email.casefold() in text.casefold())


def _names(text: str, name: str) -> bool:
    """Whether the name stands in the text, whole or as one of its words, written large as names are."""
    parts = [part for part in name.split() if len(part) >= SHORTEST_NAME]
    return _words(text, name) or any(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", text) for part in parts)


def _words(text: str, words: str) -> bool:
    words = " ".join(words.split())
    if len(words) < SHORTEST_NAME:
        return False
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", " ".join(text.split()), re.IGNORECASE) is not None


def _phone(text: str, phone: str) -> bool:
    # Without the code of country or town, which people leave out: the last digits tell one line from another.
    wanted = re.sub(r"\D", "", phone)[-SHORTEST_PHONE:]
    numbers = (re.sub(r"\D", "", number) for number in DIGITS.findall(text))
    return len(wanted) == SHORTEST_PHONE and any(wanted in number for number in numbers)
