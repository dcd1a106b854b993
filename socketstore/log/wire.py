"""What a connection tells a log of its sockets; see `socketstore.connection.wire_log.WireLog`."""

from __future__ import annotations

from socketstore.log.entries import ClosedEntry, Entry, ErrorEntry, FrameInEntry, FrameOutEntry, OpenedEntry


class WireEntries:
    """The methods of a log that ``Connection(log=)`` calls. Each writes an entry and returns its number.

    Raises:
        EncodeError: from each of them: something would not come back equal.
        LogUnavailable: from each of them: it could not be written.
    """

    def write(self, entry: Entry) -> int:
        """Write an entry of any kind."""
        raise NotImplementedError

    def _write_frame(self, kind: str, data: str | bytes, connection: str, epoch: int | None) -> int:
        """Write a message of a socket."""
        raise NotImplementedError

    def socket_opened(self, *, connection: str, epoch: int | None, url: str, subprotocol: str | None) -> int:
        """A socket has opened."""
        return self.write(OpenedEntry(connection=connection, epoch=epoch, url=url, subprotocol=subprotocol))

    def frame_came(self, data: str | bytes, *, connection: str, epoch: int | None) -> int:
        """A whole message has come."""
        return self._write_frame(FrameInEntry.kind, data, connection, epoch)

    def frame_sent(self, data: str | bytes, *, connection: str, epoch: int | None) -> int:
        """A whole message has been sent."""
        return self._write_frame(FrameOutEntry.kind, data, connection, epoch)

    def socket_erred(self, *, connection: str, epoch: int | None, error: str, message: str) -> int:
        """Something went wrong with a socket."""
        return self.write(ErrorEntry(connection=connection, epoch=epoch, error=error, message=message))

    def socket_closed(self, *, connection: str, epoch: int | None, code: int, reason: str, clean: bool) -> int:
        """A socket has closed, or was never opened."""
        closed = ClosedEntry(connection=connection, epoch=epoch, code=code, reason=reason, clean=clean)
        return self.write(closed)
