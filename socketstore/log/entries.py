"""What a log holds, whatever file it is kept in: one class for each kind of entry.

Of every entry, `sequence` counts 1, 2, ... within its log, and `at` is the Unix time in seconds at which it was
recorded. Both are 0 until the entry has been written: the log gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

from socketstore.store.paths import ABSENT

FORMAT = "socketstore-log"
VERSION = 2


@dataclass(frozen=True, slots=True)
class ActionEntry:
    """An action, as the reducer was about to see it."""

    kind: ClassVar[str] = "action"

    sequence: int
    at: float
    action: Any


@dataclass(frozen=True, slots=True)
class FailedEntry:
    """The reducer raised on an earlier entry, and the state stayed as it was.

    It stands before the next action; entries of the wire may stand in between.

    Attributes:
        of: the number of the entry on which the reducer raised.
        error: the error's class and text.
    """

    kind: ClassVar[str] = "failed"

    sequence: int
    at: float
    of: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotEntry:
    """The state after all entries before this one, or only its digest.

    Attributes:
        digest: of the state; equal states have equal digests, in every process. ``None``: not computed.
        state: the state as a JSON value; `ABSENT` where only the digest was recorded.
        jumped: the state did not come of the entries before this one: the store was restored, its reducer exchanged,
            or a new sitting began. A replay has to go on from here with this state.
    """

    kind: ClassVar[str] = "snapshot"

    sequence: int = 0
    at: float = 0.0
    digest: str | None = None
    state: Any = ABSENT
    jumped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedSnapshot(SnapshotEntry):
    """A snapshot whose secrets were taken out before its digest was made, to be written as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteEntry:
    """Something that a person or a program wanted to remember at this place; no reducer sees it.

    Attributes:
        text: for people.
        data: a JSON value, for programs.
    """

    kind: ClassVar[str] = "note"

    sequence: int = 0
    at: float = 0.0
    text: str
    data: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WireEntry:
    """Base of what happened on a socket.

    Attributes:
        connection: the name of the connection.
        epoch: 1, 2, ... one for each time its socket opened; ``None`` before that.
    """

    sequence: int = 0
    at: float = 0.0
    connection: str = "default"
    epoch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEntry(WireEntry):
    """A socket has opened.

    Attributes:
        url: with its secrets masked.
        subprotocol: the one that both sides agreed on.
    """

    kind: ClassVar[str] = "opened"

    url: str
    subprotocol: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameInEntry(WireEntry):
    """A whole message has come, as it was before any decoder saw it: text or bytes."""

    kind: ClassVar[str] = "frameIn"

    data: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameOutEntry(WireEntry):
    """A whole message has been sent: text or bytes."""

    kind: ClassVar[str] = "frameOut"

    data: str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedEntry(WireEntry):
    """A socket has closed, or was never opened (RFC 6455, section 7.1.5).

    Attributes:
        code: the close code; 1006 where the peer said nothing.
        reason: what the peer gave as its reason.
        clean: whether both sides had said goodbye.
    """

    kind: ClassVar[str] = "closed"

    code: int
    reason: str = ""
    clean: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEntry(WireEntry):
    """Something went wrong with a socket; a `ClosedEntry` follows.

    Attributes:
        error: the name of the error's class.
        message: its text, with secrets masked.
    """

    kind: ClassVar[str] = "error"

    error: str
    message: str


Entry: TypeAlias = (
    ActionEntry
    | FailedEntry
    | SnapshotEntry
    | NoteEntry
    | OpenedEntry
    | FrameInEntry
    | FrameOutEntry
    | ClosedEntry
    | ErrorEntry
)
"""Whatever stands in a log."""
