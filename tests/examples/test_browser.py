"""The browser page in a real Chromium, against ``socketstore echo --page`` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.programs import Program

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHROMIUM = Path("/usr/bin/chromium")
PAGE = Path(__file__).parents[2] / "examples" / "browser" / "index.html"
OPTIONS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WAIT = 15_000  # milliseconds


def missing(what: str) -> None:
    """Skip, but not where continuous integration promises a browser."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true promises it")
    pytest.skip(what)


@pytest.fixture
def page() -> Iterator[Page]:
    if not CHROMIUM.exists():
        missing(f"there is no Chromium at {CHROMIUM}")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        yield page
        browser.close()


@pytest.fixture
def server() -> Iterator[Program]:
    with Program("echo", "--port", "0", "--page") as server:
        yield server


def happened(page: Page) -> list[str]:
    return page.locator("#events li").all_text_contents()


def until(page: Page, text: str, times: int = 1) -> None:
    """Wait until it has happened so many times."""
    page.locator("#events li", has_text=re.compile(f"^{re.escape(text)}$")).nth(times - 1).wait_for()


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_the_page_connects_sends_receives_and_disconnects_in_a_real_browser(page: Page, server: Program) -> None:
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda request: trouble.append(request.url))
    page.goto(server.until("The page is at").split()[-1])

    click(page, "Send")
    assert happened(page) == ["Socket not open."]
    click(page, "Connect")
    until(page, "CONNECTED!")
    assert happened(page)[1:] == ["Opening WebSocket…", "CONNECTED!"]
    assert page.get_by_role("button", name="Connect", exact=True).is_disabled()

    page.get_by_label("Message").fill("<b>I am LEGENDARY!</b>")
    click(page, "Send")
    until(page, 'Received "<b>I am LEGENDARY!</b>"')
    until(page, 'Received "Hello?"')
    assert "Sending <b>I am LEGENDARY!</b>" in happened(page)
    assert server.until("received") == "received: <b>I am LEGENDARY!</b>"

    click(page, "Disconnect")
    until(page, "Socket closed")
    assert server.until("closed") == "Connection closed."
    click(page, "Send")
    assert happened(page)[-2:] == ["Socket closed", "Socket not open."]

    click(page, "Connect")
    until(page, "CONNECTED!", times=2)
    server.process.send_signal(signal.SIGTERM)
    until(page, "Socket closed", times=2)
    assert server.finish().code == 0
    click(page, "Connect")
    until(page, "Something bad happened... :-(")
    until(page, "Socket closed", times=3)
    assert trouble == []


def test_opened_as_a_file_the_page_talks_to_this_machine(page: Page) -> None:
    page.goto(PAGE.as_uri())
    assert page.locator("#address").text_content() == "ws://localhost:8080"


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert re.findall(r"https?://|@import|<script src|<link rel=\"stylesheet", PAGE.read_text(encoding="utf-8")) == []
