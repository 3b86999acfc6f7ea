"""Addresses of people and organizations, by audience."""

from django.urls import path  # noqa: F401

site: list = []
portal: list = []
settings: list = []
