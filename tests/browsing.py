"""A real Chromium for the tests: fixtures `browsing` (a person's window) and what one looks at in it.

Import the fixtures where they are used:

    from tests.browsing import axe, browser, browsing, fits, look  # noqa: F401

    @pytest.mark.browser
    def test_it(browsing):
        page = browsing(staff("a", *everything()), "/orders/")
        look(page, "orders")          # a picture in shots/ (git-ignored) when ZHANGGUI_SHOTS=1
        axe(page)                     # no serious finding
"""

import atexit
import functools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.cast import sign_in

os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "true"
)  # Playwright's sync API keeps an event loop running
SHOTS = Path(__file__).parent.parent / "shots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@functools.cache
def _chromium() -> Any:
    """One Chromium for the whole run, however many test files import the fixture."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not path:
        return None
    from playwright.sync_api import sync_playwright

    playwright = sync_playwright().start()
    running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    atexit.register(playwright.stop)
    atexit.register(running.close)
    return running


@pytest.fixture
def browser() -> Any:
    """The Chromium; the test is skipped where there is none."""
    return _chromium() or pytest.skip("Chromium is not installed")


@pytest.fixture
def browsing(browser: Any, live_server: Any) -> Iterator[Callable[..., Any]]:
    """Opens windows: `browsing(person, path, width=1440, height=900, dark=False, language="")` gives a page.

    `person` None looks on without signing in. Errors that the page's scripts throw, and what the content
    security policy refused, fail the test at its end.
    """
    contexts, troubles = [], []

    def open_window(
        person: Any = None,
        path: str = "/",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        language: str = "",
        scripts: bool = True,
        **also: Any,
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-US",
            java_script_enabled=scripts,
            base_url=live_server.url,
            **also,
        )
        contexts.append(context)
        if person is not None:
            if language:
                type(person).objects.filter(pk=person.pk).update(language=language)
            client = sign_in(Client(), person)
            context.add_cookies(
                [
                    {"name": name, "value": morsel.value, "url": live_server.url}
                    for name, morsel in client.cookies.items()
                    if morsel.value
                ]
            )
        elif language:
            context.add_cookies([{"name": "zg-language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(30_000)  # machines under load are slow, not wrong
        page.on("pageerror", lambda error: troubles.append(f"script error: {error}"))
        page.on(
            "console",
            lambda said: troubles.append(said.text) if "Content Security Policy" in said.text else None,
        )
        if path:
            page.goto(path)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not troubles, troubles


def look(page: Any, name: str, *, full: bool = True) -> None:
    """Keep a picture of the page in shots/ when ZHANGGUI_SHOTS is set, for a person to look at."""
    if os.environ.get("ZHANGGUI_SHOTS"):
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=full)


def axe(page: Any, *, but: tuple[str, ...] = ()) -> None:
    """Assert that axe finds nothing serious or critical on the page. `but`: rules left out, with a reason."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    bad = [
        f"{rule['id']}: {rule['help']} at {[node['target'] for node in rule['nodes'][:4]]}"
        + "".join(f"\n    {node.get('failureSummary', '')[:300]}" for node in rule["nodes"][:2])
        for rule in found
        if rule["impact"] in ("serious", "critical") and rule["id"] not in but
    ]
    assert not bad, "\n".join(bad)


def fits(page: Any) -> None:
    """Assert that the page does not scroll sideways at its width."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"the page is {wide} px wider than its window"
