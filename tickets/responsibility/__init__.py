"""Who is responsible, recommended with its basis: facts from the order's trace, rules on the facts."""

from .recommendation import Recommendation, recommend

__all__ = ["Recommendation", "recommend"]
