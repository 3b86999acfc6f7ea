"""Addresses of orders, partners and imports, by audience."""

from django.urls import path  # noqa: F401

desk: list = []
settings: list = []
