"""Addresses of photos, by audience."""

from django.urls import path  # noqa: F401

portal: list = []
desk: list = []
partner: list = []
