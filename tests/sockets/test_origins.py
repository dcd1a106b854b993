"""Which web pages may connect to a server."""

from __future__ import annotations

import re
from typing import Any

import pytest

from socketstore import ConnectionFailed, ErrorEvent, UsageError, WebSocket, WebSocketServer
from tests.sockets.peers import Ear

PAGES = ["https://example.org", re.compile(r"https://[a-z]+\.example\.org")]


@pytest.mark.parametrize("origin", ["https://example.org", "https://app.example.org"])
async def test_a_page_that_may_connect_does(origin: str) -> None:
    async with WebSocketServer(origins=PAGES) as server, WebSocket(server.url, origin=origin):
        assert len(server.clients) == 1


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "http://example.org",
        "https://example.org:8443",
        "https://example.org.evil.example",
        "https://evil.example/https://example.org",
        "https://app.example.org.evil.example",
        "https://a.b.example.org",
        "HTTPS://EXAMPLE.ORG.",
    ],
)
async def test_another_one_gets_403(origin: str | None) -> None:
    async with WebSocketServer(origins=PAGES) as server:
        ear = Ear(server)
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(server.url, origin=origin).open()
        assert failed.value.status == 403
        assert (await ear.next(ErrorEvent)).error
        assert server.clients == ()


async def test_programs_that_send_none_may_be_let_in() -> None:
    async with WebSocketServer(origins=[*PAGES, None]) as server, WebSocket(server.url):
        assert len(server.clients) == 1


async def test_nobody_may_connect_when_the_list_is_empty() -> None:
    async with WebSocketServer(origins=[]) as server:
        with pytest.raises(ConnectionFailed):
            await WebSocket(server.url).open()


@pytest.mark.parametrize(
    "origins",
    [
        "https://example.org",
        re.compile("https://example.com"),
        3,
        ["example.org"],
        ["https://example.org/"],
        ["https://*.example.org/x"],
        [b"https://example.org"],
    ],
)
def test_what_no_browser_would_send_is_refused(origins: Any) -> None:
    with pytest.raises(UsageError, match="origin"):
        WebSocketServer(origins=origins)
