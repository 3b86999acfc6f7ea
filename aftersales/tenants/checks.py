"""System checks that run with `manage.py check --database default` and at the start of a worker."""

from django.core.checks import Error, Tags, register
from django.db import connections


@register(Tags.database)
def application_role(app_configs, databases, **kwargs):
    """Report a database role that row-level security does not hold: superuser or BYPASSRLS."""
    errors = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            name, unbound = cursor.fetchone()
        if unbound:
            errors.append(
                Error(
                    f"The database role {name} bypasses row-level security.",
                    hint="Connect as the application role (deploy/postgres/roles.sql makes it).",
                    id="tenants.E001",
                )
            )
    return errors
