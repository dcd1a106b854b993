"""Addresses taken apart, with errors that do not show what they hold."""

from __future__ import annotations

import ipaddress
import re

from websockets.exceptions import InvalidProxy, InvalidURI
from websockets.proxy import Proxy, parse_proxy
from websockets.uri import WebSocketURI, parse_uri

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f]")
_NOT_SHOWN = "the user name, password, host or port cannot be read; write special characters as %40, %2F, ..."
_SHOWN = re.compile(r"Invalid IPv6 URL|Port out of range 0-65535|.*does not appear to be an IPv4 or IPv6 address")


class NoAddress(ValueError):
    """A text is no address; the message says why and shows nothing of it."""


def parse_address(url: str) -> WebSocketURI:
    """Take the address of a WebSocket server apart.

    Raises:
        NoAddress: it is none.
    """
    if not isinstance(url, str):
        message = f"it is of type {type(url).__name__}"
        raise NoAddress(message)
    if _FORBIDDEN.search(url):
        message = "it holds a space or a control character; write %20 for a space"
        raise NoAddress(message)
    try:
        return parse_uri(url)
    except InvalidURI as error:
        reason = error.msg
    except (ValueError, AttributeError, TypeError) as error:
        reason = _harmless(error)
    raise NoAddress(reason)


def parse_proxy_address(proxy: object) -> Proxy:
    """Take the address of a proxy apart.

    Raises:
        NoAddress: it is none.
    """
    try:
        return parse_proxy(proxy)  # type: ignore[arg-type]
    except InvalidProxy as error:
        reason = error.msg
    except (ValueError, AttributeError, TypeError) as error:
        reason = _harmless(error)
    raise NoAddress(reason)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine, so that neither a proxy nor an eavesdropper lies between."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return bool(mapped.is_loopback)


def local_url(host: str, port: int, *, secure: bool) -> str:
    """Return where a program on this machine finds what listens on an interface."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    bracketed = f"[{reachable}]" if ":" in reachable else reachable
    return f"{'wss' if secure else 'ws'}://{bracketed}:{port}"


def _harmless(error: Exception) -> str:
    """Return what urllib says, unless it may quote a password."""
    return str(error) if _SHOWN.fullmatch(str(error)) else _NOT_SHOWN
