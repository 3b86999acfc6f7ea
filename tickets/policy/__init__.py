"""What the organization promises: windows to complain, and the plan that is proposed by default for a case."""

from .ground import refund_columns, refundable_of
from .proposal import Proposal, default_plan, value_of
from .remedies import default_remedies, remedies
from .windows import CHECKED_ON, NAMES, WindowFound, default_windows, window_for, windows

__all__ = [
    "CHECKED_ON",
    "NAMES",
    "Proposal",
    "WindowFound",
    "default_plan",
    "default_remedies",
    "default_windows",
    "refund_columns",
    "refundable_of",
    "remedies",
    "value_of",
    "window_for",
    "windows",
]
