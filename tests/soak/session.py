"""The client of the soak: everything that a connection has, at full speed, on a line that breaks about every second."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

from immutables import Map

from socketstore import (
    Acknowledged,
    Action,
    Backoff,
    Connection,
    ConnectionLost,
    Dispatch,
    Heartbeat,
    JustDisconnected,
    Numbers,
    Outbox,
    OutboxFull,
    RequestTimeout,
    Resync,
    Slice,
    Store,
    Streams,
    Subscriptions,
    combine_reducers,
    connection_state,
)
from tests.soak.feed import NAMES, Change, SoakSnapshot, Table, Tables, held_under, tables
from tests.soak.figures import NOTHING, Figures, left, resident
from tests.soak.process import Server, server_process

MAX_INBOX = 1024 * 1024
OUTBOX = Outbox(limit=100, when_full="drop_oldest", ttl=2.0)
MAX_WAITING = 5_000
MAX_TASKS = 100
"""Of one connection, and of the requests that wait for an answer of at most 3 s."""
MAX_DESCRIPTORS = 2
"""Of one socket at a time, and perhaps one that is being opened while the last one is closed."""
GROWTH = 16 * 1024 * 1024
"""Bytes that the process may grow by, from the end of the warm-up to the end."""


class WantedChanged(Action):
    names: tuple[str, ...]


wanted: Slice[tuple[str, ...]] = Slice(NAMES)
wanted.on(WantedChanged)(lambda _, action: action.names)
kept: Slice[Tables] = Slice(Map())
kept.on(SoakSnapshot, Change)(tables)
app = combine_reducers(link=connection_state, tables=kept, wanted=wanted)


class Soak:
    """One run against a server.

    Args:
        server: what it connects to.
        interval: seconds between two looks at the figures.
        say: told of each look.
    """

    def __init__(self, server: Server, interval: float, say: Callable[[object], object]) -> None:
        self.figures = Figures()
        self._server = server
        self._interval = interval
        self._say = say
        self._orders = itertools.count(1)
        self._asking: set[asyncio.Task[None]] = set()
        self._before = NOTHING
        self._wrong: dict[str, Table] = {}
        self.store = Store(app, app.initial, middleware=[self._count])
        self.connection = Connection(
            server.url,
            self.store,
            messages=Change | SoakSnapshot,
            reconnect=Backoff(0.05, maximum=0.5),
            heartbeat=Heartbeat(0.5, {"ping": 1}, is_reply=lambda content, _: held_under(content, "pong"), timeout=5),
            stale_after=1.0,
            subscriptions=Subscriptions(
                select=lambda state: state["wanted"],
                subscribe=lambda keys: {"subscribe": keys},
                unsubscribe=lambda keys: {"unsubscribe": keys},
                acknowledged=_acknowledged,
                timeout=5,
            ),
            streams=Streams(
                of=lambda action: action.stream if isinstance(action, Change | SoakSnapshot) else None,
                detect=Numbers(lambda change: change.number),
                snapshot=lambda action: action.number if isinstance(action, SoakSnapshot) else None,
                resync=_ask,
                wanted=lambda state: state["wanted"],
                backoff=Backoff(0.1, maximum=1.0),
                timeout=2,
                max_messages=MAX_WAITING,
            ),
            outbox=OUTBOX,
            max_inbox=MAX_INBOX,
            attempt_timeout=1,
            close_timeout=0.5,
            ping_interval=0.5,
            ping_timeout=5,
        )

    async def run(self, seconds: float) -> None:
        """Live for so many seconds; nothing may go wrong that is only reported."""
        reports: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
        began = time.monotonic()
        self._before = left()
        async with self.connection, asyncio.TaskGroup() as group:
            busy = [group.create_task(work()) for work in (self._order, self._change_wishes, self._be_slow)]
            while (passed := time.monotonic() - began) < seconds:
                await asyncio.sleep(min(self._interval, seconds - passed))
                self.figures.seconds = time.monotonic() - began
                self._look()
            for task in busy:
                task.cancel()
            self._server.let_be()
            self.store.dispatch(WantedChanged(names=NAMES))
            await self.store.wait_for(self._is_whole, timeout=30)
            self.check_tables()
        await asyncio.gather(*self._asking)
        assert not reports, reports[:5]

    def check_tables(self) -> None:
        """Whatever has happened, a table is what it was after some change: none was left out, or taken twice."""
        self._wrong |= self._wrong_tables()
        assert not self._wrong, self._wrong

    def _wrong_tables(self) -> dict[str, Table]:
        return {name: table for name, table in self.store.state["tables"].items() if not table.is_right}

    def _look(self) -> None:
        self.check_tables()
        self.figures.resident.append(resident())
        held = self.figures.held = left()
        assert held.threads == self._before.threads, held
        assert held.tasks < self._before.tasks + MAX_TASKS, held
        assert held.descriptors <= self._before.descriptors + MAX_DESCRIPTORS, held
        self._say(self.figures)

    def _count(self, store: Store[Any], next: Dispatch) -> Dispatch:
        figures, connection = self.figures, lambda: self.connection

        def dispatch(action: Any) -> Any:
            figures.actions[type(action).__name__] += 1
            if isinstance(action, SoakSnapshot | JustDisconnected):  # afterwards what was wrong may be right again
                self._wrong |= self._wrong_tables()
            done = next(action)
            figures.most_inbox = max(figures.most_inbox, connection().inbox_size)
            figures.most_waiting = max(figures.most_waiting, connection().stream_figures.waiting_messages)
            figures.most_outbox = max(figures.most_outbox, connection().waiting.messages)
            return done

        return dispatch

    @staticmethod
    def _is_whole(state: Any) -> bool:
        streams = state["link"].streams
        return state["link"].phase == "open" and all(
            name in streams and streams[name].phase == "live" for name in NAMES
        )

    async def _order(self) -> None:
        """Give orders, one after another: most are only sent, each tenth wants an answer."""
        for number in self._orders:
            await asyncio.sleep(0.01)
            if number % 10:
                self.connection.send({"order": number})
            else:
                asking = asyncio.create_task(self._request(number))
                self._asking.add(asking)
                asking.add_done_callback(self._asking.discard)

    async def _request(self, number: int) -> None:
        message = {"order": number, "id": number}
        try:
            await self.connection.request(message, reply=number, timeout=3)
            self.figures.orders["answered"] += 1
        except (ConnectionLost, RequestTimeout, OutboxFull) as error:
            self.figures.orders[type(error).__name__] += 1

    async def _change_wishes(self) -> None:
        for names in itertools.cycle((NAMES[:3], NAMES, NAMES[1:], NAMES)):
            await asyncio.sleep(min(3.0, 3 * self._interval))
            self.store.dispatch(WantedChanged(names=names))

    async def _be_slow(self) -> None:
        """Now and then a subscriber takes its time, and the server has to wait."""
        while True:
            await asyncio.sleep(2)
            unsubscribe = self.store.subscribe(_dawdle)
            await asyncio.sleep(0.5)
            unsubscribe()


def _acknowledged(content: Any) -> Acknowledged | None:
    keys = held_under(content, "subscribed")
    return None if keys is None else Acknowledged(*keys)


def _dawdle(_: object) -> None:
    time.sleep(0.05)  # slowness is the thing under test


def _ask(request: Resync) -> None:
    if request.cause != "new" or request.attempt > 1:  # of a new stream the snapshot is on its way, if it is not lost
        request.connection.send({"resync": request.stream})


async def soak(
    seconds: float, *, every: float = 1.0, interval: float = 10.0, say: Callable[[object], object]
) -> Figures:
    """Soak, and look at the end: memory, bounds, what is left, and whether the state is right.

    Args:
        seconds: how long.
        every: seconds from one blow to the next, about.
        interval: seconds between two looks.
        say: told of each.
    """
    async with server_process(1, every) as server:
        before, run = left(), Soak(server, interval, say)
        await run.run(seconds)
        assert left() == before, (left(), before)
    figures = run.figures
    figures.server = server.seen
    assert figures.growth < GROWTH, figures
    assert figures.most_inbox < 2 * MAX_INBOX, figures
    assert figures.most_waiting <= MAX_WAITING + 1, figures
    assert figures.most_outbox <= OUTBOX.limit, figures
    assert run.connection.waiting.messages == run.connection.inbox_size == 0
    assert server.seen["orders not in order"] == server.seen["orders that came twice"] == 0, server.seen
    return figures
