from django.apps import AppConfig
from django.db.models.signals import pre_migrate


class TenantsConfig(AppConfig):
    name = "aftersales.tenants"
    label = "tenants"

    def ready(self):
        from . import checks  # noqa: F401  (registers the system checks)
        from .walls import grant_to_app

        # Before the first migration of any app: default privileges only reach tables made after them.
        pre_migrate.connect(grant_to_app, sender=self)
