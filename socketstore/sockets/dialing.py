"""From a URL to a connection on which the handshake is done."""

from __future__ import annotations

import ipaddress
from typing import Any, cast

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidURI
from websockets.uri import parse_uri

from socketstore.sockets.frames import ClientWire, FrameReader


async def dial(url: str, options: dict[str, Any]) -> FrameReader:
    """Connect and shake hands.

    Args:
        url: ``ws://`` or ``wss://``.
        options: for `websockets.asyncio.client.connect`; for this machine itself ``proxy`` is off unless given.

    Raises:
        Exception: whatever `websockets` and the network raise; `failures.connection_failed` translates it.
    """
    try:
        address = parse_uri(url)
    except (ValueError, AttributeError, TypeError) as error:  # "ws://[", None: not what InvalidURI covers
        raise InvalidURI(str(url), str(error)) from error
    direct = {"proxy": None} if is_loopback(address.host) else {}
    return cast(ClientWire, await connect(url, create_connection=ClientWire, **{**direct, **options}))


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, so that no proxy lies between, as browsers decide it."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
