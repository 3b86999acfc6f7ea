"""The wall inside PostgreSQL: row-level security, composite foreign keys and the application role's rights.

`Wall` is the last operation of every migration that makes tables; `tests/test_tenancy.py` reads the catalog and fails
on a table without it. Source of the mechanism: PostgreSQL 18 manual, 5.9 "Row Security Policies".
"""

from django.conf import settings
from django.db import connections, migrations

from .base import TenantForeignKey, TenantModel
from .scope import SETTING

CURRENT = f"nullif(current_setting('{SETTING}', true), '')::bigint"

# Tables without an organization, each with its reason. The catalog test fails on an entry no longer needed.
EXEMPT = {
    "django_migrations": "Django's own",
    "django_content_type": "Django's own",
    "django_session": "sign-in, known before the organization",
    "auth_permission": "Django's own, unused",
    "auth_group": "Django's own, unused",
    "auth_group_permissions": "Django's own, unused",
    "account_emailaddress": "sign-in, known before the organization",
    "account_emailconfirmation": "sign-in, known before the organization",
    "tenants_user": "a person may belong to several organizations",
    "tenants_organization": "the directory that the tenant is looked up in",
    "tenants_membership": "read to enter an organization",
    "tenants_invitation": "opened before the person is a member",
}


def grant_to_app(sender, using, **kwargs) -> None:
    """Give the application role its rights on the tables that the coming migrations make (a pre_migrate handler)."""
    role = connections[using].ops.quote_name(settings.DATABASE_APP_ROLE)
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [settings.DATABASE_APP_ROLE]
        )
        user, exists = cursor.fetchone()
        if not exists:
            raise RuntimeError(
                f"The role {settings.DATABASE_APP_ROLE} is missing; run deploy/postgres/roles.sql as a superuser."
            )
        if user == settings.DATABASE_APP_ROLE:
            raise RuntimeError("Migrations run as the owner's role: set DATABASE_URL to DATABASE_OWNER_URL for them.")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        cursor.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
        cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}")


class Wall(migrations.operations.base.Operation):
    """Put the named models' tables behind the wall: (organization, id) unique, forced RLS, composite foreign keys."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, *models: str):
        self.models = models

    def deconstruct(self):
        return type(self).__name__, list(self.models), {}

    def describe(self):
        return "Row-level security and composite foreign keys for " + ", ".join(self.models)

    def state_forwards(self, app_label, state):
        """Change nothing in Django's state: the wall is invisible to the ORM."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        models = [to_state.apps.get_model(app_label, name) for name in self.models]
        for model in models:
            _protect(schema_editor, model._meta.db_table)
        for model in models:
            for field in model._meta.local_concrete_fields:
                if isinstance(field, TenantForeignKey):
                    _tie(schema_editor, model._meta.db_table, field)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Do nothing: the tables go away with the migration that made them."""


def _protect(schema_editor, table: str) -> None:
    quoted = schema_editor.quote_name(table)
    schema_editor.execute(f"ALTER TABLE {quoted} ADD CONSTRAINT {table}_tenant_id UNIQUE (organization_id, id)")
    schema_editor.execute(f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY")
    schema_editor.execute(f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY")
    schema_editor.execute(
        f"CREATE POLICY tenant ON {quoted} USING (organization_id = {CURRENT}) WITH CHECK (organization_id = {CURRENT})"
    )


def _tie(schema_editor, table: str, field) -> None:
    target = field.related_model._meta.db_table
    schema_editor.execute(
        f"ALTER TABLE {schema_editor.quote_name(table)} ADD CONSTRAINT {table}_{field.column}_tenant_fk "
        f"FOREIGN KEY (organization_id, {field.column}) "
        f"REFERENCES {schema_editor.quote_name(target)} (organization_id, id)"
    )


class AppendOnly(migrations.operations.base.Operation):
    """Make a table append-only: the application role may only read and insert, and a trigger refuses everybody."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str):
        self.model = model

    def deconstruct(self):
        return type(self).__name__, [self.model], {}

    def describe(self):
        return f"Append-only {self.model}"

    def state_forwards(self, app_label, state):
        """Change nothing in Django's state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        quoted = schema_editor.quote_name(table)
        role = schema_editor.quote_name(settings.DATABASE_APP_ROLE)
        schema_editor.execute(f"REVOKE UPDATE, DELETE ON {quoted} FROM {role}")
        schema_editor.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'insufficient_privilege'; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {quoted} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
            params=None,
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_refuse() CASCADE")


class Frozen(migrations.operations.base.Operation):
    """Refuse changes to the rows of a table in which `column` has `value`: what was published stays as it was."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, column: str, value: str):
        self.model, self.column, self.value = model, column, value

    def deconstruct(self):
        return type(self).__name__, [self.model, self.column, self.value], {}

    def describe(self):
        return f"{self.model} is frozen where {self.column} is {self.value}"

    def state_forwards(self, app_label, state):
        """Change nothing in Django's state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        column, value = schema_editor.quote_name(self.column), schema_editor.quote_value(self.value)
        schema_editor.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table} is frozen' USING ERRCODE = 'insufficient_privilege'; END $$",
            params=None,
        )
        schema_editor.execute(
            f"CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON {schema_editor.quote_name(table)} "
            f"FOR EACH ROW WHEN (OLD.{column} = {value}) EXECUTE FUNCTION {table}_refuse()",
            params=None,
        )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_refuse() CASCADE")


class WriteOnce(migrations.operations.base.Operation):
    """Let the named columns be written once: `fixed` ones by the INSERT, `unset` ones by the first UPDATE that fills
    them. A row that belongs to something (`kept_by`: one of these columns is filled) cannot be deleted either."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, model: str, *, fixed: tuple[str, ...], unset: tuple[str, ...], kept_by: tuple[str, ...]):
        self.model, self.fixed, self.unset, self.kept_by = model, fixed, unset, kept_by

    def deconstruct(self):
        return type(self).__name__, [self.model], {"fixed": self.fixed, "unset": self.unset, "kept_by": self.kept_by}

    def describe(self):
        return f"{self.model} is written once"

    def state_forwards(self, app_label, state):
        """Change nothing in Django's state."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model)
        table = model._meta.db_table

        def columns(names: tuple[str, ...]) -> list[str]:
            return [schema_editor.quote_name(model._meta.get_field(name).column) for name in names]

        changed = [f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns(self.fixed)]
        changed += [
            f"(COALESCE(OLD.{name}::text, '') <> '' AND OLD.{name} IS DISTINCT FROM NEW.{name})"
            for name in columns(self.unset)
        ]
        kept = [f"OLD.{name} IS NOT NULL" for name in columns(self.kept_by)]
        schema_editor.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table} is written once' USING ERRCODE = 'insufficient_privilege'; END $$",
            params=None,
        )
        for event, condition in (("UPDATE", changed), ("DELETE", kept)):
            schema_editor.execute(
                f"CREATE TRIGGER write_once_{event.lower()} BEFORE {event} ON {schema_editor.quote_name(table)} "
                f"FOR EACH ROW WHEN ({' OR '.join(condition)}) EXECUTE FUNCTION {table}_refuse()",
                params=None,
            )

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        table = to_state.apps.get_model(app_label, self.model)._meta.db_table
        schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_refuse() CASCADE")


def tenant_models():
    """Return every installed model that belongs to an organization."""
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, TenantModel)]
