"""Where to connect, and with which headers: values, or functions that are asked anew for each attempt."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from socketstore.errors import ConnectionFailed, UsageError
from socketstore.sockets.masking import mask_error, mask_text, mask_url

Url: TypeAlias = "str | Callable[[], str | Awaitable[str]]"
"""An address, or a function, plain or async, that gives it for each attempt."""

Pairs: TypeAlias = "Mapping[str, str] | None"

Headers: TypeAlias = "Callable[[], Pairs | Awaitable[Pairs]] | Pairs"
"""Headers of the handshake, or a function, plain or async, that gives them for each attempt."""

Address: TypeAlias = tuple[str, Pairs]
"""Where to connect, and with which headers."""

UNKNOWN = "(url= has not said)"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens the door.

    Raises:
        UsageError: neither a value nor a function.
    """

    url: Url = field(repr=False)
    headers: Headers = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be an address or headers."""
        if not (isinstance(self.url, str) or callable(self.url)):
            message = (
                f"got url={mask_text(repr(self.url)):.200}; expected ws://host:port/path or wss://..., "
                "or a function that gives it"
            )
            raise UsageError(message)
        if not (self.headers is None or isinstance(self.headers, Mapping) or callable(self.headers)):
            message = "got headers= of no use; expected a mapping of text to text, or a function that gives one"
            raise UsageError(message)

    @property
    def change(self) -> bool:
        """Whether a function is asked, which may give others the next time."""
        return callable(self.url) or callable(self.headers)

    @property
    def known_url(self) -> str:
        """The address, as far as it is known without asking and may be shown."""
        return mask_url(self.url) if isinstance(self.url, str) else UNKNOWN

    async def ask(self) -> Address:
        """Return the address and the headers for one attempt. Safe to cancel.

        Raises:
            ConnectionFailed: a function raised, or gave something else.
        """
        try:
            url = await _given(self.url)
            headers = await _given(self.headers)
        except Exception as error:
            mask_error(error)
            message = f"url= or headers= raised {type(error).__name__}; expected an address and headers"
            raise ConnectionFailed(message, url=self.known_url, kind="credentials") from error
        if not isinstance(url, str) or not (headers is None or isinstance(headers, Mapping)):
            message = (
                f"url= or headers= gave {type(url).__name__} and {type(headers).__name__}; expected text and a mapping"
            )
            raise ConnectionFailed(message, url=self.known_url, kind="credentials")
        return url, headers


async def _given(source: Any) -> Any:
    outcome = source() if callable(source) else source
    return await outcome if inspect.isawaitable(outcome) else outcome
