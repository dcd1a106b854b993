"""What a caller may say to a socket: checked here, before anything is begun."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any

from websockets.exceptions import ProtocolError
from websockets.frames import Close
from websockets.typing import Origin, Subprotocol

from socketstore.errors import UsageError
from socketstore.sockets.headers import check_subprotocols
from socketstore.sockets.masking import mask_text

_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[^/?#\s]+")  # what browsers send (RFC 6454, section 6.2)

_TIMES = {
    "open_timeout": "seconds, 0 or more, or None to wait for ever",
    "attempt_timeout": "seconds, 0 or more, or None to wait for ever",
    "close_timeout": "seconds, 0 or more, or None to wait for ever",
    "ping_timeout": "seconds, 0 or more, or None to wait for ever",
    "ping_interval": "seconds, more than 0, or None for no pings",
}
"""Options that are times, and what is expected of them."""

CONTROL_BYTES = 125  # what a control frame can hold (RFC 6455, section 5.5)


def check_closing_words(code: int, reason: str) -> None:
    """Return if a close frame may hold these.

    Raises:
        UsageError: it may not.
    """
    try:
        size = len(Close(code, reason).serialize())
    except (ProtocolError, AttributeError, TypeError, UnicodeError) as error:
        message = f"got the close code {code!r} and the reason {reason!r}; expected 1000, or 3000 to 4999: {error}"
        raise UsageError(message) from error
    if size > CONTROL_BYTES:
        message = f"got a reason of {size - 2} bytes; expected at most {CONTROL_BYTES - 2} of UTF-8"
        raise UsageError(message)


def expect(value: object, name: str, kinds: Any, expected: str) -> None:
    """Return if an argument is of one of these kinds.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(value, kinds):
        message = f"got {name}={value!r:.200}; expected {expected}"
        raise UsageError(message)


def check_host(host: object) -> None:
    """Return if this may name an interface to listen on; an empty text does not, which to asyncio is every one.

    Raises:
        UsageError: it does not.
    """
    if not isinstance(host, str) or not host:
        message = f'got host={host!r:.200}; expected the name or address of an interface; "0.0.0.0" is every one'
        raise UsageError(message)


def check_times(options: Mapping[str, Any]) -> None:
    """Return if each of the options that is a time can be one.

    Raises:
        UsageError: one cannot.
    """
    for name, expected in _TIMES.items():
        value = options.get(name)
        if value is not None and not _is_time(name, value):
            message = f"got {name}={value!r:.200}; expected {expected}"
            raise UsageError(message)


def _is_time(name: str, value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return value > 0 or (value == 0 and name != "ping_interval")  # NaN is neither


def check_max_inbox(size: object) -> None:
    """Return if this many bytes of messages may wait.

    Raises:
        UsageError: it is no number of bytes.
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        message = f"got max_inbox={size!r:.200}; expected a number of bytes, at least 1"
        raise UsageError(message)


def check_loop(loop: asyncio.AbstractEventLoop | None, owner: object) -> None:
    """Return if this is the event loop that `owner` lives in, or if it has none yet.

    Raises:
        UsageError: it is another one, or another thread.
    """
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    if loop is not None and loop is not running:
        message = f"{owner!r} belongs to another event loop; expected a call from there: use loop.call_soon_threadsafe"
        raise UsageError(message)


def subprotocol_list(names: Sequence[str] | None) -> list[Subprotocol] | None:
    """Return the names as `websockets` wants them.

    Raises:
        UsageError: it is one name, which would be read as a list of letters, or no sequence of names at all; or one of
            the names is no token.
    """
    if names is None:
        return None
    if isinstance(names, str) or not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        message = f"got subprotocols={mask_text(repr(names))}; expected a list of names"
        raise UsageError(message)
    check_subprotocols(names)
    return [Subprotocol(name) for name in names]


def origin_list(origins: Sequence[str | re.Pattern[str] | None] | None) -> list[Origin | re.Pattern[str] | None] | None:
    """Return the origins as `websockets` wants them.

    Raises:
        UsageError: it is one origin, which would be read as a list of letters, or no sequence of origins at all.
    """
    if origins is None:
        return None
    if isinstance(origins, (str, re.Pattern)) or not isinstance(origins, Sequence):
        message = f'got origins={origins!r:.200}; expected a list, such as ["https://example.org"]'
        raise UsageError(message)
    for origin in origins:
        if isinstance(origin, str) and not _ORIGIN.fullmatch(origin):
            message = f"got the origin {origin!r:.200}; expected scheme and host alone, such as https://example.org"
            raise UsageError(message)
        expect(origin, "origin", (str, re.Pattern, NoneType), "text, a compiled pattern, or None")
    return [Origin(origin) if isinstance(origin, str) else origin for origin in origins]
