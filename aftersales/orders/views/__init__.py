"""Screens of orders, partners and imports."""
