"""What a socket over picows may be told."""

from __future__ import annotations

from typing import Any

import pytest

from socketstore import Connection, UsageError, WebSocket
from socketstore.sockets import transports
from socketstore.testing import EchoServer
from tests.connection.diary import new_diary

URL = "ws://127.0.0.1:1"


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        ({"compression": "deflate"}, "leave compression= out"),
        ({"extensions": [object()]}, "leave extensions= out"),
        ({"proxy": "http://me:hunter2hunter@127.0.0.1:1"}, "pass proxy=None"),
        ({"proxy": True}, "pass proxy=None"),
        ({"colour": "red"}, "does not know it; expected one of additional_headers, close_timeout"),
        ({"local_addr": ("127.0.0.1", 0)}, "does not know it"),
        ({"max_size": "1 MB"}, "a number of bytes"),
        ({"max_size": (1, 2, 3)}, "or a pair of those"),
        ({"write_limit": "32 KB"}, "a number of bytes"),
        ({"write_limit": -5}, "a number of bytes"),
        ({"write_limit": (10, 100)}, "the larger number first"),
    ],
)
def test_what_it_cannot_do_is_refused_when_it_is_made(option: dict[str, Any], advice: str) -> None:
    for make in (WebSocket, lambda url, **options: Connection(url, new_diary(), **options)):
        with pytest.raises(UsageError) as refused:
            make(URL, transport="picows", **option)
        (name,) = option
        assert f"got {name}=" in str(refused.value)
        assert advice in str(refused.value)
        assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("transport", ["picow", None, 3])
def test_another_transport_is_refused(transport: Any) -> None:
    with pytest.raises(UsageError, match="expected 'websockets' or 'picows'"):
        WebSocket(URL, transport=transport)


def test_without_the_package_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"not installed; pip install 'socketstore\[fast\]'"):
        WebSocket(URL, transport="picows")


async def test_what_needs_nothing_done_is_taken() -> None:
    async with (
        EchoServer() as server,
        WebSocket(
            server.url, transport="picows", compression=None, proxy=None, max_queue=4, write_limit=(1000, 100)
        ) as socket,
    ):
        assert await socket.ping() > 0


@pytest.mark.filterwarnings("ignore::socketstore.InsecureWarning")
async def test_a_proxy_that_the_environment_names_is_refused_and_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(UsageError, match="pass proxy=None to go past it"):
        await WebSocket("ws://elsewhere.invalid", transport="picows").open()


@pytest.mark.parametrize(
    "option",
    [{"ssl": True}, {"server_hostname": "a.example"}, {"ssl_handshake_timeout": 3}, {"ssl_shutdown_timeout": 3}],
)
async def test_what_is_about_tls_is_refused_for_an_address_without_it(option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"got {next(iter(option))}= for a ws:// address"):
        await WebSocket(URL, transport="picows", **option).open()


async def test_a_limit_beyond_all_memory_is_none() -> None:
    async with EchoServer() as server, WebSocket(server.url, transport="picows", max_size=2**70) as socket:
        assert await socket.ping() >= 0
