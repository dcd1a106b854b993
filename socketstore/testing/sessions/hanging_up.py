"""How a server ends the line without a close frame, as it breaks in recordings."""

from __future__ import annotations

from contextlib import suppress

from socketstore.sockets.frames import ServerWire


async def hang_up(wire: ServerWire) -> None:
    """End the line when all that was sent has been written. Safe to cancel.

    To abort it would throw away what was sent before, and to end it earlier would let a close frame come behind that.
    """
    if wire.transport.is_closing():
        return
    wire.transport.set_write_buffer_limits(0)
    with suppress(OSError):  # the client has gone meanwhile
        await wire.drain()
    wire.transport.close()
