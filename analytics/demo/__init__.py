"""Demonstration data: fourteen months of two look-alike organizations, told from one seed.

The rows are written in bulk; `tests/analytics/test_demo.py` checks that they satisfy what the actions guarantee.
"""
