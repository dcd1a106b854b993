"""What a program says of its streams: which there are, how gaps are found, and how a stream is made complete again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from socketstore.connection.backoff import Backoff
from socketstore.connection.streams.ordering import Ordering
from socketstore.connection.streams.watches import Checksum, NumbersPerConnection, Silence
from socketstore.errors import UsageError
from socketstore.sockets.options import expect

if TYPE_CHECKING:
    from socketstore.connection.connection import Connection

Detector: TypeAlias = Ordering | NumbersPerConnection | Checksum | Silence
"""Finds that a stream is not, or may not be, complete."""

Cause = Literal["new", "reopened", "gap", "checksum", "rejected", "silent"]
"""Why a stream is resynced: its first message came, the socket opened again, messages are missing, the derived state is
wrong, a message could not be reduced, or nothing came for too long."""


@dataclass(frozen=True, slots=True)
class Resync:
    """What ``resync=`` is called with: the stream to be made complete, and what is known of it.

    Attributes:
        connection: to send on, or to ask: ``await request.connection.send(...)``.
        stream: the name of the stream.
        cause: why, for a program to decide by.
        reason: the same in words, for people.
        position: where the stream stands: all messages up to here are in the state. ``None``: nowhere.
        attempt: 1, 2, ...: how many times in a row it has been tried, since the stream was last live for a while.
    """

    connection: Connection
    stream: str
    cause: Cause
    reason: str
    position: Any
    attempt: int


@dataclass(frozen=True, slots=True)
class StreamFigures:
    """How much a connection keeps for its streams just now.

    Attributes:
        waiting_messages: messages that wait for a snapshot, of all streams.
        waiting_bytes: their size (of text: characters).
        repeated: how many messages and snapshots were dropped, since the connection was made, because they had come
            before, or were older than what is known.
    """

    waiting_messages: int = 0
    waiting_bytes: int = 0
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class Streams:
    """Sequences of messages of which none may be missing: gaps in them are found, and closed.

    ::

        async def fetch_snapshot(request: Resync) -> DepthSnapshot: ...

        streams = Streams(
            of=lambda action: action.symbol if isinstance(action, DepthUpdate) else None,
            detect=Ranges(first=lambda update: update.U, last=lambda update: update.u),
            snapshot=lambda action: action.last_update_id if isinstance(action, DepthSnapshot) else None,
            resync=fetch_snapshot,
        )

    Each stream is followed for itself. Its messages wait until its snapshot is there; then the snapshot is dispatched,
    what is older than it is dropped, and the rest is dispatched in order, if the first of it joins the snapshot: else
    it is resynced again. From then on the stream is live, and each message is dispatched as it comes. When one is
    missing, that stream alone is resynced, and what comes meanwhile waits. A message that had come before is dropped.
    A missing one that comes late, or is sent again, closes the gap as well.

    All that is done is an action: `GapDetected`, `ResyncStarted`, `ResyncFailed`, `Resynced`, `WentSilent`, and the
    snapshot itself. What the functions below raise rejects the message (`MessageRejected`), or fails the resync.

    Attributes:
        of: reads the name of the stream from an action; ``None``: it belongs to none, and is dispatched at once.
        detect: how gaps are found: one of `Numbers`, `Ranges`, `Links` (or an `Ordering` of your own), beside it any
            of `NumbersPerConnection`, `Checksum`, `Silence`; or one of those alone.
        snapshot: reads from an action where the stream stands after it, if it is a snapshot: the whole state of a
            stream, that the reducer puts in the place of what it had. ``None``: it is no snapshot.
        resync: makes a stream complete; plain or async, called with a `Resync` after ``on_open`` has ended. It returns
            the snapshot, a list of the actions that are missing (of a stream with an order), or ``None``: it has asked
            for them on the socket (subscribed again, or from the position on), or knows that they come by themselves.
            Tried again, with growing delays, until the stream is complete. Without it a gap is only closed by what
            comes by itself. A plain one blocks the event loop for as long as it runs.
        resume: the server can go on where a socket left off (``connection.cursors`` tells `on_open` where that was):
            a stream is live again with the first message that follows on after the socket has opened again, and only
            resynced if another one comes, or none for `timeout` seconds. Without it each stream is resynced whenever
            the socket has opened again.
        wanted: reads from the state the names of the streams that the program still wants: any collection of text. One
            that is no longer among them after a change ends (`StreamEnded`): a resync of it is cancelled, what still
            comes of it is dropped until it is wanted again. ``None``: all.
        backoff: the delays between resyncs of one stream; the first one is made at once. They begin anew once the
            stream has been live for ``healthy_after`` seconds.
        timeout: seconds for each call of `resync`, and for what it has asked for to come.
        concurrency: how many calls of `resync` may run at once.
        max_messages: how many messages may wait, over all streams. Beyond that, what waits for the stream at hand is
            dropped, and it is resynced again.
        max_bytes: the same for their size.
    """

    of: Callable[[Any], str | None]
    detect: Detector | Sequence[Detector]
    snapshot: Callable[[Any], Any] | None = None
    resync: Callable[[Resync], Awaitable[Any] | Any] | None = None
    resume: bool = False
    wanted: Callable[[Any], Collection[str]] | None = None
    backoff: Backoff = Backoff(initial=0.5, maximum=30.0)  # noqa: RUF009 - frozen
    timeout: float = 10.0
    concurrency: int = 4
    max_messages: int = 10_000
    max_bytes: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            UsageError: an argument cannot be used.
        """
        function = (Callable, NoneType)
        expect(self.of, "of", Callable, "a function of one action")
        expect(self.snapshot, "snapshot", function, "a function of one action, or None")
        expect(self.resync, "resync", function, "a function of a Resync, or None")
        expect(self.wanted, "wanted", function, "a function of the state, or None")
        expect(self.backoff, "backoff", Backoff, "a Backoff")
        if self.backoff.healthy_after == "message":
            message = f"got backoff={self.backoff!r}; expected healthy_after in seconds, for a stream"
            raise UsageError(message)
        for name in ("timeout", "concurrency", "max_messages", "max_bytes"):
            expect(getattr(self, name), name, (int, float), "a number above 0")
            if getattr(self, name) <= 0:
                message = f"got {name}={getattr(self, name)!r}; expected a number above 0"
                raise UsageError(message)
