"""Moments, days, shares and amounts of money as people read them. Built into every template."""

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal

from django import template
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_bidi, gettext, npgettext, pgettext

register = template.Library()

SYMBOLS = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "CA$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NZD": "NZ$",
    "USD": "$",
    "VND": "₫",
}
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3}


# ── time ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@register.filter
def duration(value: dt.timedelta | None) -> str:
    """`47 min`, `1 h 25`, `1 d 2 h`, `16 d`: what a person says, rounded down."""
    if value is None:
        return ""
    minutes = int(abs(value).total_seconds() // 60)
    hours, days = minutes // 60, minutes // 1440
    if minutes < 60:
        return npgettext("a duration", "%(n)d min", "%(n)d min", minutes) % {"n": minutes}
    if hours < 24:
        return gettext("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": minutes % 60}
    if days < 14 and hours % 24:
        return gettext("%(days)d d %(hours)d h") % {"days": days, "hours": hours % 24}
    return npgettext("a duration", "%(n)d d", "%(n)d d", days) % {"n": days}


def _full(value: dt.datetime) -> str:
    local = timezone.localtime(value)
    return f"{formats.date_format(local, 'DATETIME_FORMAT')} {local.tzname()}"


def clocked(value: dt.datetime, text: str) -> SafeString:
    """A text that stands for a moment; the whole of it as its title."""
    moment = value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment, _full(value), text)


@register.simple_tag
def when(value: dt.datetime | None, now: dt.datetime | None = None) -> SafeString | str:
    """A moment in the reader's time zone, as short as it can be; the whole of it as its title."""
    if value is None:
        return "–"
    local, today = timezone.localtime(value), timezone.localtime(now or timezone.now())
    if local.date() == today.date():
        shape = pgettext("time today, as Django's date filter", "H:i")
    elif local.year == today.year:
        shape = pgettext("date and time this year, as Django's date filter", "j M, H:i")
    else:
        shape = pgettext("date of another year, as Django's date filter", "j M Y")
    return clocked(value, formats.date_format(local, shape))


@register.simple_tag
def day(value: dt.date | None) -> SafeString | str:
    """A day, or a moment's day in the reader's time zone, as `when` writes one of another year."""
    if value is None:
        return "–"
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date()
    shape = pgettext("date of another year, as Django's date filter", "j M Y")
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), formats.date_format(value, shape))


@register.simple_tag
def ago(value: dt.datetime | None, now: dt.datetime | None = None) -> SafeString | str:
    """How long since (or until) a moment."""
    if value is None:
        return "–"
    past = (now or timezone.now()) - value
    if abs(past) < dt.timedelta(minutes=1):
        text = gettext("just now")
    elif past > dt.timedelta(0):
        text = gettext("%(time)s ago") % {"time": duration(past)}
    else:
        text = gettext("in %(time)s") % {"time": duration(past)}
    return clocked(value, text)


# ── numbers ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _minus(text: str) -> str:
    return text.replace("-", "−", 1) if text.startswith("-") else text


def _ltr(text: str) -> str:
    """Keep a sign before its number where writing runs from right to left."""
    return f"\N{LEFT-TO-RIGHT MARK}{text}" if text[:1] in "+−" and get_language_bidi() else text


@register.simple_tag
def percent(value, digits: int = 0, sign: bool = False) -> str:
    """A number of hundredths as `94%`; None is a dash. `sign=True` writes the plus too."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    text = _minus(formats.number_format(round(Decimal(str(value)), digits), digits))
    plus = "+" if sign and value > 0 else ""
    return _ltr(pgettext("percentage", "%(number)s%%") % {"number": plus + text})


def _money(amount, currency: str) -> str:
    if amount is None:
        return "–"
    digits = MINOR_DIGITS.get(currency, 2)
    exact = Decimal(str(amount)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    number = formats.number_format(abs(exact), digits, use_l10n=True, force_grouping=True)
    symbol = SYMBOLS.get(currency, f"{currency}\N{NO-BREAK SPACE}")
    text = pgettext("an amount of money", "%(symbol)s%(number)s") % {"symbol": symbol, "number": number}
    return ("−" if exact < 0 else "") + text


@register.filter
def money(amount, currency: str) -> SafeString:
    """`{{ amount|money:"EUR" }}`: the amount in its own currency, as the language writes it."""
    return format_html('<bdi class="num">{}</bdi>', _money(amount, str(currency or "")))


@register.simple_tag(name="money")
def money_tag(amount, currency: str) -> SafeString:
    """`{% money amount currency %}`: the same as the filter."""
    return money(amount, currency)
