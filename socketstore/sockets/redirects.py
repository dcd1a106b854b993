"""Where a redirect leads, and what may go there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit

from websockets.exceptions import InvalidHandshake
from websockets.http11 import Response
from websockets.uri import WebSocketURI

from socketstore.sockets.addresses import parse_address
from socketstore.sockets.headers import HeaderPairs
from socketstore.sockets.masking import mask_url
from socketstore.sockets.secrets import looks_secret

MAX_REDIRECTS = 10
"""Redirects that are followed in one attempt."""

REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})  # those of RFC 9110, section 15.4, that lead somewhere

_SCHEMES = {"http": "ws", "https": "wss"}  # what a server that knows nothing of WebSockets answers
_ADDRESS_OPTIONS = ("host", "port", "server_hostname", "path", "ssl")
"""Options that were meant for the first address and would be wrong for another one; ``ssl`` may hold a certificate that
says who the client is, or trust an authority that others must not be vouched for by."""


class RedirectRefused(InvalidHandshake):
    """A redirect may not be followed.

    Attributes:
        status: that of the answer.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Hop:
    """One address of an attempt, and what is said there.

    Attributes:
        url: the address.
        address: the same, taken apart.
        headers: added to the handshake.
        options: for `websockets.asyncio.client.connect`.
    """

    url: str = field(repr=False)
    address: WebSocketURI = field(repr=False)
    headers: HeaderPairs = field(repr=False)
    options: dict[str, Any] = field(repr=False)

    def after(self, response: Response) -> Hop:
        """Return where a redirect leads.

        To another origin (scheme, host or port) go neither the headers of the caller, nor a user name and password,
        nor a subprotocol that looks like a password.

        Raises:
            RedirectRefused: from ``wss://`` to ``ws://``; to what is no address; to another origin although an option
                is meant for this one; or with a socket that the caller made.
        """
        status = response.status_code
        url = urljoin_safely(self.url, response.headers.get_all("Location")[0])
        try:
            address = parse_address(url)
        except ValueError as error:
            message = f"HTTP {status} leads to {mask_url(url)}, which is no address of a WebSocket server: {error}"
            raise RedirectRefused(message, status=status) from None
        if self.options.get("sock") is not None:
            message = f"HTTP {status} leads to {mask_url(url)}, but sock= is used up; connect to that address instead"
            raise RedirectRefused(message, status=status)
        if self.address.secure and not address.secure:
            message = f"HTTP {status} leads from wss:// to {mask_url(url)}, where anybody could read what is said"
            raise RedirectRefused(message, status=status)
        if origin(address) == origin(self.address):
            url = _with_user_info(url, self.url)
            return replace(self, url=url, address=parse_address(url))
        return self._elsewhere(url, status)

    def _elsewhere(self, url: str, status: int) -> Hop:
        meant_for_here = [name for name in _ADDRESS_OPTIONS if self.options.get(name) not in (None, True)]
        if meant_for_here:
            names = " and ".join(f"{name}=" for name in meant_for_here)
            message = f"HTTP {status} leads to {mask_url(url)}, for which {names} is not meant; connect there instead"
            raise RedirectRefused(message, status=status)
        stays = {name: value for name, value in self.options.items() if name != "subprotocols"}
        offered = [name for name in self.options.get("subprotocols") or () if not looks_secret(name)]
        options = {**stays, "subprotocols": offered or None}
        anonymous = _without_user_info(url)
        return Hop(anonymous, parse_address(anonymous), [], options)


def is_redirect(response: Response) -> bool:
    """Tell whether an answer leads to another address."""
    return response.status_code in REDIRECTS and "Location" in response.headers


def origin(address: WebSocketURI) -> tuple[bool, str, int]:
    """Return what two addresses have in common that may share credentials (RFC 6454)."""
    return address.secure, address.host, address.port


def urljoin_safely(base: str, location: str) -> str:
    """Return where a `Location` leads from `base`, in the schemes of WebSockets; what is nonsense stays as it is."""
    try:
        url = urljoin(base, location)
        scheme = urlsplit(url).scheme
    except ValueError:
        return location
    return _SCHEMES.get(scheme, scheme) + url[len(scheme) :]


def _with_user_info(url: str, before: str) -> str:
    """Return `url` with the user name and password of the address before, which is of the same origin."""
    user_info = urlsplit(before).netloc.rpartition("@")[0]
    parts = urlsplit(url)
    if "@" in parts.netloc or not user_info:
        return url
    return parts._replace(netloc=f"{user_info}@{parts.netloc}").geturl()


def _without_user_info(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
