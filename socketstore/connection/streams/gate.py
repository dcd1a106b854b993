"""The streams as a part of a connection: each action passes here on its way to the store."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from socketstore.actions import SocketAction, StreamEnded
from socketstore.connection.feed import Feed
from socketstore.connection.part import Part
from socketstore.connection.session import Session
from socketstore.connection.streams.counting import Counting
from socketstore.connection.streams.definition import Cause, StreamFigures, Streams
from socketstore.connection.streams.machine import Machine
from socketstore.connection.streams.ordering import Missing
from socketstore.connection.streams.outlet import Phase
from socketstore.connection.streams.resyncing import Effort, Resyncer
from socketstore.connection.streams.rules import rules_of
from socketstore.connection.streams.silences import Silences
from socketstore.connection.streams.waiting import Room
from socketstore.connection.wanted import Wanted, via_loop
from socketstore.errors import UsageError
from socketstore.sockets.emitter import report

if TYPE_CHECKING:
    from socketstore.connection.connection import Connection


class StreamsPart(Part):
    """All streams of a connection; it is also the outlet that they work with.

    Args:
        streams: what the program wants.
        feed: where words go.
        connection: what `resync` is told of.

    Attributes:
        serial: counts the messages of the socket, and the answers of `resync`.
        counting: a part that counts what the socket brings, if told to; to be asked first of all parts.

    Raises:
        UsageError: the detectors do not fit together.
    """

    def __init__(self, streams: Streams, feed: Feed, connection: Connection) -> None:
        self.serial = 0
        self._streams = streams
        self._rules = rules_of(streams)
        numbers = self._rules.per_connection
        self.counting = None if numbers is None else Counting(numbers, self._suspect)
        self._feed = feed
        self._connection = connection
        self._machines: dict[str, Machine] = {}
        self._efforts: dict[str, Effort] = {}
        self._room = Room(streams.max_messages, streams.max_bytes)
        self._repeated = 0
        self._session: Session | None = None
        self._resyncer: Resyncer | None = None
        self._silences: Silences | None = None
        self._wanted = None if streams.wanted is None else Wanted(streams.wanted, "wanted=")
        self._ended: set[str] = set()
        self._stop_listening: Callable[[], None] | None = None

    @property
    def cursors(self) -> dict[str, Any]:
        """Where each stream stands whose position means something to the next socket."""
        if self._rules.ordering is None or not self._rules.ordering.lasting:
            return {}
        positions = {name: machine.progress.position for name, machine in self._machines.items()}
        broken = {name for name, machine in self._machines.items() if machine.phase is Phase.BROKEN}
        return {name: position for name, position in positions.items() if position is not None and name not in broken}

    @property
    def figures(self) -> StreamFigures:
        """How much is kept just now."""
        return StreamFigures(self._room.messages, self._room.size, self._repeated)

    # The life of a socket.

    def opened(self, session: Session) -> None:
        """Begin with what the new socket brings."""
        self._session = session
        self._resyncer = Resyncer(self._streams, self._connection, session, self, self._efforts)
        self._silences = None if self._rules.silence is None else Silences(self._rules.silence, session)

    def ready(self, session: Session) -> None:  # noqa: ARG002 - the same as that of `opened`
        """End what is not wanted any more, now and from now on; resync what is not complete after a pause."""
        if self._wanted is not None:
            self._follow_wanted(self._wanted)
        for machine in tuple(self._machines.values()):
            machine.reopen()
        if self._resyncer is not None:
            self._resyncer.be_ready()

    def closed(self, session: Session) -> None:  # noqa: ARG002 - the same as that of `opened`
        """Drop what waits: nothing of it may reach a later epoch."""
        self._session = self._resyncer = None
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None
        self._ended.clear()
        if self._silences is not None:
            self._silences.stop()
            self._silences = None
        for machine in self._machines.values():
            machine.close()

    def deliver(self, actions: Any, raw: str | bytes) -> None:
        """Take the action, or the tuple of actions, that was made of one message on its way to the store."""
        session = self._session
        if session is None or session.over:
            return
        self.serial += 1
        for action in actions if type(actions) is tuple else (actions,):
            try:
                self._deliver(action, raw, session)
            except (Exception, CancelledError) as error:  # noqa: BLE001 - the next message must not suffer for this one
                session.reject(raw, f"streams= raised {type(error).__name__}: {error}")
                if self.counting is not None:
                    self.counting.unread()

    def _deliver(self, action: Any, raw: str | bytes, session: Session) -> None:
        name = self._streams.of(action)
        if name is None:
            session.pass_on(action, raw)
            return
        if name in self._ended:  # the server sent it before it was told
            return
        machine = self._machines.get(name) or self._first_of(name)
        if self.counting is not None and self.counting.is_repeated and self._rules.ordering is None:
            self.count_repeated()
            return
        machine.take(action, raw)
        if self._silences is not None:
            self._silences.heard(machine)

    def _first_of(self, name: str) -> Machine:
        if not isinstance(name, str):
            message = f"of= returned {name!r:.200}; expected the name of a stream, or None"
            raise UsageError(message)
        machine = self._machines[name] = Machine(name, self._rules, self._room, self)
        return machine

    def _suspect(self, missing: Missing) -> None:
        for machine in tuple(self._machines.values()):
            machine.suspect(missing)

    def _follow_wanted(self, wanted: Wanted) -> None:
        self._stop_listening = self._feed.store.subscribe(
            self._end_unwanted, select=wanted, via=via_loop(asyncio.get_running_loop())
        )
        self._end_unwanted(wanted(self.state))

    def _end_unwanted(self, wanted: tuple[str, ...] | None) -> None:
        if wanted is None or not self.is_open:
            return
        self._ended.difference_update(wanted)
        kept = frozenset(wanted)
        for name in [name for name in self._machines if name not in kept]:
            self._machines[name].end()
            self.settle(name)
            del self._machines[name]
            self._efforts.pop(name, None)
            if self._silences is not None:
                self._silences.forget(name)
            self._ended.add(name)
            self.say(StreamEnded, stream=name)

    # The outlet of the machines.

    @property
    def is_open(self) -> bool:
        """Whether there is an open socket."""
        return self._session is not None and not self._session.over

    @property
    def state(self) -> Any:
        """The state of the store."""
        return self._feed.store.state

    def pass_on(self, action: Any, raw: str | bytes) -> bool:
        """Dispatch an action; tell whether it was reduced."""
        return self._session is not None and self._session.pass_on(action, raw)

    def say(self, kind: type[SocketAction], **fields: Any) -> None:
        """Dispatch a word of the open socket."""
        if self._session is not None:
            self._session.say(kind, **fields)

    def reject(self, raw: str | bytes, reason: str) -> None:
        """Say that a message cannot be used."""
        if self._session is not None:
            self._session.reject(raw, reason)

    def count_repeated(self) -> None:
        """Count a message that is dropped."""
        self._repeated += 1

    @contextmanager
    def together(self) -> Iterator[None]:
        """Tell subscribers once of several dispatches; what they raise is reported."""
        failure: BaseException | None = None
        try:
            with self._feed.store.batch():
                try:
                    yield
                except BaseException as error:  # noqa: BLE001 - it is raised below, where no listener can hide it
                    failure = error
        except (Exception, CancelledError) as error:  # noqa: BLE001 - a stream must not suffer for its listeners
            report(error, "while telling of what a stream brought", source=self._feed)
        if failure is not None:
            raise failure

    def begin(self, stream: str, cause: Cause, reason: str) -> None:
        """Resync a stream."""
        if self._resyncer is not None:
            self._resyncer.begin(self._machines[stream], cause, reason)

    def doubt(self, stream: str) -> None:
        """Give a stream some time."""
        if self._resyncer is not None:
            self._resyncer.doubt(self._machines[stream])

    def fail(self, stream: str, error: str, message: str) -> None:
        """Try a resync again."""
        if self._resyncer is not None:
            self._resyncer.fail(self._machines[stream], error, message)

    def make_room(self) -> None:
        """Drop what waits for the stream for which most waits, and resync it again."""
        most = max(self._machines.values(), key=lambda machine: self._room.share(machine.progress.waiting))
        most.overflow()

    def settle(self, stream: str) -> None:
        """End the resync of a stream."""
        machine = self._machines[stream]
        if self._resyncer is not None:
            self._resyncer.settle(machine)
        if self._silences is not None and machine.phase is Phase.LIVE:
            self._silences.watch(machine)
