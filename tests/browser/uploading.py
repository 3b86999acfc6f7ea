"""The page for photos as a test sees it: its tiles, its network, and what has come."""

from aftersales.tenants.scope import tenant
from evidence.models import Evidence

TILE = ".shot.full"
SENT = ".shot.full[data-photo]"
# Bytes a second: a bad mobile connection.
SLOW = 60_000
NO_HINT = "Object.defineProperty(Navigator.prototype, 'connection', {value: undefined})"
SAVES_DATA = NO_HINT.replace("undefined", "{saveData: true}")
GOOD = NO_HINT.replace("undefined", "{effectiveType: '4g', downlink: 10}")
PRIVATE = "Object.defineProperty(window, 'indexedDB', {value: undefined})"


def photos(page) -> str:
    return f"/luma/filing/{page.context.draft.key}/photos/"


def throttle(page, upload: int = SLOW, *, offline: bool = False) -> None:
    """Slow the page's own connection down; bytes a second, both ways."""
    conditions = {"offline": offline, "latency": 150, "downloadThroughput": upload * 4, "uploadThroughput": upload}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", conditions)


def kept(case) -> list[Evidence]:
    with tenant(case.organization):
        return list(Evidence.objects.order_by("pk"))


def half_way(page, share: int = 10) -> None:
    """Wait until a file has been sent to that many per cent, and not wholly."""
    page.wait_for_function(
        "share => [...document.querySelectorAll('.shot.full .num')].some((e) => parseInt(e.textContent) >= share)",
        arg=share,
    )
    assert page.locator(SENT).count() == 0


def choose(page, path, place: str = "whole") -> None:
    page.locator(f"input[data-place={place}]").first.set_input_files(path)
