"""One direction of one connection through the proxy: read, wait, disturb, write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from socketstore.testing.proxy.faults import BlackHole, Delay, Direction, Fault, Throttle
from socketstore.testing.proxy.handshake import Head
from socketstore.testing.proxy.stream import Out, Stream

READ_SIZE = 65_536
QUEUE_SIZE = 64
SLICE = 0.05  # seconds of what is written at once when it is throttled


@dataclass(slots=True)
class Weather:
    """How the network is just now.

    Attributes:
        delay: seconds by which everything comes later.
        bytes_per_second: how much comes through at most; ``None``: all there is.
        black_hole: nothing comes through.
    """

    delay: float = 0.0
    bytes_per_second: float | None = None
    black_hole: bool = False


class Lane:
    """Carries bytes from one side to the other.

    Args:
        direction: which way.
        reader: where they come from.
        writer: where they go.
        weather: how the network is at the beginning.
        faults: those of this direction and connection.
        happens: called with each fault when it happens.
    """

    def __init__(
        self,
        direction: Direction,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        weather: Weather,
        faults: Iterable[Fault],
        happens: Callable[[Fault], object],
    ) -> None:
        self.direction = direction
        self.writer = writer
        self._reader = reader
        self._weather = Weather(weather.delay, weather.bytes_per_second, weather.black_hole)
        self._clear = asyncio.Event()
        self._happens = happens
        self._head = Head(direction)
        self._stream = Stream(faults, happens)
        self._queue: asyncio.Queue[tuple[float, bytes | OSError]] = asyncio.Queue(QUEUE_SIZE)
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._discards = False
        self.set_weather()

    def set_weather(self, **changes: float | bool | None) -> None:
        """Change how the network is: the attributes of `Weather`."""
        for name, value in changes.items():
            setattr(self._weather, name, value)
        if self._weather.black_hole and not self._discards:
            self._clear.clear()
        else:
            self._clear.set()

    def add(self, fault: Fault) -> None:
        """Add a fault, to be counted from here."""
        self._stream.add(fault)

    def end(self) -> None:
        """Send nothing more but the end of the stream (FIN); read on until the other side has ended too."""
        self.stop()
        if self.writer.can_write_eof() and not self.writer.transport.is_closing():
            self.writer.write_eof()

    def stop(self) -> None:
        """Send nothing more."""
        self._discards = True
        self._clear.set()

    def forget(self) -> None:
        """Leave no timer behind."""
        if self._timer is not None:
            self._timer.cancel()

    async def read(self) -> None:
        """Read until the end; what has come, the end included, is written by `write`."""
        try:
            while data := await self._reader.read(READ_SIZE):
                await self._arrive(data)
        except OSError as error:
            await self._arrive(error)
        else:
            await self._arrive(b"")

    async def write(self) -> None:
        """Write what was read, disturbed as it should be.

        Raises:
            OSError: one of the two connections broke.
        """
        while data := await self._next():
            for out in self._through(data):
                await self._put(out)
        for out in self._rest():
            await self._put(out)
        self.end()

    async def _arrive(self, what: bytes | OSError) -> None:
        await self._queue.put((self._loop.time() + self._weather.delay, what))

    async def _next(self) -> bytes:
        due, what = await self._queue.get()
        await asyncio.sleep(max(0.0, due - self._loop.time()))
        if isinstance(what, OSError):
            await self._clear.wait()
            raise what
        return what

    def _through(self, data: bytes) -> Iterable[Out]:
        if self._head.is_complete:
            yield from self._behind(data)
            return
        head, data = self._head.feed(data)
        yield head
        if self._head.upgrades:
            yield from self._stream.begin()
        yield from self._behind(data)

    def _behind(self, data: bytes) -> Iterable[Out]:
        return self._stream.feed(data) if self._head.upgrades else [data]

    def _rest(self) -> Iterable[Out]:
        return [self._head.unfinished(), *self._stream.finish()]

    async def _put(self, out: Out) -> None:
        await self._clear.wait()
        if isinstance(out, Fault):
            if not self._discards:
                self._suffer(out)
            return
        for piece in self._pieces(out):
            await self._clear.wait()
            if self._discards:
                return
            self.writer.write(piece)
            await self.writer.drain()
            if self._weather.bytes_per_second:
                await asyncio.sleep(len(piece) / self._weather.bytes_per_second)

    def _pieces(self, data: bytes) -> Iterable[bytes]:
        rate = self._weather.bytes_per_second
        size = max(1, int(rate * SLICE)) if rate else max(1, len(data))
        return (data[start : start + size] for start in range(0, len(data), size))

    def _suffer(self, fault: Fault) -> None:
        if isinstance(fault, Delay):
            self.set_weather(delay=fault.seconds)
        elif isinstance(fault, Throttle):
            self.set_weather(bytes_per_second=fault.bytes_per_second)
        elif isinstance(fault, BlackHole):
            self.set_weather(black_hole=True)
            if fault.seconds is not None:
                self._timer = self._loop.call_later(fault.seconds, lambda: self.set_weather(black_hole=False))
        self._happens(fault)
