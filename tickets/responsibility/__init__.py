"""Who is responsible, recommended with its basis: facts from the order's trace, rules on the facts."""

from .recommendation import Recommendation, decide, recommend
from .rules import BadRule, Rule, current_rules, dump, parse

__all__ = ["BadRule", "Recommendation", "Rule", "current_rules", "decide", "dump", "parse", "recommend"]
