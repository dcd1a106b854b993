"""A word of warning about an address whose traffic others can read or change."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Mapping
from typing import Any

from websockets.uri import WebSocketURI

from socketstore.errors import InsecureWarning
from socketstore.sockets.addresses import NoAddress, is_loopback, parse_address
from socketstore.sockets.program import level_of_the_program

_MANY = 1000
_warned: set[tuple[str, int]] = set()


def warn_if_insecure(url: str, options: Mapping[str, Any]) -> None:
    """Warn, once for each host and port, if others on the way can read, or change, what is said there.

    That is so with ``ws://`` to another machine, in the same building or not, and with ``wss://`` if the certificate is
    not checked. The warning points at the code of the program that is waiting for the connection.

    Raises:
        InsecureWarning: the program has made an error of it, with a filter of `warnings`.
    """
    try:
        address = parse_address(url)
    except NoAddress:
        return  # which the attempt itself will tell
    where = options.get("host") or address.host, options.get("port") or address.port
    if where in _warned or options.get("sock") is not None or options.get("unix") or is_loopback(str(where[0])):
        return
    words = _warning(address, options.get("ssl"))
    if words is not None:
        warnings.warn(f"{where[0]}:{where[1]} {words}", InsecureWarning, stacklevel=level_of_the_program())
        if len(_warned) >= _MANY:
            _warned.clear()
        _warned.add(where)  # not if the program has made an error of it: it is one each time


def forget_warnings() -> None:
    """Warn of each address once more; for tests."""
    _warned.clear()


def _warning(address: WebSocketURI, context: Any) -> str | None:
    if not address.secure:
        return (
            "is another machine, and ws:// is not encrypted: whoever is on the way can read and change what is said. "
            "Use wss://, or filter InsecureWarning if the way is safe"
        )
    if isinstance(context, ssl.SSLContext) and not (context.verify_mode and context.check_hostname):
        return (
            "is spoken to with an ssl= that does not check certificate or host name: anybody can pretend to be it. "
            "Use ssl.create_default_context(cafile=...), or filter InsecureWarning"
        )
    return None
