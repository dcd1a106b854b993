"""What a socket over picows may be told, and what is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from socketstore.errors import UsageError
from socketstore.sockets.inbox import MAX_INBOX

CANNOT = {
    "compression": "picows does not compress: leave compression= out, or pass None",
    "extensions": "picows knows no extensions: leave extensions= out",
    "proxy": "sockets over picows go through no proxy: pass proxy=None to connect directly",
}
"""Options of `websockets` that would be about something that is not done, and what to do about it."""

KNOWN = frozenset(
    {
        *CANNOT,
        *("additional_headers", "origin", "subprotocols", "user_agent_header"),
        *("host", "port", "sock", "ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"),
        *("max_inbox", "max_size", "write_limit", "max_queue"),
        *("transport", "open_timeout", "ping_interval", "ping_timeout", "close_timeout"),
    }
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The numbers among the options, with the defaults of `websockets`.

    Attributes:
        max_inbox: bytes of messages that may wait for listeners.
        max_message: bytes that a message may hold; ``None``: any number.
        max_frame: bytes that a frame may hold.
        write_limits: bytes that may wait to be sent before senders wait, and those at which they go on.
        ping_interval: seconds; ``None``: no pings.
        ping_timeout: seconds; ``None``: any time.
        close_timeout: seconds; ``None``: any time.
    """

    max_inbox: int
    max_message: int | None
    max_frame: int
    write_limits: tuple[int, int | None]
    ping_interval: float | None
    ping_timeout: float | None
    close_timeout: float | None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Settings:
        """Read them out of the options of a socket."""
        message, frame = _pair(options.get("max_size", 2**20))
        limits = [limit for limit in (message, frame) if limit is not None]
        high, low = _pair(options.get("write_limit", 2**15))
        return cls(
            max_inbox=options.get("max_inbox", MAX_INBOX),
            max_message=message,
            max_frame=min([*limits, sys.maxsize]),
            write_limits=(2**15 if high is None else high, low),
            ping_interval=options.get("ping_interval", 20),
            ping_timeout=options.get("ping_timeout", 20),
            close_timeout=options.get("close_timeout", 10),
        )


def check_picows_options(options: dict[str, Any]) -> None:
    """Return if a socket over picows can be what it was told to be.

    Raises:
        UsageError: it cannot; the message says what to do.
    """
    for name, advice in CANNOT.items():
        if options.get(name):
            message = f"got {name}= with transport='picows': {advice}, or use transport='websockets'"
            raise UsageError(message)
    for name in sorted(options.keys() - KNOWN):
        known = ", ".join(sorted(KNOWN - CANNOT.keys()))
        message = f"got {name}= with transport='picows', which does not know it; expected one of {known}"
        raise UsageError(message)
    for name, default in (("max_size", 2**20), ("write_limit", 2**15)):
        _check_numbers(name, options.get(name, default))
    high, low = _pair(options.get("write_limit"))
    if low is not None and high is not None and low > high:
        message = f"got write_limit={(high, low)!r}; expected the larger number first, or one number of bytes"
        raise UsageError(message)


def check_address(secure: bool, options: dict[str, Any]) -> None:  # noqa: FBT001 - it is one of the two
    """Return if no option is about TLS where none is spoken.

    Raises:
        UsageError: one is.
    """
    for name in ("ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"):
        if not secure and options.get(name) is not None:
            message = f"got {name}= for a ws:// address; expected wss://, or no {name}="
            raise UsageError(message)


def _check_numbers(name: str, value: Any) -> None:
    """Return if this is a number of bytes, or a pair of them; picows would fail in the middle over something else."""
    numbers = value if isinstance(value, tuple) and len(value) == 2 else (value,)
    for number in numbers:
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 0):
            message = f"got {name}={value!r:.200}; expected a number of bytes, None, or a pair of those"
            raise UsageError(message)


def _pair(value: Any) -> tuple[int | None, int | None]:
    return value if isinstance(value, tuple) else (value, None)
