"""Addresses of what managers read."""

from django.urls import path  # noqa: F401

insights: list = []
