"""Recordings for tests, written entry by entry, and clients that note what they get."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socketstore import CloseEvent, MessageEvent, OpenEvent, WebSocket, open_log
from socketstore.log.entries import ClosedEntry, FrameInEntry, FrameOutEntry, OpenedEntry, WireEntry

START = 1_600_000_000.0


def opened(at: float = 0.0, **fields: Any) -> OpenedEntry:
    return OpenedEntry(**{"url": "wss://feed", "epoch": 1, **fields, "at": START + at})


def came(data: str | bytes, at: float = 0.0, **fields: Any) -> FrameInEntry:
    return FrameInEntry(**{"epoch": 1, **fields, "data": data, "at": START + at})


def went(data: str | bytes, at: float = 0.0, **fields: Any) -> FrameOutEntry:
    return FrameOutEntry(**{"epoch": 1, **fields, "data": data, "at": START + at})


def closed(code: int = 1000, reason: str = "", at: float = 0.0, **fields: Any) -> ClosedEntry:
    return ClosedEntry(**{"epoch": 1, **fields, "code": code, "reason": reason, "at": START + at})


def recording(folder: Path, *entries: Any, name: str = "session.jsonl") -> Path:
    with open_log(folder / name, mode="x") as log:
        for entry in entries:
            log.write(entry)
    return folder / name


@dataclass
class Heard:
    """What a client got."""

    messages: list[str | bytes] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    subprotocol: str | None = None
    end: CloseEvent | None = None

    @property
    def close(self) -> tuple[int, str, bool] | None:
        return None if self.end is None else (self.end.code, self.end.reason, self.end.clean)


async def client(
    url: str, *sends: str | bytes, clock: Callable[[], float] = lambda: 0.0, leaves: bool = False, **options: Any
) -> Heard:
    """Connect, send, and hear until the server closes."""
    heard = Heard()
    socket = WebSocket(url, **options)

    def opened(event: OpenEvent) -> None:
        heard.subprotocol = event.subprotocol

    def came(event: MessageEvent) -> None:
        heard.messages.append(event.data)
        heard.times.append(clock())

    def closed(event: CloseEvent) -> None:
        heard.end = event

    socket.add_listener("open", opened)
    socket.add_listener("message", came)
    socket.add_listener("close", closed)
    await socket.open()
    for message in sends:
        socket.send(message)
    if leaves:
        socket.close()
    await socket.wait_closed()
    return heard


def contents(entries: Iterable[WireEntry]) -> list[Any]:
    """Say what stands in entries of the wire, without numbers and times."""
    return [(entry.kind, entry.epoch, getattr(entry, "data", getattr(entry, "code", None))) for entry in entries]
