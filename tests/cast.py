"""The same people in every test: Alice administers Luma, Mona manages, Bob operates; Charlie belongs to Harbor only.

Harbor is the look-alike whose data could leak: every factory can fill it with the same numbers.
"""

import pytest

from aftersales.tenants.models import Membership, Organization, User
from aftersales.tenants.roles import Role


def person(email: str, name: str) -> User:
    return User.objects.create_user(email, "correct-horse-9", name=name)


def make_luma() -> Organization:
    return Organization.objects.create(slug="luma", name="Luma Home", time_zone="Europe/Lisbon", currency="EUR")


def make_harbor() -> Organization:
    return Organization.objects.create(slug="harbor", name="Harbor Goods", time_zone="Asia/Shanghai", currency="USD")


def join(user: User, organization: Organization, role: Role) -> User:
    Membership.objects.create(user=user, organization=organization, role=role)
    return user


@pytest.fixture
def luma(db) -> Organization:
    return make_luma()


@pytest.fixture
def harbor(db) -> Organization:
    return make_harbor()


@pytest.fixture
def alice(luma) -> User:
    return join(person("alice@luma.example", "Alice Admin"), luma, Role.ADMIN)


@pytest.fixture
def mona(luma) -> User:
    return join(person("mona@luma.example", "Mona Manager"), luma, Role.MANAGER)


@pytest.fixture
def bob(luma) -> User:
    return join(person("bob@luma.example", "Bob Operator"), luma, Role.OPERATOR)


@pytest.fixture
def charlie(harbor) -> User:
    return join(person("charlie@harbor.example", "Charlie Stranger"), harbor, Role.ADMIN)
