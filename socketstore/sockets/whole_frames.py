"""Most frames are one whole message, short and as it is: those are read here, straight from the bytes.

The parser of `websockets` can do everything, in three generators, one of which is entered for each part of a frame:
about 2 µs for a short message. What is read here takes 0.2 µs. Everything else (control frames, fragments, compressed
or very long messages, and whatever is wrong) is left to it, so that it alone decides what a connection is failed over.

RFC 6455, section 5.2, says what a frame looks like.
"""

from __future__ import annotations

from websockets.frames import Opcode
from websockets.utils import apply_mask

TEXT = 0x80 | Opcode.TEXT
BINARY = 0x80 | Opcode.BINARY
MASKED = 0x80

OPCODES = frozenset(Opcode)

UNFINISHED = -1
"""What `frame_end` says of the beginning of a frame that does not tell yet how long it is."""


def read_messages(data: bytes, at: int, mask: int, limit: float, into: list[str | bytes]) -> int:
    """Read messages until there is something else, and return where that is.

    That may be the end, a frame that has not come as a whole, one that is none of these, or one that is wrong.

    Args:
        data: what has come; it goes on at the beginning of a frame.
        at: where to begin.
        mask: `MASKED` if frames have to be masked, as those of a client are; else 0.
        limit: bytes that a message may have.
        into: where messages are put.
    """
    end = len(data)
    while at + 2 <= end:
        length = data[at + 1] - mask
        start = at + 2
        if length == 126 and at + 4 <= end:
            length = data[start] << 8 | data[start + 1]
            start += 2
        elif not 0 <= length < 126:
            break
        if mask:
            start += 4
        stop = start + length
        if stop > end or length > limit:
            break
        payload = data[start:stop]
        if mask:
            payload = apply_mask(payload, data[start - 4 : start])
        kind = data[at]
        if kind == TEXT:
            try:
                into.append(payload.decode())
            except UnicodeDecodeError:
                break
        elif kind == BINARY:
            into.append(payload)
        else:
            break
        at = stop
    return at


def frame_end(data: bytes, at: int, mask: int) -> int | None:
    """Return where the frame that begins at a place ends, or will end; or `UNFINISHED`; or ``None``: it is no frame."""
    have = len(data) - at
    if have < 2:
        return UNFINISHED
    length = data[at + 1] - mask
    if not 0 <= length < 128 or data[at] & 0x0F not in OPCODES:
        return None
    size = 0 if length < 126 else 2 if length == 126 else 8
    if have < 2 + size:
        return UNFINISHED
    start = at + 2 + size
    if size:
        length = int.from_bytes(data[at + 2 : start], "big")
    return start + (4 if mask else 0) + length


def is_message(data: bytes, at: int) -> bool:
    """Tell whether a frame claims to be a whole message as it is."""
    return data[at] == TEXT or data[at] == BINARY
