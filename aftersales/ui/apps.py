from django.apps import AppConfig


class UiConfig(AppConfig):
    """The look: base pages, template tags and charts. Knows no model."""

    name = "aftersales.ui"
    label = "ui"
