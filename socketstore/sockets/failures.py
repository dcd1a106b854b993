"""Foreign errors become ours, once and here."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

from websockets.exceptions import InvalidHandshake, InvalidProxy, InvalidProxyStatus, InvalidStatus, InvalidURI

from socketstore.errors import ConnectionFailed, FailureKind, InsecureWarning, ListenFailed, UsageError
from socketstore.sockets.masking import mask_error, mask_text, mask_url
from socketstore.sockets.redirects import RedirectRefused
from socketstore.sockets.retry_after import retry_after

Translation = tuple[type[BaseException], FailureKind, Callable[[BaseException], str]]


def _status(error: BaseException) -> int | None:
    if isinstance(error, RedirectRefused):
        return error.status
    return error.response.status_code if isinstance(error, (InvalidStatus, InvalidProxyStatus)) else None


# The first row whose class fits counts, so the special stand before the general.
TRANSLATIONS: tuple[Translation, ...] = (
    (InvalidURI, "url", lambda error: f"{error}; expected ws://host:port/path or wss://..."),
    (InvalidProxy, "url", lambda error: f"{error}; check the proxy settings, or pass proxy=None"),
    (
        InvalidStatus,
        "status",
        lambda error: f"the server answered HTTP {_status(error)} instead of 101; check the path and the credentials",
    ),
    (InvalidProxyStatus, "status", lambda error: f"{error}; check the proxy settings, or pass proxy=None"),
    (RedirectRefused, "redirect", lambda error: f"{error}"),
    (InvalidHandshake, "handshake", lambda error: f"{error}; is there a WebSocket server at this address?"),
    (InsecureWarning, "url", lambda error: f"{error}"),
    (UnicodeError, "url", lambda error: f"the host name cannot be looked up ({error}); check its spelling"),
    (ssl.SSLEOFError, "network", lambda error: f"the connection broke during the TLS handshake ({error})"),
    (ssl.SSLZeroReturnError, "network", lambda error: f"the server ended the TLS handshake ({error})"),
    (ssl.SSLError, "tls", lambda error: f"{error}; check the certificate, or whether it should be ws:// or wss://"),
    (ssl.CertificateError, "tls", lambda error: f"{error}; check the certificate"),
    (socket.gaierror, "dns", lambda error: f"the host name was not found ({error}); check its spelling"),
    (ConnectionRefusedError, "refused", lambda _: "nothing listens there; start the server or check the port"),
    (TimeoutError, "timeout", lambda _: "no answer in time; is there a WebSocket server at this address?"),
    (asyncio.CancelledError, "aborted", lambda _: "it was cancelled or closed before it was open"),
    (EOFError, "handshake", lambda error: f"{error}; is there a WebSocket server at this address?"),
    (
        OSError,
        "network",
        lambda error: f"{str(error) or 'the connection broke'}; check the address, and whether it should be wss://",
    ),
    (Exception, "handshake", lambda error: f"{type(error).__name__}: {error}"),
    (BaseException, "aborted", lambda error: f"it was interrupted by {type(error).__name__}"),
)

LISTEN_ADVICE: dict[int | None, str] = {
    errno.EADDRINUSE: "another program listens there; choose another port, or 0 for a free one",
    errno.EACCES: "this user may not; choose a port above 1023",
    errno.ERANGE: "choose a port from 0 to 65535",
}


def connection_failed(error: BaseException, url: str, hide: Callable[[str], str] = str) -> ConnectionFailed:
    """Translate whatever kept a socket from opening; neither its text nor those of its causes show a secret."""
    if isinstance(error, ConnectionFailed):
        return error
    mask_error(error, hide)
    error = _only_cause(error)
    _, kind, sentence = next(row for row in TRANSLATIONS if isinstance(error, row[0]))
    shown = mask_url(url)
    failed = ConnectionFailed(
        f"could not open {shown}: {hide(mask_text(sentence(error)))}",
        url=shown,
        kind=kind,
        status=_status(error),
        retry_after=_retry_after(error),
    )
    failed.__cause__ = error
    return failed


def option_error(error: BaseException, owner: object) -> UsageError | None:
    """Return the error to raise if it was the caller's option that could not be used."""
    if not isinstance(error, (TypeError, ValueError)) or isinstance(error, (OSError, UnicodeError)):
        return None
    return UsageError(f"an option of {owner!r} cannot be used: {mask_text(str(error))}")


def listen_failed(error: OSError | OverflowError | UnicodeError, host: str, port: int) -> ListenFailed:
    """Translate whatever kept a server from listening."""
    reason = getattr(error, "strerror", None) or error
    number = None if isinstance(error, UnicodeError) else getattr(error, "errno", errno.ERANGE)
    advice = LISTEN_ADVICE.get(number, "check the host name")
    failed = ListenFailed(f"could not listen on {host}:{port}: {reason}; {advice}")
    failed.__cause__ = error
    return failed


def _retry_after(error: BaseException) -> float | None:
    return retry_after(error.response.headers) if isinstance(error, (InvalidStatus, InvalidProxyStatus)) else None


def _only_cause(error: BaseException) -> BaseException:
    """Look inside an OSError that asyncio made of one refusal for each address of a host."""
    text = str(error)
    if type(error) is OSError and text.startswith("Multiple exceptions:") and f"[Errno {errno.ECONNREFUSED}]" in text:
        return ConnectionRefusedError(text)
    return error
