"""Whether another attempt can help, and when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from socketstore.errors import ConnectionFailed, SocketError, TooManyRejects

TRANSIENT_STATUSES = frozenset({408, 425, 429})
"""Answers that may be different in a moment: request time-out, too early, too many requests."""

CREDENTIALS_STATUSES = frozenset({401, 403})
"""Answers that other credentials may change."""

FATAL_KINDS = frozenset({"url", "tls", "redirect"})
"""Failures that stay until somebody mends the address, the certificate or the server."""

POLICY_VIOLATION = 1008
MANDATORY_EXTENSION = 1010
STATUS_CODES = range(4400, 4500)
"""Close codes that by custom are an HTTP status, plus 4000."""

PATIENCE = 5
"""Closes with 1008 in a row after which there is no other attempt: it is nearly always about credentials."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an attempt ended, for ``retry`` to decide by.

    Attributes:
        opened: whether the socket had opened.
        code: the close code, 1006 where there was none (RFC 6455, section 7.4).
        reason: the text beside the code.
        clean: both sides had sent a close frame.
        error: what went wrong: a `ConnectionFailed`, a `ConnectionLost`, or ``None``.
        status: the HTTP status of the answer to the handshake, if it was not 101.
        retry_after: seconds that the server asked to wait.
        in_a_row: how often it has ended in just this way since the connection was last healthy, from 1. All ways of
            refusing credentials (HTTP 401 and 403, the close codes 4401, 4403 and 1008) count as one.
        credentials_change: whether ``url`` or ``headers`` is a function, which may give others the next time.
    """

    opened: bool
    code: int = 1006
    reason: str = ""
    clean: bool = False
    error: SocketError | None = None
    status: int | None = None
    retry_after: float | None = None
    in_a_row: int = 1
    credentials_change: bool = False

    def __str__(self) -> str:
        if self.error is not None:
            return str(self.error)
        return f"the server closed with {self.code} {self.reason}".strip()


Retry: TypeAlias = Callable[[Ended], "bool | float"]
"""Decides what follows an attempt: ``False`` gives up, ``True`` waits as the backoff says (and at least as long as the
server asked), a number waits so many seconds."""


def default_retry(ended: Ended) -> bool | float:
    """Decide by what is known of close codes, HTTP statuses and failures.

    The table is in ``docs/how-to/reconnecting.md``.
    """
    status = status_of(ended)
    if status is not None:
        return _by_status(status, ended)
    if isinstance(ended.error, ConnectionFailed):
        return ended.error.kind not in FATAL_KINDS
    if ended.code == POLICY_VIOLATION:
        return 0.0 if _worth_fresh_credentials(ended) else ended.in_a_row < PATIENCE
    return ended.code != MANDATORY_EXTENSION


def status_of(ended: Ended) -> int | None:
    """Return the HTTP status with which the server refused, or which its close code stands for; ``None``: neither."""
    return ended.code - 4000 if ended.opened and ended.code in STATUS_CODES else ended.status


def refuses_credentials(ended: Ended) -> bool:
    """Tell whether other credentials may help; where this side has closed with 1008, over what came, they may not."""
    violation = ended.opened and ended.code == POLICY_VIOLATION and not isinstance(ended.error, TooManyRejects)
    return status_of(ended) in CREDENTIALS_STATUSES or violation


def _by_status(status: int, ended: Ended) -> bool | float:
    if status in CREDENTIALS_STATUSES:
        return 0.0 if _worth_fresh_credentials(ended) else False
    return status >= 500 or status in TRANSIENT_STATUSES


def _worth_fresh_credentials(ended: Ended) -> bool:
    return refuses_credentials(ended) and ended.credentials_change and ended.in_a_row == 1
