"""Both walls, each alone, and the catalog: a table without its wall fails here."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_scopes import ScopeError, scope, scopes_disabled

from aftersales.orders.models import Customer, Order, OrderLine
from aftersales.tenants.scope import tenant
from aftersales.tenants.walls import EXEMPT, tenant_models
from tests.factories import make_line, make_order

pytestmark = pytest.mark.django_db


def rows(sql: str, params=()) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def enter(organization) -> None:
    rows("SELECT set_config('app.organization', %s, true)", [str(organization.pk) if organization else ""])


@pytest.fixture
def orders(luma, harbor):
    made = {}
    for organization in (luma, harbor):
        with tenant(organization):
            made[organization] = make_order(number="LH-000001")
            make_line(made[organization])
    return made


def test_the_session_is_the_application_role():
    assert rows(
        "SELECT current_user, rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    ) == [("aftersales_app", False, False, False)]


# ── the catalog ────────────────────────────────────────────────────────────────────────────────────────────────────
def tables() -> set[str]:
    return {name for (name,) in rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_every_table_is_walled_or_exempt_and_no_exemption_is_stale():
    walled = {
        name
        for (name,) in rows(
            """
            SELECT c.relname FROM pg_class c
            JOIN pg_policy p ON p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organization_id' AND a.attnotnull
            JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
                 AND k.confrelid = 'tenants_organization'::regclass AND k.conkey = ARRAY[a.attnum]
            WHERE c.relkind = 'r' AND c.relrowsecurity AND c.relforcerowsecurity
              AND pg_get_expr(p.polqual, p.polrelid) LIKE '%%app.organization%%'
              AND pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%%app.organization%%'
            """
        )
    }
    assert tables() - walled == set(EXEMPT)
    assert walled == {model._meta.db_table for model in tenant_models()}


def test_every_foreign_key_between_tenant_tables_carries_the_organization():
    plain = rows(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
        JOIN pg_class t ON t.oid = confrelid AND t.relrowsecurity
        JOIN pg_class s ON s.oid = conrelid AND s.relrowsecurity
        WHERE contype = 'f' AND (cardinality(conkey) <> 2 OR condeferrable)
        """
    )
    assert plain == []
    ties = rows("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conname LIKE '%%_tenant_fk'")[0][0]
    expected = sum(
        field.is_relation and issubclass(field.related_model, tuple(tenant_models()))
        for model in tenant_models()
        for field in model._meta.local_concrete_fields
    )
    assert ties == expected > 30


def test_every_unique_on_a_tenant_table_includes_the_organization():
    loose = rows(
        """
        SELECT c.relname, i.indexrelid::regclass::text FROM pg_index i
        JOIN pg_class c ON c.oid = i.indrelid AND c.relrowsecurity
        WHERE i.indisunique AND NOT i.indisprimary AND NOT EXISTS (
            SELECT FROM pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND a.attnum = ANY (i.indkey))
        """
    )
    assert loose == []


def test_no_views_and_no_security_definer():
    assert (
        rows("SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace") == []
    )
    assert rows("SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace") == []


def test_the_application_role_may_not_truncate_or_own():
    assert rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user") == []
    granted = rows(
        "SELECT tablename FROM (SELECT * FROM pg_tables WHERE schemaname = 'public' OFFSET 0) "
        "WHERE has_table_privilege(current_user, format('%%I.%%I', schemaname, tablename), 'TRUNCATE')"
    )
    assert granted == []


# ── PostgreSQL's wall alone ────────────────────────────────────────────────────────────────────────────────────────
def test_raw_sql_without_an_organization_sees_nothing(orders):
    for model in tenant_models():
        assert rows(f'SELECT count(*) FROM "{model._meta.db_table}"') == [(0,)], model


def test_raw_sql_sees_one_organization_only(orders, luma, harbor):
    enter(luma)
    assert rows("SELECT organization_id FROM orders_order") == [(luma.pk,)]
    enter(harbor)
    assert rows("SELECT organization_id FROM orders_order") == [(harbor.pk,)]


def test_raw_sql_cannot_write_into_another_organization(orders, luma, harbor):
    enter(luma)
    assert rows("UPDATE orders_order SET number = 'X' WHERE organization_id = %s RETURNING id", [harbor.pk]) == []
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        rows("UPDATE orders_order SET organization_id = %s RETURNING id", [harbor.pk])


def test_a_child_cannot_point_at_another_organizations_parent(orders, luma, harbor):
    with tenant(luma), pytest.raises(IntegrityError, match="tenant_fk"), transaction.atomic():
        OrderLine.objects.filter(order=orders[luma]).update(order_id=orders[harbor].pk)


# ── Python's wall alone ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "query",
    [
        lambda m: m.all().first(),
        lambda m: m.exists(),
        lambda m: m.count(),
        lambda m: m.filter(pk=1),
        lambda m: m.exclude(pk=1),
        lambda m: m.in_bulk(),
        lambda m: m.create(reference="x"),
        lambda m: m.bulk_create([Customer(reference="x")]),
        lambda m: m.get_or_create(reference="x"),
        lambda m: m.update(name="x"),
        lambda m: Customer(reference="x").save(),
    ],
)
def test_outside_a_scope_everything_is_refused(luma, query):
    with pytest.raises(ScopeError):
        query(Customer.objects)
    with scope(organization=None), pytest.raises(ScopeError):
        query(Customer.objects)


def test_python_filters_when_the_database_does_not(orders, luma, harbor):
    # Both organizations' rows are visible to SQL here, one setting at a time; the manager still names the other's none.
    with tenant(luma):
        enter(harbor)
        assert list(Order.objects.all()) == []
        enter(luma)
        assert list(Order.objects.all()) == [orders[luma]]


def test_a_row_beside_another_organizations_row_is_refused(orders, luma, harbor):
    with tenant(luma), pytest.raises(ScopeError):
        OrderLine.objects.create(order=orders[harbor], position=9, product="x", unit_price=1)
    with tenant(luma), pytest.raises(ScopeError):
        OrderLine.objects.bulk_create([OrderLine(order=orders[harbor], position=9, product="x", unit_price=1)])


def test_leaving_puts_the_outer_organization_back(luma, harbor):
    with tenant(luma):
        with tenant(harbor):
            assert rows("SELECT current_setting('app.organization')") == [(str(harbor.pk),)]
        assert rows("SELECT current_setting('app.organization')") == [(str(luma.pk),)]
        with pytest.raises(IntegrityError), tenant(harbor):
            rows("INSERT INTO orders_customer (organization_id) VALUES (%s)", [harbor.pk])
        assert rows("SELECT current_setting('app.organization')") == [(str(luma.pk),)]
    assert rows("SELECT current_setting('app.organization')") == [("",)]


def test_scopes_disabled_appears_in_no_application_code():
    import pathlib

    root = pathlib.Path(__file__).parent.parent
    users = [
        path
        for folder in ("aftersales", "tickets", "evidence", "papers", "analytics")
        for path in (root / folder).rglob("*.py")
        if scopes_disabled.__name__ in path.read_text()
    ]
    assert users == []
