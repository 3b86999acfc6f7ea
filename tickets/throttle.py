"""Counting tries on the shared cache, so that every process of every machine sees the same count.

A window begins with its first try. When the cache cannot be reached the answer is "wait": the door that needs counting
stays shut, while signed links and open sessions go on working.
"""

import ipaddress
import math
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError


@dataclass(frozen=True)
class Limit:
    """So many tries in so many seconds, for each set of parts that is counted apart."""

    name: str
    tries: int
    seconds: int

    def key(self, *parts) -> str:
        """Where the count is kept."""
        return ":".join(["throttle", self.name, *map(str, parts)])


# Failed searches for an order: guessing stays hopeless for one address and for many of them together, and one address
# alone cannot use up the organization's count.
FIND_BY_ADDRESS = Limit("find-address", 10, 15 * 60)
FIND_BY_ORGANIZATION = Limit("find-organization", 200, 60 * 60)
# New links by mail, beside the three an hour that `actions.renew_link` sends for one link.
RENEW_BY_ADDRESS = Limit("renew-address", 20, 60 * 60)


def take(limit: Limit, *parts) -> int:
    """Count one try. Returns 0 where it is allowed, else the seconds to wait, at least 1."""
    key = limit.key(*parts)
    try:
        now = time.time()
        cache.add(key, 0, limit.seconds)
        cache.add(key + ":since", now, limit.seconds)
        count = cache.incr(key)
        if count == 1:
            # The count may have run out between the two calls and come back without an end.
            cache.set(key + ":since", now, limit.seconds)
            cache.touch(key, limit.seconds)
        if count <= limit.tries:
            return 0
        return max(1, math.ceil((cache.get(key + ":since") or now) + limit.seconds - now))
    except (RedisError, ValueError):
        return 60


def give_back(limit: Limit, *parts) -> None:
    """Take one try off the count: it succeeded."""
    try:
        cache.decr(limit.key(*parts))
    except (RedisError, ValueError):
        pass


def client_address(request: HttpRequest) -> str:
    """Return the client's address; of IPv6 its /64, which one household or server owns whole.

    `X-Forwarded-For` is believed from the right, as far as `TRUSTED_PROXIES` stand before us: what lies further left
    the client may have written itself.
    """
    forwarded = request.headers.get("X-Forwarded-For", "").split(",") if settings.TRUSTED_PROXIES else []
    chain = [part.strip() for part in forwarded if part.strip()] + [request.META.get("REMOTE_ADDR", "")]
    try:
        address = ipaddress.ip_address(chain[max(0, len(chain) - 1 - settings.TRUSTED_PROXIES)])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
