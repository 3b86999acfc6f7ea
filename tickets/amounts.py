"""Amounts of money: decimals with the digits that their currency has, divided so that nothing is lost."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from aftersales.ui.templatetags.values import MINOR_DIGITS

# No column keeps more, so that a currency of three digits is kept in hundredths.
MOST_DIGITS = 2


def digits_of(currency: str) -> int:
    """Return how many digits an amount has after the point. Source: ISO 4217, minor units."""
    return min(MINOR_DIGITS.get(currency, MOST_DIGITS), MOST_DIGITS)


def fits(amount: Decimal, currency: str) -> bool:
    """Whether an amount has no more digits than its currency: 12.5 JPY does not exist."""
    return amount == amount.quantize(_unit(currency), ROUND_DOWN)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return the amount in the currency's digits, halves away from zero."""
    return amount.quantize(_unit(currency), ROUND_HALF_UP)


def split(amount: Decimal, percents: Sequence[int], currency: str) -> list[Decimal]:
    """Return the parts of an amount by per cents that add to 100; the parts add up to it to the last cent.

    Largest remainder: everybody gets its part rounded down, and what is left goes unit by unit to those who lost most.
    """
    unit = _unit(currency)
    exact = [amount * percent / 100 for percent in percents]
    parts = [each.quantize(unit, ROUND_DOWN) for each in exact]
    left = int((amount - sum(parts, Decimal(0))) / unit)
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in order[:left]:
        parts[n] += unit
    return parts


def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-digits_of(currency))
