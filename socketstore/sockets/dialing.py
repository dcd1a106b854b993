"""From a URL to a connection on which the handshake is done."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidProxy, InvalidStatus, InvalidURI
from websockets.proxy import get_proxy
from websockets.uri import WebSocketURI

from socketstore.errors import UsageError
from socketstore.sockets.addresses import NoAddress, is_loopback, parse_address, parse_proxy_address
from socketstore.sockets.answers import ImpatientWire
from socketstore.sockets.headers import check_header_value, header_pairs
from socketstore.sockets.inbox import MAX_INBOX
from socketstore.sockets.insecure import warn_if_insecure
from socketstore.sockets.masking import mask_url
from socketstore.sockets.redirects import MAX_REDIRECTS, Hop, RedirectRefused, is_redirect
from socketstore.sockets.wire import Wire
from socketstore.sockets.wire_log import wire_logger


async def dial(
    url: str,
    options: dict[str, Any],
    hide: Callable[[str], str] = str,
    line: Callable[..., connect] | None = None,
) -> Wire:
    """Connect and shake hands, following redirects.

    Args:
        url: ``ws://`` or ``wss://``.
        options: those of the socket; for this machine itself ``proxy`` is off unless given, and ``ssl`` is
            `default_context` unless given.
        hide: hides the secrets among these, for the log.
        line: what connects with `websockets`, in the place of `OneHop`; it is called as that is.

    Raises:
        Exception: whatever the transport and the network raise; `failures.connection_failed` translates it.
    """
    others = {**options}
    transport = others.pop("transport", "websockets")
    headers = header_pairs(others.pop("additional_headers", None))
    for name, option in (("Origin", "origin"), ("User-Agent", "user_agent_header")):
        if others.get(option) is not None:
            check_header_value(name, others[option])
    open_timeout = others.pop("open_timeout", None)
    shake_hands = HANDS[transport] if line is None else partial(_shake_hands, line=line)
    async with asyncio.timeout(open_timeout):
        return await _follow(Hop(url, _address(url), headers, others), partial(shake_hands, hide=hide))


def default_context() -> ssl.SSLContext:
    """Make what ``wss://`` uses unless told otherwise: the system's authorities, the host name, TLS 1.2 or newer."""
    context = ssl.create_default_context()
    context.minimum_version = max(context.minimum_version, ssl.TLSVersion.TLSv1_2)
    return context


class OneHop(connect):
    """A connect that leaves redirects to `_follow`."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow nothing."""
        return exc


async def _follow(hop: Hop, shake_hands: Callable[[Hop], Awaitable[Wire]]) -> Wire:
    status = 0
    for count in range(MAX_REDIRECTS + 1):
        if count:  # of the first address WebSocket.open() has warned, where the program can be pointed at
            warn_if_insecure(hop.url, hop.options)
        try:
            return await shake_hands(hop)
        except InvalidStatus as error:
            if not is_redirect(error.response):
                raise
            hop, status = hop.after(error.response), error.response.status_code
    message = f"more than {MAX_REDIRECTS} redirects, the last one to {mask_url(hop.url)}"
    raise RedirectRefused(message, status=status)


async def _shake_hands(hop: Hop, *, hide: Callable[[str], str], line: Callable[..., connect] = OneHop) -> Wire:
    options = {"logger": wire_logger, **hop.options, "proxy": _proxy(hop.address, hop.options)}
    if hop.address.secure:
        options["ssl"] = tls_context(hop.options)
    wire = partial(ImpatientWire, hide=hide, max_inbox=options.pop("max_inbox", MAX_INBOX))
    connecting = line(
        hop.url,
        additional_headers=hop.headers,
        open_timeout=None,
        create_connection=cast(type[ClientConnection], wire),
        **options,
    )
    return cast(ImpatientWire, await connecting)


async def _shake_hands_over_picows(hop: Hop, *, hide: Callable[[str], str]) -> Wire:
    from socketstore.sockets.over_picows.dialing import shake_hands
    from socketstore.sockets.over_picows.settings import check_address

    if _proxy(hop.address, hop.options) is not None:
        message = (
            "the environment names a proxy, and sockets over picows go through none; pass proxy=None to go past it"
        )
        raise UsageError(message)
    check_address(hop.address.secure, hop.options)
    context = tls_context(hop.options) if hop.address.secure else None
    return await shake_hands(hop, context, hide)


HANDS: dict[str, Callable[..., Awaitable[Wire]]] = {"websockets": _shake_hands, "picows": _shake_hands_over_picows}
"""By transport: what connects to one address, and raises `InvalidStatus` for an answer other than 101."""


def tls_context(options: dict[str, Any]) -> ssl.SSLContext:
    """Return what a ``wss://`` address is spoken to with.

    Raises:
        UsageError: it is something else that was given.
    """
    given = options.get("ssl", True)
    if given is True:
        return default_context()
    if not isinstance(given, ssl.SSLContext):
        message = f"got ssl= of type {type(given).__name__} for wss://; expected an ssl.SSLContext"
        raise UsageError(message)
    return given


def _proxy(address: WebSocketURI, options: dict[str, Any]) -> str | None:
    """Return the proxy that lies between, if any: none to this machine itself, as browsers decide it."""
    proxy = options.get("proxy", not is_loopback(address.host))
    if proxy is True:
        proxy = get_proxy(address)
    if proxy is None or proxy is False:
        return None
    try:
        parse_proxy_address(proxy)
    except NoAddress as error:
        raise InvalidProxy(mask_url(proxy), str(error)) from None
    return cast(str, proxy)


def _address(url: str) -> WebSocketURI:
    try:
        return parse_address(url)
    except NoAddress as error:
        raise InvalidURI(mask_url(url), str(error)) from None
