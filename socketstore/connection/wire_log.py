"""What a connection tells a log of its sockets, in the order in which it happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from socketstore.sockets.emitter import report
from socketstore.sockets.events import CloseEvent


class WireLog(Protocol):
    """What ``Connection(log=)`` takes: a `Log`, or anything else that has these methods.

    Each writes one entry. None of them may wait, nor keep what it was given waiting for anybody. Whatever they raise
    is reported, and the connection lives on.
    """

    def socket_opened(self, *, connection: str, epoch: int | None, url: str, subprotocol: str | None) -> object:
        """A socket has opened; the url is masked."""
        ...

    def frame_came(self, data: str | bytes, *, connection: str, epoch: int | None) -> object:
        """A whole message has come, and nobody has looked at it yet."""
        ...

    def frame_sent(self, data: str | bytes, *, connection: str, epoch: int | None) -> object:
        """A whole message was handed to the socket."""
        ...

    def socket_erred(self, *, connection: str, epoch: int | None, error: str, message: str) -> object:
        """Something went wrong: the name of the error's class, and its text, in which secrets are masked."""
        ...

    def socket_closed(self, *, connection: str, epoch: int | None, code: int, reason: str, clean: bool) -> object:
        """A socket has closed, or an attempt to open one is over."""
        ...

    def note(self, text: str, data: Any = None) -> object:
        """Something that is no event of a socket: that entries are missing here, or who ends the socket now."""
        ...


METHODS = ("socket_opened", "frame_came", "frame_sent", "socket_erred", "socket_closed", "note")


def is_wire_log(value: object) -> bool:
    """Tell whether something has the methods of a `WireLog`, however it comes by them.

    From Python 3.12 on ``isinstance`` does not see those that a ``__getattr__`` gives.
    """
    return all(callable(getattr(value, name, None)) for name in METHODS)


class WireRecorder:
    """Tells a log, and never raises: a log that fails is reported once.

    It is asked again all the same, and as soon as it takes something, a note says how much is missing before that.

    Args:
        log: where the entries go.
        name: of the connection.
    """

    def __init__(self, log: WireLog, name: str) -> None:
        self._log = log
        self._name = name
        self._missing = 0
        self._reported = False

    def __repr__(self) -> str:
        return f"<wire of connection {self._name!r} into {self._log!r}>"

    def opened(self, epoch: int | None, url: str, subprotocol: str | None) -> None:
        """Write that a socket has opened."""
        self._tell(self._log.socket_opened, epoch, url=url, subprotocol=subprotocol)

    def came(self, data: str | bytes, epoch: int | None) -> None:
        """Write that a message has come."""
        try:
            if self._missing:
                self._say_what_is_missing()
            self._log.frame_came(data, connection=self._name, epoch=epoch)
        except Exception as error:  # noqa: BLE001 - it must not end the connection
            self._miss(error)

    def sent(self, data: str | bytes, epoch: int | None) -> None:
        """Write that a message was sent."""
        self._tell(lambda **stamp: self._log.frame_sent(data, **stamp), epoch)

    def erred(self, epoch: int | None, error: BaseException, message: str) -> None:
        """Write that something went wrong."""
        self._tell(self._log.socket_erred, epoch, error=type(error).__name__, message=message)

    def leaves(self, epoch: int | None) -> None:
        """Write that it is the connection, and not the server, that ends the socket now."""
        data = {"closedBy": "client", "connection": self._name, "epoch": epoch}
        self._tell(lambda **_: self._log.note("the client closed the socket", data), epoch)

    def closed(self, epoch: int | None, event: CloseEvent) -> None:
        """Write that a socket has closed."""
        self._tell(self._log.socket_closed, epoch, code=event.code, reason=event.reason, clean=event.clean)

    def _tell(self, write: Callable[..., object], epoch: int | None, **fields: Any) -> None:
        try:
            if self._missing:
                self._say_what_is_missing()
            write(connection=self._name, epoch=epoch, **fields)
        except Exception as error:  # noqa: BLE001 - it must not end the connection
            self._miss(error)

    def _say_what_is_missing(self) -> None:
        noun = "entry" if self._missing == 1 else "entries"
        text = f"{self._missing} {noun} of the wire of {self._name!r} could not be written, and would stand here"
        self._log.note(text, {"connection": self._name, "missing": self._missing})
        self._missing = 0

    def _miss(self, error: Exception) -> None:
        self._missing += 1
        if not self._reported:
            self._reported = True
            report(error, "the wire could not be recorded; the connection goes on without", source=self)
