"""Redirects: where they may lead, and what never goes along."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from socketstore import ConnectionFailed, InsecureWarning, WebSocket, WebSocketServer
from socketstore.sockets.insecure import forget_warnings
from tests.sockets.peers import Peer, raw_server, switching_protocols

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N"  # noqa: S105


def redirect(location: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")


def leads_to(location: str, status: int = 302) -> Any:
    async def lead(peer: Peer) -> None:
        await peer.request()
        peer.write(redirect(location, status))

    return raw_server(lead)


class Witness:
    """A server that notes who comes with what."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def __call__(self, _: object, request: Any) -> None:
        self.requests.append(request)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_credentials_stay_at_their_origin(status: int) -> None:
    witness = Witness()
    async with (
        WebSocketServer(process_request=witness, subprotocols=["chat"]) as server,
        leads_to(server.url + "/there", status) as url,
    ):
        secret_url = url.replace("ws://", "ws://me:swordfish@") + "/?token=swordfish"
        headers = {"Authorization": "Bearer swordfish", "Cookie": "a=swordfish", "X-Anything": "swordfish"}
        async with WebSocket(secret_url, headers=headers, subprotocols=[TOKEN, "chat"]) as socket:
            assert socket.subprotocol == "chat"
    (request,) = witness.requests
    assert request.path == "/there"
    said = str(sorted(request.headers.raw_items()))
    assert not [word for word in ("Authorization", "Cookie", "X-Anything", "swordfish", TOKEN) if word in said]


async def test_credentials_of_another_origin_come_with_its_own_location_no_more() -> None:
    """A server must not be able to make this client log in elsewhere."""
    witness = Witness()
    async with (
        WebSocketServer(process_request=witness) as server,
        leads_to(server.url.replace("ws://", "ws://evil:pw@")) as url,
        WebSocket(url),
    ):
        pass
    assert "Authorization" not in witness.requests[0].headers


async def test_within_an_origin_headers_and_password_go_along() -> None:
    asked: list[bytes] = []

    async def lead(peer: Peer) -> None:
        asked.append(await peer.request())
        if len(asked) == 1:
            peer.write(redirect("/there?x=1"))
        else:
            peer.write(switching_protocols(asked[-1]))
            await peer.until_gone()

    async with raw_server(lead) as url:
        socket = WebSocket(url.replace("ws://", "ws://me:pw@"), headers={"X-Key": "k"})
        await socket.open()
        socket.abort()
        await socket.wait_closed()
    assert asked[1].startswith(b"GET /there?x=1 ")
    assert b"X-Key: k" in asked[1]
    assert b"Authorization: Basic bWU6cHc=" in asked[1]


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/", "data:,x", "javascript:alert(1)", "ws://[", "ws://h:99999/",
     "ws://h/#part", "ws://h/%0d%0a x", "gopher://127.0.0.1:70/"],
)  # fmt: skip
async def test_a_redirect_to_what_is_no_server_of_websockets_is_refused(location: str) -> None:
    async with leads_to(location) as url:
        with pytest.raises(ConnectionFailed, match="no address of a WebSocket server") as failed:
            await WebSocket(url).open()
    assert (failed.value.kind, failed.value.status) == ("redirect", 302)


async def test_http_in_a_redirect_is_read_as_ws() -> None:
    witness = Witness()
    async with (
        WebSocketServer(process_request=witness) as server,
        leads_to(server.url.replace("ws:", "http:")) as url,
        WebSocket(url),
    ):
        assert len(witness.requests) == 1


async def test_a_loop_of_redirects_ends() -> None:
    asked: list[bytes] = []

    async def lead(peer: Peer) -> None:
        asked.append(await peer.request())
        peer.write(redirect("/again"))

    async with raw_server(lead) as url:
        with pytest.raises(ConnectionFailed, match="more than 10 redirects") as failed:
            await WebSocket(url).open()
    assert failed.value.kind == "redirect"
    assert len(asked) == 11


async def test_a_secret_in_a_location_is_not_shown() -> None:
    async with leads_to("ftp://me:hunter2hunter2@127.0.0.1/?token=hunter2hunter2") as url:
        with pytest.raises(ConnectionFailed) as failed:
            await WebSocket(url).open()
    assert "hunter2" not in f"{failed.value}{failed.value.__cause__}{failed.value.url}"


async def test_a_redirect_to_another_machine_without_encryption_is_warned_about() -> None:
    forget_warnings()
    async with leads_to("ws://192.0.2.1:9/") as url:
        with pytest.warns(InsecureWarning, match="192.0.2.1"), pytest.raises(ConnectionFailed):
            await WebSocket(url, open_timeout=0.05, proxy=None).open()


async def test_an_option_that_is_meant_for_one_address_goes_to_no_other() -> None:
    async with WebSocketServer() as server, leads_to(server.url) as url:
        with pytest.raises(ConnectionFailed, match="host= is not meant") as failed:
            await WebSocket(url, host="127.0.0.1").open()
    assert failed.value.kind == "redirect"


# From wss://


async def test_no_redirect_leads_from_wss_to_ws(server_side: ssl.SSLContext, client_side: ssl.SSLContext) -> None:
    witness = Witness()
    async with WebSocketServer(process_request=witness) as plain:
        answer: Any = lambda connection, _: lead_to(connection, plain.url)  # noqa: E731
        async with WebSocketServer("localhost", ssl=server_side, process_request=answer) as server:
            with pytest.raises(ConnectionFailed, match="leads from wss:// to ws://") as failed:
                await WebSocket(f"wss://localhost:{server.port}", ssl=client_side).open()
    assert failed.value.kind == "redirect"
    assert witness.requests == []


async def test_a_context_which_may_hold_a_certificate_of_the_client_goes_to_no_other_origin(
    server_side: ssl.SSLContext, client_side: ssl.SSLContext
) -> None:
    witness = Witness()
    async with WebSocketServer("localhost", ssl=server_side, process_request=witness) as other:
        answer: Any = lambda connection, _: lead_to(connection, f"wss://localhost:{other.port}")  # noqa: E731
        async with WebSocketServer("localhost", ssl=server_side, process_request=answer) as server:
            with pytest.raises(ConnectionFailed, match="ssl= is not meant"):
                await WebSocket(f"wss://localhost:{server.port}", ssl=client_side).open()
    assert witness.requests == []


def lead_to(connection: Any, location: str) -> Any:
    response = connection.respond(302, "")
    response.headers["Location"] = location
    return response
