"""From an address to a connection of picows on which the handshake is done."""

from __future__ import annotations

import asyncio
import logging
import platform
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import aiohappyeyeballs
from picows import WSHandshakeError, WSUpgradeRequest, WSUpgradeResponse, ws_connect
from websockets.exceptions import InvalidHandshake, InvalidMessage, InvalidStatus, NegotiationError
from websockets.headers import build_authorization_basic, build_host, build_subprotocol
from websockets.uri import WebSocketURI

from socketstore.sockets.answers import SWITCHING_PROTOCOLS, read_head
from socketstore.sockets.over_picows.settings import Settings
from socketstore.sockets.over_picows.wire import PicowsWire
from socketstore.sockets.redirects import Hop
from socketstore.sockets.wire_log import wire_logger

USER_AGENT = f"Python/{platform.python_version()} picows/{version('picows')}"

RECEIVE_BUFFER = 64 * 1024
"""Bytes of what has come that the system is asked to keep; it may double that. picows doubles its own buffer whenever a
read fills it, up to megabytes, and tells every frame of a read before the event loop goes on: this bounds a read."""

PASSED_ON = ("ssl_handshake_timeout", "ssl_shutdown_timeout")


async def shake_hands(hop: Hop, context: ssl.SSLContext | None, hide: Callable[[str], str]) -> PicowsWire:
    """Connect to one address and shake hands. Safe to cancel.

    Args:
        hop: the address, and what is said there.
        context: for TLS, if it is to be spoken.
        hide: hides the secrets among these.

    Raises:
        InvalidStatus: the answer was another one than 101.
        InvalidHandshake: it was none.
        Exception: whatever picows and the network raise.
    """
    settings = Settings.of(hop.options)
    line = hop.options.get("sock") or await _tcp_connection(hop)
    given_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def agree(_: WSUpgradeRequest, response: WSUpgradeResponse) -> PicowsWire:
        wire = PicowsWire(settings, _agreed(response, hop.options.get("subprotocols")), hide)
        # The answer may come before or after: what stands behind it waits, and keeps the end from being read.
        given_up.add_done_callback(lambda _: wire.cut())
        return wire

    try:
        _, listener = await ws_connect(
            agree,
            _url(hop.address),
            ssl_context=context,
            websocket_handshake_timeout=None,  # the whole attempt has a time of its own
            disconnect_on_exception=False,
            enable_auto_pong=False,
            use_aiofastnet=False,  # 1.2.0 leaves what TLS has read lying when reading goes on after a pause
            max_frame_size=settings.max_frame,
            max_redirects=0,
            extra_headers=list(_headers(hop)),
            socket_factory=lambda _: line,
            logger_name=_Quiet(wire_logger, {}),
            **_passed_on(hop),
        )
    except WSHandshakeError as error:
        raise _refusal(error) from None
    except BaseException:
        with suppress(OSError):  # picows would wait for the answer of a server that nobody asks any more
            line.shutdown(socket.SHUT_RDWR)
        given_up.set_result(None)
        raise
    if not isinstance(listener, PicowsWire):  # it is None
        message = "did not receive a valid HTTP response"
        raise InvalidMessage(message) from EOFError("connection closed while reading HTTP status line")
    return listener


async def _tcp_connection(hop: Hop) -> socket.socket:
    host, port = hop.options.get("host") or hop.address.host, hop.options.get("port") or hop.address.port
    return await aiohappyeyeballs.start_connection(
        await _addresses(host, port), happy_eyeballs_delay=0.25, socket_factory=_small_reader
    )


def _small_reader(address: Any) -> socket.socket:
    family, kind, protocol, *_ = address
    line = socket.socket(family, kind, protocol)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)  # before it connects, as TCP agrees on it then
    return line


async def _addresses(host: str, port: int) -> list[Any]:
    return await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)


def _url(address: WebSocketURI) -> str:
    """Return the address less the user name and password, which picows does not send."""
    scheme, host = "wss" if address.secure else "ws", build_host(address.host, address.port, address.secure)
    return f"{scheme}://{host}{address.resource_name}"


def _headers(hop: Hop) -> Iterator[tuple[str, str]]:
    address, options = hop.address, hop.options
    yield "Host", build_host(address.host, address.port, address.secure)
    if options.get("origin") is not None:
        yield "Origin", options["origin"]
    if options.get("subprotocols"):
        yield "Sec-WebSocket-Protocol", build_subprotocol(options["subprotocols"])
    if address.user_info:
        yield "Authorization", build_authorization_basic(*address.user_info)
    yield from hop.headers
    agent = options.get("user_agent_header", USER_AGENT)
    if agent is not None and not any(name.lower() == "user-agent" for name, _ in hop.headers):
        yield "User-Agent", agent


def _passed_on(hop: Hop) -> dict[str, Any]:
    """Return what is for the event loop."""
    given = {name: hop.options[name] for name in PASSED_ON if hop.options.get(name) is not None}
    if hop.address.secure:
        given["server_hostname"] = hop.options.get("server_hostname") or hop.address.host
    return given


def _agreed(response: WSUpgradeResponse, offered: Any) -> str | None:
    """Return the subprotocol that the server has chosen.

    Raises:
        NegotiationError: it has chosen what was not offered.
    """
    if "Sec-WebSocket-Extensions" in response.headers:
        message = "no extensions were offered"
        raise NegotiationError(message)
    chosen: list[str] = response.headers.getall("Sec-WebSocket-Protocol", [])
    if not chosen:
        return None
    if len(chosen) > 1:
        message = f"invalid Sec-WebSocket-Protocol header: multiple values: {', '.join(chosen)}"
        raise NegotiationError(message)
    if chosen[0] not in (offered or ()):
        message = f"unsupported subprotocol: {chosen[0]}"
        raise NegotiationError(message)
    return chosen[0]


def _refusal(error: WSHandshakeError) -> InvalidHandshake:
    """Say what was wrong with an answer.

    Its status counts, also one that picows takes for none because Python has no name for it, as for the 520 to 527 of
    proxies, and also behind the version of an older server.
    """
    answer = read_head(error.raw_header or b"")
    if answer is not None and answer.status_code != SWITCHING_PROTOCOLS:
        return InvalidStatus(answer)
    why = str(error) if error.response is None else str(error).partition(": b")[0]  # a header is not for everybody
    return InvalidHandshake(f"did not receive a valid HTTP response: {why}")


class _Quiet(logging.LoggerAdapter[logging.Logger]):
    """Lets picows say to those who debug what the socket's own events tell anyway, and no secrets of handshakes."""

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name is that of `logging`
        """Tell that nothing below DEBUG is wanted: picows shows whole handshakes there."""
        return level >= logging.DEBUG and super().isEnabledFor(level)

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Keep errors that have a traceback; all else is for those who debug."""
        super().log(level if kwargs.get("exc_info") else logging.DEBUG, msg, *args, **kwargs)
