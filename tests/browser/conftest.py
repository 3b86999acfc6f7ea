"""A real Chromium for the tests in this folder: `script/test -m browser`.

Without Chromium they are skipped and say so; BROWSER_REQUIRED=1 (`.ci/run` sets it) turns that into a failure.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from tests.browser.watching import Watch
from tests.evidence.conftest import begin, make_case, visit

# Playwright's sync API runs inside an event loop of the same thread that the tests use the ORM in.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
SECONDS = 1000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test, whether or not its file says so."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


def find_chromium() -> str | None:
    """The browser's path: CHROMIUM if set, else the first known name."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How Playwright starts Chromium; skips, or fails where a browser is required."""
    executable = find_chromium()
    if not executable:
        say = pytest.fail if os.environ.get("BROWSER_REQUIRED") == "1" else pytest.skip
        say(f"No Chromium here (looked for {', '.join(NAMES)}); install it or set CHROMIUM to its path.")
    # Chromium's own sandbox refuses to run as root.
    alone = ["--no-sandbox"] if os.getuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": executable, "headless": True, "args": [*QUIET, *alone]}


@pytest.fixture(scope="session")
def database(django_db_setup: None) -> Any:
    """The connection as it was before Playwright's event loop."""
    return connections["default"]


@pytest.fixture(scope="session")
def playwright(database: Any, playwright: Any) -> Any:
    """Playwright, with the tests' own connection kept: inside an event loop Django would open another one."""
    connections["default"] = database
    return playwright


@pytest.fixture
def live(live_server: Any, page: Any) -> str:
    """The live server's address, with a page whose script errors fail the test."""
    page.on("pageerror", lambda error: pytest.fail(f"Script error on {page.url}: {error}"))
    return str(live_server.url)


@pytest.fixture
def mailing(live_server: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A worker of this test's own: it writes mails into a folder, and their links lead to the live server."""
    folder = tmp_path / "mail"
    monkeypatch.setenv("EMAIL_URL", f"filemail:///{folder}")
    monkeypatch.setenv("SITE_URL", live_server.url)
    monkeypatch.setattr(settings, "EMAIL_FILE_PATH", str(folder), raising=False)
    request.getfixturevalue("worker")


@pytest.fixture
def someone(live_server: Any, new_context: Callable[..., Any]) -> Callable[..., tuple[Any, Watch]]:
    """Return a function that opens the browser of one person: its page, and the watch over it.

    `who` names the browser in findings; `never` are words that none of its pages may hold, `absent` addresses that
    answer 404 as they should.
    """

    def open_browser(
        who: str, *, phone: bool = False, never: tuple[str, ...] = (), absent: tuple[str, ...] = (), **options: Any
    ) -> tuple[Any, Watch]:
        # A colour that is just fading into another one would be judged half-way.
        options |= {"reduced_motion": "reduce", "base_url": live_server.url}
        context = new_context(viewport=PHONE if phone else DESKTOP, **options)
        context.set_default_timeout(40 * SECONDS)
        watch = Watch(who, never, absent).over(context)
        return context.new_page(), watch

    return open_browser


@pytest.fixture
def case(transactional_db, luma, bob):
    return make_case(luma)


@pytest.fixture
def phone(case, someone, live_server):
    """Maria's phone on the page for photos: (page, watch). Its context's `draft` is the complaint she is filing."""
    client = visit(case)
    page, watch = someone("maria", phone=True, has_touch=True, is_mobile=True)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.context.draft = begin(case, client)
    return page, watch


def sign_in(page: Any, email: str, address: str) -> None:
    """Go to a member's address, sign in on the page that comes up instead, and be there."""
    page.goto(address)
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("correct-horse-9")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{address}")
