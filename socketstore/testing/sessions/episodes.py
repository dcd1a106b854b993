"""A recording taken apart: one episode for each time that a socket was open."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from socketstore.errors import UsageError
from socketstore.log.entries import ClosedEntry, FrameInEntry, FrameOutEntry, NoteEntry, OpenedEntry
from socketstore.testing.sessions.wire import Lines, SocketEntry, spoken_entries, wire_entries

Read = Callable[[Lines, int], Iterator[Any]]


@dataclass(slots=True)
class Episode:
    """One socket of a recording, from its opening to its end. Its messages stay in the file.

    Attributes:
        connection: the name of the connection.
        epoch: which of its sockets this was, as it was recorded.
        number: 1, 2, ... in the order of the recording.
        subprotocol: the one that both sides had agreed on.
        begin: the Unix time of the first entry, in seconds.
        first: the number of the first entry.
        last: the number of the last one.
        received: how many messages the server sent.
        sent: how many messages the client sent.
        largest: bytes of the largest of these.
        closed: whether the recording holds the end of the socket.
    """

    connection: str
    epoch: int | None
    number: int
    subprotocol: str | None
    begin: float
    first: int
    last: int
    received: int = 0
    sent: int = 0
    largest: int = 0
    closed: bool = False
    _read: Read = wire_entries

    def entries(self, log: Lines) -> Generator[SocketEntry | NoteEntry, None, None]:
        """Yield what happened after the socket had opened, the notes between included."""
        for entry in self._read(log, self.first - 1):
            if entry.sequence > self.last:
                return
            if not isinstance(entry, OpenedEntry) and self._holds(entry):
                yield entry

    @property
    def is_spoken(self) -> bool:
        """Whether it is made of actions, for want of frames."""
        return self._read is spoken_entries

    def _holds(self, entry: SocketEntry | NoteEntry) -> bool:
        return isinstance(entry, NoteEntry) or (entry.connection, entry.epoch) == (self.connection, self.epoch)

    def add(self, entry: SocketEntry) -> None:
        """Count an entry of this socket."""
        self.last = entry.sequence
        self.received += isinstance(entry, FrameInEntry)
        if isinstance(entry, FrameOutEntry):
            self.sent += 1
            self.largest = max(self.largest, _size(entry.data))
        self.closed = isinstance(entry, ClosedEntry)


def _size(data: str | bytes) -> int:
    return len(data.encode() if isinstance(data, str) else data)


def episodes_of(log: Lines, connection: str | None = None) -> list[Episode]:
    """Find the episodes of one connection.

    Of a recording without frames the actions of its connections count, as far as they tell what the server sent.

    Args:
        log: the recording.
        connection: the name of the connection; ``None``: the only one that there is.

    Raises:
        UsageError: there is no such connection, or several of which one must be chosen; or it holds nothing that a
            server could send.
        LogCorrupted: an entry cannot be read.
        LogUnavailable: the file cannot be read.
    """
    found = _taken_apart(wire_entries(log), wire_entries) or _taken_apart(spoken_entries(log), spoken_entries)
    if not found:
        message = (
            f"{log.path} holds neither frames nor messages of a connection, so there is nothing to serve; expected "
            "what Connection(..., log=log) writes, or a log that `socketstore convert` made"
        )
        raise UsageError(message)
    return _chosen(found, connection, log)


def _chosen(found: list[Episode], connection: str | None, log: Lines) -> list[Episode]:
    names = sorted({episode.connection for episode in found})
    chosen = names[0] if connection is None and len(names) == 1 else connection
    if chosen not in names:
        what = "several connections:" if connection is None else f"no connection {connection!r}, but"
        message = f"{log.path} holds {what} {', '.join(map(repr, names))}; choose one: connection=NAME"
        raise UsageError(message)
    episodes = [episode for episode in found if episode.connection == chosen]
    for number, episode in enumerate(episodes, 1):
        episode.number = number
    return episodes


def _taken_apart(entries: Iterable[Any], read: Read) -> list[Episode]:
    """Begin an episode at each opening, and where an entry belongs to none: the recording may begin in the middle."""
    episodes: list[Episode] = []
    running: dict[tuple[str, int | None], Episode] = {}
    for entry in entries:
        if isinstance(entry, NoteEntry):
            continue
        key = entry.connection, entry.epoch
        episode = None if isinstance(entry, OpenedEntry) else running.get(key)
        if episode is None:
            if isinstance(entry, ClosedEntry):  # of an attempt that never opened
                continue
            episode = running[key] = _begun(entry, read)
            episodes.append(episode)
        episode.add(entry)
        if episode.closed:
            del running[key]
    return episodes


def _begun(entry: SocketEntry, read: Read) -> Episode:
    subprotocol = entry.subprotocol if isinstance(entry, OpenedEntry) else None
    return Episode(entry.connection, entry.epoch, 0, subprotocol, entry.at, entry.sequence, entry.sequence, _read=read)
