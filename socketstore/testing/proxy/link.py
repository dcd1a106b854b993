"""One connection through the proxy: a client's socket, the server's, and a lane each way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from socketstore.testing.proxy.faults import Cut, Direction, Fault, Refuse, Reset
from socketstore.testing.proxy.lane import Lane, Weather
from socketstore.testing.tcp_line import reset

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Link:
    """Carries bytes both ways until both sides have ended.

    Args:
        number: counts connections, from 1.
        client: the client's side.
        server: the server's side.
        weather: how the network is, by direction.
        faults: those of this connection.
        happens: called with each fault when it happens.
    """

    def __init__(
        self,
        number: int,
        client: Streams,
        server: Streams,
        weather: Mapping[Direction, Weather],
        faults: Iterable[Fault],
        happens: Callable[[Fault], object],
    ) -> None:
        self.number = number
        self._happens = happens
        faults = list(faults)

        def lane(direction: Direction, source: Streams, target: Streams) -> Lane:
            own = [fault for fault in faults if fault.direction == direction]
            return Lane(direction, source[0], target[1], weather[direction], own, self._suffer)

        self.lanes = {"to_client": lane("to_client", server, client), "to_server": lane("to_server", client, server)}

    async def run(self) -> None:
        """Carry until both sides have ended, or one broke: then the other breaks too."""
        jobs = [asyncio.ensure_future(job()) for lane in self.lanes.values() for job in (lane.read, lane.write)]
        try:
            await asyncio.gather(*jobs)
            await self._flushed()
        except OSError:
            self.reset()
        finally:
            for job in jobs:
                job.cancel()
            for lane in self.lanes.values():
                lane.forget()
                lane.writer.transport.abort()
            await asyncio.gather(*jobs, return_exceptions=True)

    def cut(self) -> None:
        """End the connection for both sides (FIN)."""
        for lane in self.lanes.values():
            lane.end()

    def reset(self) -> None:
        """Break the connection for both sides (RST)."""
        for lane in self.lanes.values():
            lane.stop()
            if not lane.writer.transport.is_closing():
                reset(lane.writer.transport)

    async def _flushed(self) -> None:
        for lane in self.lanes.values():
            lane.writer.close()
        for lane in self.lanes.values():
            await lane.writer.wait_closed()

    def _suffer(self, fault: Fault) -> None:
        if isinstance(fault, Cut):
            self.cut()
        elif isinstance(fault, (Reset, Refuse)):
            self.reset()
        self._happens(fault)
