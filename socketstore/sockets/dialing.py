"""From a URL to a connection on which the handshake is done."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
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
        options: for `websockets.asyncio.client.connect`; for this machine itself ``proxy`` is off unless given, and
            ``ssl`` is `default_context` unless given.
        hide: hides the secrets among these, for the log.
        line: what connects, in the place of `OneHop`; it is called as that is.

    Raises:
        Exception: whatever `websockets` and the network raise; `failures.connection_failed` translates it.
    """
    others = {"logger": wire_logger, **options}
    headers = header_pairs(others.pop("additional_headers", None))
    for name, option in (("Origin", "origin"), ("User-Agent", "user_agent_header")):
        if others.get(option) is not None:
            check_header_value(name, others[option])
    open_timeout, max_inbox = others.pop("open_timeout", None), others.pop("max_inbox", MAX_INBOX)
    async with asyncio.timeout(open_timeout):
        wire = cast(type[ClientConnection], partial(ImpatientWire, hide=hide, max_inbox=max_inbox))
        return await _follow(Hop(url, _address(url), headers, others), partial(line or OneHop, create_connection=wire))


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


async def _follow(hop: Hop, line: Callable[..., connect]) -> Wire:
    status = 0
    for count in range(MAX_REDIRECTS + 1):
        if count:  # of the first address WebSocket.open() has warned, where the program can be pointed at
            warn_if_insecure(hop.url, hop.options)
        try:
            return await _shake_hands(hop, line)
        except InvalidStatus as error:
            if not is_redirect(error.response):
                raise
            hop, status = hop.after(error.response), error.response.status_code
    message = f"more than {MAX_REDIRECTS} redirects, the last one to {mask_url(hop.url)}"
    raise RedirectRefused(message, status=status)


async def _shake_hands(hop: Hop, line: Callable[..., connect]) -> Wire:
    options = {**hop.options, "proxy": _proxy(hop.address, hop.options)}
    if hop.address.secure:
        options["ssl"] = _context(hop.options)
    connecting = line(
        hop.url,
        additional_headers=hop.headers,
        open_timeout=None,
        **options,
    )
    return cast(ImpatientWire, await connecting)


def _context(options: dict[str, Any]) -> ssl.SSLContext:
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
