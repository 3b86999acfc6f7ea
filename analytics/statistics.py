"""The arithmetic of rates: intervals, and the mark on small samples. Formulas and sources: `docs/definitions.md`."""

import math
from dataclasses import dataclass

Z95 = 1.959963984540054  # the 97.5 % point of the normal distribution

# Parker et al. 2017 (NCHS, Vital Health Stat 2(175)): fewer than 30, an interval 30 points wide or wider, or one wider
# than 5 points and wider than 130 % of the rate itself is not shown as a finding.
FEWEST = 30
NARROW, WIDE, RELATIVE = 0.05, 0.30, 1.30


@dataclass(frozen=True)
class Interval:
    """The ends of a 95 % interval, as proportions."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """How far the ends are apart."""
        return self.high - self.low


def wilson(hits: int, of: int) -> Interval | None:
    """Return the 95 % score interval of `hits` ÷ `of` (Wilson 1927, no continuity correction); None for `of` = 0."""
    if of <= 0:
        return None
    p, z2 = hits / of, Z95 * Z95
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    return Interval(0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == of else min(1.0, middle + half))


def difference(hits: int, of: int, hits_before: int, of_before: int) -> Interval | None:
    """Return the 95 % interval of a proportion's change (Newcombe 1998, method 10); None without orders on a side."""
    now, before = wilson(hits, of), wilson(hits_before, of_before)
    if now is None or before is None:
        return None
    p, q = hits / of, hits_before / of_before
    down = math.sqrt((p - now.low) ** 2 + (before.high - q) ** 2)
    up = math.sqrt((now.high - p) ** 2 + (q - before.low) ** 2)
    return Interval(p - q - down, p - q + up)


def too_few(hits: int, of: int) -> bool:
    """Whether the sample is too small to judge by: the rule is at the head of this module."""
    interval = wilson(hits, of)
    if interval is None or of < FEWEST or interval.width >= WIDE:
        return True
    return interval.width > NARROW and interval.width > RELATIVE * hits / of
