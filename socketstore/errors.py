"""Every error that socketstore raises on purpose, in one tree.

::

    SocketstoreError
    ├── UsageError (TypeError)            an argument that cannot be used
    ├── DispatchError (RuntimeError)      the store was called from inside a reducer
    ├── ReducerError (TypeError)          a reducer broke its contract
    ├── PathError (LookupError)           a path that leads to something that is not in the state
    ├── PurityError (RuntimeError)        a state that was changed in place, or a reducer with two answers
    ├── WaitTimeout (TimeoutError)        no state, or action, came that was waited for
    ├── WatchOverflow                     a reader of every change, or action, fell too far behind
    ├── DecodeError (ValueError)          text or bytes that are not what was expected
    ├── EncodeError (ValueError)          a value that would not come back equal
    ├── ScriptFailed (AssertionError)     a program under test did not do what its test expected
    ├── SocketError
    │   ├── ConnectionFailed (ConnectionError)   a socket that could not be opened
    │   ├── ConnectionLost (ConnectionError)     a socket that was open and broke
    │   │   ├── ConnectionSilent      ... because nothing came, or no answer to a ping or heartbeat
    │   │   └── TooManyRejects        ... because too many of its messages could not be read
    │   ├── NotOpen (ConnectionError)            a message for a socket that is not open
    │   ├── OutboxFull                           a message for which there is no room until the socket is open again
    │   ├── RequestTimeout (TimeoutError)        a request without an answer
    │   ├── SubscriptionFailed                   a subscription that was waited for, and refused
    │   └── ListenFailed (OSError)               a server that could not bind
    └── LogError
        ├── LogUnavailable (OSError)      a log that could not be opened, read or written
        ├── LogCorrupted                  a log with damage in its middle
        ├── LogVersionError               a log written by a newer format
        └── ReplayError                   a recorded action that does not replay

    InsecureWarning (UserWarning)         an address whose traffic anybody on the way can read
    LogWarning (UserWarning)              a log that was usable, less an unfinished entry at its end
    SerializableWarning (UserWarning)     an action or a state that could not be written and come back equal
    SelectorWarning (UserWarning)         an input of a selector that returns something new for the same state

Each message says what was got, what was expected, and what to do.
"""

from __future__ import annotations

from typing import Literal

__all__ = [
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionSilent",
    "DecodeError",
    "DispatchError",
    "EncodeError",
    "FailureKind",
    "InsecureWarning",
    "ListenFailed",
    "LogCorrupted",
    "LogError",
    "LogUnavailable",
    "LogVersionError",
    "LogWarning",
    "NotOpen",
    "OutboxFull",
    "PathError",
    "PurityError",
    "ReducerError",
    "ReplayError",
    "RequestTimeout",
    "ScriptFailed",
    "SelectorWarning",
    "SerializableWarning",
    "SocketError",
    "SocketstoreError",
    "SubscriptionFailed",
    "TooManyRejects",
    "UsageError",
    "WaitTimeout",
    "WatchOverflow",
]

FailureKind = Literal[
    "url", "credentials", "dns", "refused", "network", "tls", "timeout", "status", "redirect", "handshake", "aborted"
]
"""Where opening a socket failed: the URL itself, the function that gives it or the headers, the name look-up, a refused
port, the network beneath, the certificate, the time allowed, an HTTP status other than 101, a redirect that may not be
followed, a broken handshake, or a ``close()`` in between."""


class SocketstoreError(Exception):
    """Base of every error in this module."""


class UsageError(SocketstoreError, TypeError):
    """An argument that cannot be used, named in the message."""


class DispatchError(SocketstoreError, RuntimeError):
    """The store was asked to change, or to be listened to, from inside a reducer."""


class ReducerError(SocketstoreError, TypeError):
    """A reducer broke its contract: it returned ``None``, or has two handlers for one class."""


class PathError(SocketstoreError, LookupError):
    """A path leads to a key, index or attribute that is not in the state."""


class PurityError(SocketstoreError, RuntimeError):
    """`check_purity` found a state or an action that was changed in place, or a reducer that gave two answers.

    Attributes:
        path: the way from the state (or the action) to the place, as in ``feed.books['BTC']``; empty for the whole.
    """

    def __init__(self, message: str, *, path: str) -> None:
        """Keep the place beside the message."""
        super().__init__(message)
        self.path = path


