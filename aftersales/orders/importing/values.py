"""Cells to values. Every function takes stripped text and raises Unreadable with a reason that says how to mend it."""

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

AMOUNT = re.compile(r"(-?)(\d+)(?:\.(\d+))?")
LARGEST_WHOLE = 2_147_483_647
CENT = Decimal("0.01")
SPACES = str.maketrans("", "", " \u00a0\u202f\u2009'’")


class Unreadable(ValueError):
    """A cell that is not what its column needs."""


def _number(text: str) -> Decimal:
    """Return the number. A lone mark before exactly three digits could mean thousands or decimals: refused."""
    plain = text.translate(SPACES)
    marks = [mark for mark in plain if mark in ".,"]
    if len(set(marks)) == 2:
        decimal = marks[-1]
        if marks.count(decimal) > 1:
            raise Unreadable(_("This is no number. Write digits with one point, such as 1234.50."))
        thousands = "," if decimal == "." else "."
        if not re.fullmatch(rf"-?\d{{1,3}}(\{thousands}\d{{3}})+\{decimal}\d+", plain):
            raise Unreadable(_("This is no number. Write digits with one point, such as 1234.50."))
        plain = plain.replace(thousands, "").replace(decimal, ".")
    elif len(marks) == 1 and re.fullmatch(r"-?[1-9]\d{0,2}[.,]\d{3}", plain):
        raise Unreadable(_("This can be read in two ways. Write 1234.00 for thousands, 1.23 for decimals."))
    elif len(marks) > 1:
        if not re.fullmatch(rf"-?\d{{1,3}}(\{marks[0]}\d{{3}})+", plain):
            raise Unreadable(_("This is no number. Write digits with one point, such as 1234.50."))
        plain = plain.replace(marks[0], "")
    plain = plain.replace(",", ".")
    if not AMOUNT.fullmatch(plain):
        raise Unreadable(_("This is no number. Write digits with one point, such as 1234.50."))
    return Decimal(plain)


def money(text: str) -> Decimal:
    """Return a non-negative amount with at most two decimals, exactly as written."""
    amount = _number(text)
    if amount < 0:
        raise Unreadable(_("An amount cannot be below zero here."))
    if amount >= Decimal(10) ** 10:
        raise Unreadable(_("This amount is too large. Check the decimal point."))
    if amount != amount.quantize(CENT):
        raise Unreadable(_("An amount has at most two decimals, such as 12.50."))
    return amount.quantize(CENT)


def whole(text: str, *, least: int = 0) -> int:
    """Return a count of at least `least`. `2.0` is 2, `2.5` is refused."""
    number = _number(text)
    if number != number.to_integral_value():
        raise Unreadable(_("This must be a whole number, such as 2."))
    return _limited(int(number), least)


def measure(text: str) -> int:
    """Return a weight or volume in the column's unit, rounded to a whole one (half up)."""
    return _limited(int(_number(text).to_integral_value(ROUND_HALF_UP)), 0)


def _limited(number: int, least: int) -> int:
    if number < least:
        raise Unreadable(_("This must be at least %(least)d.") % {"least": least})
    if number > LARGEST_WHOLE:
        raise Unreadable(_("This number is too large."))
    return number


def moment(text: str, zone: ZoneInfo) -> dt.datetime:
    """Return an aware time: ISO 8601 (`2026-03-02 12:01:33 +0100`, `2026-03-02T11:01Z`); without offset in `zone`."""
    try:
        found = dt.datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", text.removesuffix(" UTC")))
    except ValueError:
        raise Unreadable(
            _("This is no time. Write 2026-03-02 14:30, or with its offset 2026-03-02 14:30 +0800.")
        ) from None
    if not 1990 <= found.year <= 2100:
        raise Unreadable(_("The year must lie between 1990 and 2100."))
    if text.endswith(" UTC"):
        found = found.replace(tzinfo=dt.UTC)
    # UTC at once: two times of different zones are never equal where a clock was set forward (PEP 495).
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(dt.UTC)


def yes_no(text: str) -> bool:
    """Return whether the cell says yes."""
    word = text.lower()
    if word in ("yes", "y", "true", "1"):
        return True
    if word in ("no", "n", "false", "0"):
        return False
    raise Unreadable(_("Write yes or no, or leave the cell empty where nobody knows."))


def day(text: str) -> dt.date:
    """Return a date written as `2026-03-02` (a time after it is left out)."""
    try:
        found = dt.datetime.fromisoformat(text).date()
    except ValueError:
        raise Unreadable(_("This is no date. Write it as 2026-03-02.")) from None
    if not 1990 <= found.year <= 2100:
        raise Unreadable(_("The year must lie between 1990 and 2100."))
    return found


def country(text: str) -> str:
    """Return the two capital letters of ISO 3166."""
    code = text.upper()
    if not re.fullmatch("[A-Z]{2}", code):
        raise Unreadable(_("Write the country as two letters, such as DE."))
    return code


def currency(text: str) -> str:
    """Return the three capital letters of ISO 4217."""
    code = text.upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise Unreadable(_("Write the currency as three letters, such as EUR."))
    return code


def email(text: str) -> str:
    """Return the address in small letters."""
    try:
        validate_email(text)
    except ValidationError:
        raise Unreadable(_("This is no e-mail address. Write one such as maria@example.com.")) from None
    return text.lower()


def hs_code(text: str) -> str:
    """Return 4 to 10 digits of the Harmonized System, without points."""
    digits = text.replace(".", "").replace(" ", "")
    if not re.fullmatch(r"\d{4,10}", digits):
        raise Unreadable(_("An HS code has 4 to 10 digits, such as 940510."))
    return digits
