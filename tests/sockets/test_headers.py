"""What may go into a handshake: nothing that changes its meaning, or adds to it."""

from __future__ import annotations

from typing import Any

import pytest

from socketstore import ConnectionFailed, UsageError, WebSocket
from socketstore.testing import EchoServer
from tests.sockets.peers import Peer, raw_server

SECRET = "hunter2-hunter2"  # noqa: S105

INJECTIONS = [
    {"headers": {"X-Room": f"{SECRET}\r\nX-Admin: 1"}},
    {"headers": {"X-Room": f"{SECRET}\nX-Admin: 1"}},
    {"headers": {"X-Room": f"{SECRET}\r"}},
    {"headers": {"X-Room": f"{SECRET}\0"}},
    {"headers": {"X-Room": f"{SECRET}\u010a"}},  # "\n", if only its low byte were sent
    {"headers": {"X-Room": f"{SECRET}\u2028X-Admin: 1"}},
    {"headers": {"X-Room: 1\r\nX-Admin": SECRET}},
    {"headers": {"X Room": SECRET}},
    {"headers": {"": SECRET}},
    {"headers": {"X-Rööm": SECRET}},
    {"headers": {"X-Room": 3}},
    {"headers": {3: SECRET}},
    {"headers": [("X-Room", f"{SECRET}\n")]},
    {"headers": "X-Room: 1"},
    {"headers": {"Host": "example.org"}},
    {"headers": {"connection": "close"}},
    {"headers": {"Sec-WebSocket-Key": SECRET}},
    {"headers": {"SEC-WEBSOCKET-PROTOCOL": "chat"}},
    {"headers": {"Content-Length": "5"}},
    {"headers": {"Transfer-Encoding": "chunked"}},
    {"origin": "https://example.org\r\nX-Admin: 1"},
    {"user_agent_header": "me\r\nX-Admin: 1"},
]


async def must_not_be_asked(peer: Peer) -> None:
    raise AssertionError(await peer.request())


@pytest.mark.parametrize("options", INJECTIONS)
async def test_a_header_that_would_change_the_handshake_is_refused_before_connecting(options: dict[str, Any]) -> None:
    connections: list[Peer] = []

    async def note(peer: Peer) -> None:
        connections.append(peer)

    async with raw_server(note) as url:
        with pytest.raises(UsageError, match="expected") as refused:
            await WebSocket(url, **options).open()
    assert connections == []
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["chat\r\nX-Admin: 1", "chat, admin", "chat admin", "", "ch\0at", "chät"])
def test_a_subprotocol_that_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="number 1"):
        WebSocket("ws://localhost", subprotocols=["fine", name])


@pytest.mark.parametrize(
    "tail", ["/\r\nX-Admin: 1", "/a b", "/\n", "/\0", "/?a=1\tb", " ", "/x HTTP/1.1\r\nHost: y\r\n\r\n"]
)
async def test_an_address_that_would_add_to_the_request_is_refused(tail: str) -> None:
    async with raw_server(must_not_be_asked) as url:
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(url + tail).open()
    assert failed.value.kind == "url"


async def test_headers_that_are_allowed_arrive_as_they_are() -> None:
    seen: list[Any] = []
    async with EchoServer(process_request=lambda _, request: seen.append(request.headers)) as server:
        pairs: Any = [("Cookie", "a=1"), ("X-Tab", "a\tb"), ("X-Latin", "\xe9"), ("X-Twice", "1"), ("X-Twice", "2")]
        async with WebSocket(server.url, headers=pairs):
            pass
    assert [seen[0][name] for name in ("Cookie", "X-Tab")] == ["a=1", "a\tb"]
    assert seen[0].get_all("X-Twice") == ["1", "2"]
