"""One direction of a connection behind its handshake, without I/O: bytes in, bytes and faults out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from socketstore.testing.proxy.faults import Corrupt, Drop, Duplicate, Fault, MessageFault, Reorder
from socketstore.testing.proxy.frames import Piece, Splitter, header_size

Out = bytes | Fault
"""What comes next: bytes to pass on, or something that happens to the line."""


@dataclass(slots=True)
class Countdown:
    """What has still to pass before a fault happens."""

    fault: Fault
    messages: int
    bytes: int

    @property
    def is_over(self) -> bool:
        """Whether it happens now."""
        return self.messages == 0 and self.bytes == 0

    @property
    def bytes_left(self) -> float:
        """How many bytes may pass at most before it happens."""
        return self.bytes if self.messages == 0 and self.bytes else math.inf


class Stream:
    """Applies faults to a stream of frames.

    Args:
        faults: those of this direction.
        note: told of each fault when it happens.
    """

    def __init__(self, faults: Iterable[Fault], note: Callable[[Fault], object]) -> None:
        self._countdowns: list[Countdown] = []
        self._note = note
        self._splitter = Splitter()
        self._out: list[Out] = []
        self._due: list[MessageFault] = []
        self._held: list[bytes] | None = None
        self._late: list[tuple[int, bytes]] = []
        for fault in faults:
            self.add(fault)

    def add(self, fault: Fault) -> None:
        """Add a fault, to be counted from here."""
        self._countdowns.append(Countdown(fault, fault.after_messages, fault.after_bytes))

    def begin(self) -> list[Out]:
        """Return what happens before anything has come, or before anything else comes."""
        self._fire()
        return self._taken()

    def feed(self, data: bytes) -> list[Out]:
        """Take bytes, and return what becomes of them."""
        for piece in self._splitter.feed(data):
            self._take(piece)
        return self._taken()

    def finish(self) -> list[Out]:
        """Return what was held back, at the end."""
        held = b"".join(self._held or ()) + self._splitter.unfinished()
        late = [data for _, data in self._late]
        self._held, self._late = None, []
        return [data for data in (*late, held) if data]

    def _take(self, piece: Piece) -> None:
        if piece.begins and self._due:
            self._held = []
        if self._held is None or piece.control:
            self._pass_on(piece.data)
        else:
            self._held.append(piece.data)
        if piece.ends:
            self._end_message()

    def _pass_on(self, data: bytes) -> None:
        while data:
            step = int(min(len(data), *(countdown.bytes_left for countdown in self._countdowns), math.inf))
            self._out.append(data[:step])
            data = data[step:]
            self._advance(step)

    def _advance(self, passed: int) -> None:
        for countdown in self._countdowns:
            if countdown.messages == 0:
                countdown.bytes = max(0, countdown.bytes - passed)
        self._fire()

    def _end_message(self) -> None:
        late: list[tuple[int, bytes]] = []
        if self._held is not None:
            late = self._release(b"".join(self._held))
            self._held = None
        self._let_come([(behind - 1, data) for behind, data in self._late])
        self._late += late
        for countdown in self._countdowns:
            countdown.messages = max(0, countdown.messages - 1)
        self._fire()

    def _let_come(self, late: list[tuple[int, bytes]]) -> None:
        self._out += [data for behind, data in late if behind <= 0]
        self._late = [(behind, data) for behind, data in late if behind > 0]

    def _release(self, message: bytes) -> list[tuple[int, bytes]]:
        """Do to a message what is due, and return what of it comes late."""
        copies, behind = [message], 0
        for fault in self._due:
            self._note(fault)
            copies = _changed(copies, fault)
            behind = max(behind, fault.behind if isinstance(fault, Reorder) else 0)
        self._due = []
        if not behind:
            self._out += copies
        self._advance(len(message))
        return [(behind, copy) for copy in copies] if behind else []

    def _fire(self) -> None:
        for countdown in [countdown for countdown in self._countdowns if countdown.is_over]:
            self._countdowns.remove(countdown)
            if isinstance(countdown.fault, MessageFault):
                self._due.append(countdown.fault)
            else:
                self._out.append(countdown.fault)

    def _taken(self) -> list[Out]:
        out, self._out = self._out, []
        return out


def _changed(copies: list[bytes], fault: MessageFault) -> list[bytes]:
    if isinstance(fault, Drop):
        return []
    if isinstance(fault, Duplicate):
        return [copy for copy in copies for _ in range(2)]
    if isinstance(fault, Corrupt):
        return [_corrupted(copy, fault) for copy in copies]
    return copies


def _corrupted(message: bytes, fault: Corrupt) -> bytes:
    size = header_size(message)
    start, end = (size, len(message)) if fault.part == "payload" and len(message) > size else (0, 2)
    bit = fault.bit % ((end - start) * 8)
    flipped = bytearray(message)
    flipped[start + bit // 8] ^= 0x80 >> bit % 8
    return bytes(flipped)
