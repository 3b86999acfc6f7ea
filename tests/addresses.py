"""Every address of the site, with what its view demands."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver

# Views that carry no access of ours, each with its reason. A name here that has gone fails the test.
THEIRS = {
    "account_login": "allauth: for everybody, rate-limited",
    "account_logout": "allauth: for everybody, POST",
    "account_inactive": "allauth: tells that an account is switched off",
    "account_signup": "allauth: closed, says so",
    "account_reauthenticate": "allauth: signed in",
    "account_change_password": "allauth: signed in",
    "account_set_password": "allauth: signed in",
    "account_reset_password": "allauth: for everybody, rate-limited",
    "account_reset_password_done": "allauth: for everybody, says nothing about the address",
    "account_reset_password_from_key": "allauth: opened by the mailed key",
    "account_reset_password_from_key_done": "allauth: for everybody",
}


@dataclass(frozen=True)
class Address:
    """One line of the address table."""

    route: str
    name: str
    access: Any

    @property
    def of_organization(self) -> bool:
        """Whether it lies below an organization."""
        return self.route.startswith("<slug:org>/")


def addresses() -> list[Address]:
    """Return every address, in the resolver's order."""
    return list(_walk(get_resolver(), "", ""))


def _walk(resolver: URLResolver, route: str, space: str) -> Iterator[Address]:
    for each in resolver.url_patterns:
        here = route + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each, here, f"{space}{each.namespace}:" if each.namespace else space)
        else:
            yield Address(here, f"{space}{each.name}", getattr(each.callback, "access", None))
