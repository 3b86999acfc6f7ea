"""Rows that are made once for a whole file of tests, where making them anew for each test would take most of its time.

The file imports these fixtures (they stand before those of `tests/cast.py`) and makes its own rows in a fixture `rows`
of the module's scope. Each test works in a savepoint and gets copies that it may change: of `rows` all at once, so that
`ticket.organization` stays the same object as `luma`. Not for tests that commit.
"""

import copy
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.db import transaction

from aftersales.tenants.roles import Role
from tests.cast import join, make_harbor, make_luma, person

__all__ = ["alice", "bob", "cast", "charlie", "harbor", "luma", "mona", "own", "rows", "transaction_of_file"]


@pytest.fixture(scope="module")
def transaction_of_file(django_db_setup: None, django_db_blocker) -> Iterator[None]:  # type: ignore[no-untyped-def]
    """The file's transaction, taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cast(transaction_of_file: None) -> SimpleNamespace:
    """Both organizations and the people of `tests/cast.py`; a file's `rows` puts its own beside them."""
    luma, harbor = make_luma(), make_harbor()
    return SimpleNamespace(
        luma=luma, harbor=harbor,
        alice=join(person("alice@luma.example", "Alice Admin"), luma, Role.ADMIN),
        mona=join(person("mona@luma.example", "Mona Manager"), luma, Role.MANAGER),
        bob=join(person("bob@luma.example", "Bob Operator"), luma, Role.OPERATOR),
        charlie=join(person("charlie@harbor.example", "Charlie Stranger"), harbor, Role.ADMIN),
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows(cast: SimpleNamespace) -> SimpleNamespace:
    """What the file's tests start from; a file that has more to make overrides it."""
    return cast


@pytest.fixture
def own(rows: SimpleNamespace, db: None) -> SimpleNamespace:
    """A test's own copies of the rows."""
    return copy.deepcopy(rows)


def _of_own(name: str):  # type: ignore[no-untyped-def]
    def fixture(own: SimpleNamespace):  # type: ignore[no-untyped-def]
        return getattr(own, name)

    return pytest.fixture(name=name)(fixture)


luma, harbor, alice, mona, bob, charlie = map(_of_own, ("luma", "harbor", "alice", "mona", "bob", "charlie"))
