"""Which headers a caller may add to a handshake: those that cannot change its meaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from websockets.datastructures import Headers

from socketstore.errors import UsageError

HeaderPairs = list[tuple[str, str]]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110, section 5.5: no CR, LF, NUL, no other control character

_RESERVED = {
    "host": "it is made of the address; pass host= or server_hostname= to reach another machine",
    "connection": "it belongs to the handshake",
    "upgrade": "it belongs to the handshake",
    "content-length": "a handshake has no body",
    "transfer-encoding": "a handshake has no body",
    "sec-websocket-protocol": "pass subprotocols=",
    "sec-websocket-extensions": "pass compression= or extensions=",
}


def header_pairs(headers: Any) -> HeaderPairs:
    """Return the headers to be added to a handshake, one pair for each.

    Args:
        headers: a mapping of text to text, pairs of texts (a name may come twice), or ``None``.

    Raises:
        UsageError: one would break the handshake, or add another header; it is named, its value is never shown.
    """
    pairs = list(pairs_of(headers))
    for name, value in pairs:
        check_header(name, value)
    return pairs


def check_header(name: object, value: object) -> None:
    """Return if a handshake may be given this header.

    Raises:
        UsageError: it may not.
    """
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        message = f"got a header whose name is {name!r:.60}; expected letters, digits and hyphens (RFC 9110, 5.6.2)"
        raise UsageError(message)
    lowered = name.lower()
    if lowered in _RESERVED or lowered.startswith("sec-websocket-"):
        message = f"got the header {name}; expected it to be left out: {_RESERVED.get(lowered, _RESERVED['upgrade'])}"
        raise UsageError(message)
    check_header_value(name, value)


def check_header_value(name: str, value: object) -> None:
    """Return if a header may have this value.

    Raises:
        UsageError: it may not. The message does not show the value.
    """
    if not isinstance(value, str):
        message = f"got the header {name} with a value of type {type(value).__name__}; expected text"
        raise UsageError(message)
    if not _VALUE.fullmatch(value):
        message = (
            f"got the header {name} with a value that holds a line break, another control character or one beyond "
            "Latin-1; expected a single line. Was it read from a file with the line break at its end?"
        )
        raise UsageError(message)


def check_subprotocols(names: Sequence[str]) -> None:
    """Return if these may be offered.

    Raises:
        UsageError: one is no token. The message gives its place only, since some services take a password there.
    """
    for place, name in enumerate(names):
        if not _TOKEN.fullmatch(name):
            message = (
                f"got subprotocols= in which number {place} (counted from 0) is empty, or holds a space, a comma or "
                "another character that no name may hold (RFC 9110, section 5.6.2); expected names"
            )
            raise UsageError(message)


def pairs_of(headers: Any) -> Iterable[tuple[Any, Any]]:
    """Return names and values as they were given, unchecked.

    Raises:
        UsageError: they are neither a mapping nor pairs.
    """
    if headers is None:
        return ()
    if isinstance(headers, Headers):
        return headers.raw_items()
    if isinstance(headers, Mapping):
        return headers.items()
    try:
        return [(name, value) for name, value in headers if not isinstance(headers, (str, bytes))]
    except (TypeError, ValueError):
        message = f"got headers= of type {type(headers).__name__}; expected a mapping of text to text"
        raise UsageError(message) from None
