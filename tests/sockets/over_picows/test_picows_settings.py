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
        WebSocket(server.url, transport="picows", compression=None, proxy=None, max_queue=4, write_limit=(1000, 100)),
    ):
        pass


@pytest.mark.filterwarnings("ignore::socketstore.InsecureWarning")
async def test_a_proxy_that_the_environment_names_is_refused_and_not_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(UsageError, match="pass proxy=None to go past it"):
        await WebSocket("ws://elsewhere.invalid", transport="picows").open()


async def test_ssl_for_an_address_without_tls_is_refused() -> None:
    with pytest.raises(UsageError, match="got ssl= for a ws:// address"):
        await WebSocket(URL, transport="picows", ssl=True).open()
