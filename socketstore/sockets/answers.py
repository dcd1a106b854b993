"""Answers to a handshake: believed as soon as their head is complete."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from websockets.exceptions import InvalidStatus
from websockets.http11 import Response
from websockets.protocol import State
from websockets.streams import StreamReader

from socketstore.sockets.frames import ClientWire

SWITCHING_PROTOCOLS = 101


class ImpatientWire(ClientWire):
    """A client's side that does not wait for the body of an answer other than 101, nor keep it.

    `websockets` reads the body first: one without an end would keep the status from the caller until the time for
    opening is over, and then the status would be lost.
    """

    def __init__(self, *args: Any, hide: Callable[[str], str] = str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hide = hide
        self._head: StreamReader | None = StreamReader()
        self._parser = _head_parser(self._head)
        self._refused: Response | None = None

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Shake hands.

        Raises:
            InvalidStatus: the answer was another one than 101, whatever came, or did not come, behind its head.
        """
        try:
            await super().handshake(*args, **kwargs)
        except Exception:
            if self._refused is None:
                raise
        if self._refused is not None:
            raise InvalidStatus(self._refused)

    def data_received(self, data: bytes) -> None:
        """Handle one read of the socket."""
        if self._refused is not None:
            return
        self._refused = self._refusal(data)
        if self._refused is None:
            super().data_received(data)
        elif not self.response_rcvd.done():
            self.response_rcvd.set_result(None)  # so that handshake() raises, and connect() cuts the line

    def _refusal(self, data: bytes) -> Response | None:
        """Return the head of the answer, if these bytes complete it and it is not 101."""
        if self._head is None or self.protocol.state is not State.CONNECTING:
            return None
        self._head.feed_data(data)
        try:
            next(self._parser)
        except StopIteration as end:
            self._head = None
            response: Response = end.value
            if response.status_code != SWITCHING_PROTOCOLS:
                return response
            self.data_received = super().data_received  # type: ignore[method-assign]  # nothing is to be added to frames
        except Exception:  # noqa: BLE001 - websockets will read the same, and say what is wrong with it
            self._head = None
        return None


def _head_parser(reader: StreamReader) -> Generator[None, None, Response]:
    # proxy=True: read no body
    return Response.parse(reader.read_line, reader.read_exact, reader.read_to_eof, proxy=True)


def read_head(head: bytes) -> Response | None:
    """Return the answer that these lines are, without the empty one behind them; ``None`` if they are none."""
    reader = StreamReader()
    reader.feed_data(head + b"\r\n\r\n")
    try:
        next(_head_parser(reader))
    except StopIteration as end:
        response: Response = end.value
        return response
    except Exception:  # noqa: BLE001 - the parser of `websockets` raises many kinds, and all of them mean the same
        return None
    return None
