"""Numbered orders from the client, and whether each of them can be accounted for."""

from __future__ import annotations

import asyncio
from itertools import count, pairwise
from typing import Any

from socketstore import Connection, MessageDropped, SocketError
from socketstore.testing import Duplicate, Fault, Reorder
from socketstore.testing.proxy.faults import MessageFault
from tests.connection.resilience.words import said


class Orders:
    """Gives one order after another: of three one is a request.

    Attributes:
        told: by order: how its request ended; ``None``: it was answered.
    """

    def __init__(self) -> None:
        self.told: dict[int, str | None] = {}
        self.given = 0
        self._numbers = count(1)
        self._asking: set[asyncio.Task[None]] = set()

    def give(self, connection: Connection) -> None:
        number = self.given = next(self._numbers)
        if number % 3:
            connection.send({"order": number})
            return
        asking = asyncio.create_task(self._ask(connection, number))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)

    async def done(self) -> None:
        """Wait until the last request has ended."""
        if self._asking:
            await asyncio.wait(self._asking)

    async def _ask(self, connection: Connection, number: int) -> None:
        message = {"order": number, "id": number}
        try:
            await connection.request(message, reply=lambda content: said(content).get("id") == number, timeout=2)
        except SocketError as error:
            self.told[number] = type(error).__name__
        else:
            self.told[number] = None

    def check(self, received: list[tuple[int, int]], actions: list[Any], happened: list[Fault]) -> None:
        """Fail unless each order came at most once, in order, and is accounted for.

        In order is: socket by socket. What the line holds back of one may come when the next one has opened already.
        What the line did to single messages on their way to the server excuses what follows from that.
        """
        received = sorted(received, key=lambda order: order[0])
        disturbed = {
            type(fault) for fault in happened if fault.direction == "to_server" and isinstance(fault, MessageFault)
        }
        numbers = [number for _, number in received]
        dropped = {said(action.data).get("order") for action in actions if isinstance(action, MessageDropped)}
        unsent = dropped | {number for number, how in self.told.items() if how in ("NotOpen", "OutboxFull")}
        assert not unsent.intersection(numbers), ("dropped, and came all the same", unsent.intersection(numbers))
        assert {number for number, how in self.told.items() if how is None} <= set(numbers), "answered, and never came"
        assert set(self.told) == {number for number in range(1, self.given + 1) if number % 3 == 0}
        if not disturbed & {Duplicate, Reorder}:
            assert all(before < after for before, after in pairwise(numbers)), ("not in order, or twice", numbers)
        if not disturbed:
            withdrawn = {number for number, how in self.told.items() if how == "RequestTimeout"}
            self._check_holes(received, unsent | withdrawn)

    @staticmethod
    def _check_holes(received: list[tuple[int, int]], unsent: set[int]) -> None:
        """Whatever is missing was in flight when its socket died: behind it nothing more came on that socket."""
        for (socket, before), (same, after) in pairwise(received):
            lost = set(range(before + 1, after)) - unsent
            assert socket != same or not lost, f"{lost} got lost between {before} and {after} of socket {socket}"
