"""Labelled cases: what a recommendation says about them, compared with what people would decide.

The format and the comparison are described in `docs/responsibility.md`, "Labelled cases".
"""

from .cases import BadFile, Case, load
from .judging import Result, run

__all__ = ["BadFile", "Case", "Result", "load", "run"]