class WaitTimeout(SocketstoreError, TimeoutError):
    """No state satisfied the predicate of ``wait_for``, or no action that of an effect's ``take``, in time."""


class WatchOverflow(SocketstoreError):
    """A ``watch(buffer="all")``, or an effect's ``actions()``, was read too slowly and its bound was reached."""


class DecodeError(SocketstoreError, ValueError):
    """Text or bytes that are not the JSON, the tag or the fields that were expected."""


class EncodeError(SocketstoreError, ValueError):
    """A value that cannot be written so that reading it gives an equal value."""


class ScriptFailed(SocketstoreError, AssertionError):
    """A program under test did not do what a script, of a fake socket or a scripted server, or a recording expected."""


class SocketError(SocketstoreError):
    """Base of what goes wrong with sockets."""


class ConnectionFailed(SocketError, ConnectionError):
    """A socket could not be opened.

    Attributes:
        url: the address that was tried, with its secrets masked.
        kind: where it failed (see `FailureKind`).
        status: the HTTP status of the answer, when there was one that was not 101.
        retry_after: seconds that the server asked to wait (RFC 9110, section 10.2.3).
    """

    def __init__(
        self,
        message: str,
        *,
        url: str,
        kind: FailureKind,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Keep what a program needs in order to decide whether to try again."""
        super().__init__(message)
        self.url = url
        self.kind: FailureKind = kind
        self.status = status
        self.retry_after = retry_after


class ConnectionLost(SocketError, ConnectionError):
    """A socket that was open ended without a clean closing handshake (RFC 6455, section 7.1.4).

    Attributes:
        code: the close code, 1006 where the peer said nothing.
    """

    def __init__(self, message: str, *, code: int) -> None:
        """Keep the close code beside the message."""
        super().__init__(message)
        self.code = code


class ConnectionSilent(ConnectionLost):
    """A socket was given up because nothing came on it, or no answer to a ping or a heartbeat."""


class TooManyRejects(ConnectionLost):
    """A socket was closed because more of its messages than ``max_rejected`` could not be read."""


class NotOpen(SocketError, ConnectionError):
    """A message was to be sent on a socket that is not open."""


class OutboxFull(SocketError):
    """The outbox holds as much as it may, and its policy is to refuse more."""


class RequestTimeout(SocketError, TimeoutError):
    """No answer to a request came in time."""


class SubscriptionFailed(SocketError):
    """A subscription that somebody waited for was refused, had no answer in time, or is not wanted.

    Attributes:
        key: which.
        reason: what the server said, or what stood in the way.
    """

    def __init__(self, message: str, *, key: str, reason: str) -> None:
        """Keep the key and the reason beside the message."""
        super().__init__(message)
        self.key = key
        self.reason = reason


class ListenFailed(SocketError, OSError):
    """A server could not listen on its address."""


class LogError(SocketstoreError):
    """Base of what goes wrong with logs."""


class LogUnavailable(LogError, OSError):
    """A log that could not be opened, read or written."""


class LogCorrupted(LogError):
    """A log with an entry that cannot be read, before its end.

    Attributes:
        line: the number of the damaged line, counted from 1.
    """

    def __init__(self, message: str, *, line: int) -> None:
        """Keep the place beside the message."""
        super().__init__(message)
        self.line = line


class LogVersionError(LogError):
    """A log whose format is newer than this version of socketstore reads."""


class ReplayError(LogError):
    """A recorded action on which the reducer raised, although it had not when it was recorded.

    Attributes:
        sequence: the number of the entry.
    """

    def __init__(self, message: str, *, sequence: int) -> None:
        """Keep the place beside the message."""
        super().__init__(message)
        self.sequence = sequence


class InsecureWarning(UserWarning):
    """The address is ``ws://`` on another machine: anybody on the way can read and change what is said."""


class LogWarning(UserWarning):
    """A log was usable, less an unfinished entry at its end."""


class SelectorWarning(UserWarning):
    """An input of a selector returned something new for the same state, so that nothing would be memoised."""


class SerializableWarning(UserWarning):
    """`check_serializable` found a value that could not be written to a log and come back equal."""
