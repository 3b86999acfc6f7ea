"""Tries are counted together by all processes, and the client's address cannot be chosen by the client."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import RequestFactory

from tickets import throttle

LIMIT = throttle.Limit("test", 3, 60)


@pytest.fixture(autouse=True)
def clean():
    cache.clear()


def test_the_tries_are_allowed_and_the_next_waits():
    assert [throttle.take(LIMIT, 1) for _ in range(3)] == [0, 0, 0]
    assert 1 <= throttle.take(LIMIT, 1) <= 60
    assert throttle.take(LIMIT, 2) == 0


def test_a_success_is_given_back():
    for _ in range(10):
        assert throttle.take(LIMIT, 1) == 0
        throttle.give_back(LIMIT, 1)


def test_the_window_ends():
    short = throttle.Limit("short", 1, 1)
    assert throttle.take(short) == 0 and throttle.take(short) == 1
    key = short.key()
    assert cache._cache.get_client().ttl(cache.make_key(key)) in (0, 1)


def test_two_processes_share_one_count():
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.CACHES['default']['LOCATION'] = {settings.CACHES['default']['LOCATION']!r}\n"
        "from tickets import throttle\n"
        "print([throttle.take(throttle.Limit('test', 3, 60), 'x') for _ in range(2)])"
    )
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "aftersales.settings"}
    assert throttle.take(LIMIT, "x") == 0
    other = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )
    assert other.stdout.strip() == "[0, 0]"
    assert throttle.take(LIMIT, "x") > 0


def test_without_the_cache_the_door_stays_shut(monkeypatch):
    def gone(*args, **kwargs):
        raise throttle.RedisError("no connection")

    monkeypatch.setattr(throttle.cache, "add", gone)
    monkeypatch.setattr(throttle.cache, "decr", gone)
    assert throttle.take(LIMIT, 1) == 60
    throttle.give_back(LIMIT, 1)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "expected"),
    [
        (0, "1.2.3.4", "9.9.9.9", "9.9.9.9"),
        (1, "6.6.6.6, 1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.1", "1.2.3.4"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (1, "not an address", "10.0.0.1", "unknown"),
        (0, "", "", "unknown"),
        (0, "", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (0, "", "::ffff:1.2.3.4", "1.2.3.4"),
    ],
)
def test_the_address_is_taken_as_far_as_proxies_are_trusted(settings, proxies, forwarded, remote, expected):
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **headers)
    assert throttle.client_address(request) == expected
