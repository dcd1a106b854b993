"""The program's own functions, asked for something: what they raise stays here."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any

from socketstore.connection.session import Session
from socketstore.errors import NotOpen
from socketstore.sockets.emitter import report


class Question:
    """A function that tells yes or no of each message; what it raises is a no, and reported once for each socket.

    Args:
        function: the function.
        name: what the program knows it by.
        session: the socket.
    """

    def __init__(self, function: Callable[..., Any], name: str, session: Session) -> None:
        self._function = function
        self._name = name
        self._session = session
        self._is_reported = False

    def ask(self, *arguments: Any) -> bool:
        """Ask."""
        try:
            return bool(self._function(*arguments))
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the message must not suffer for it
            if not self._is_reported:
                self._is_reported = True
                report(
                    error,
                    f"{self._name}= raised; if it does so again on this socket, that is not said",
                    source=self._session,
                )
            return False


def send_made(
    session: Session, name: str, make: Callable[[], Any], *, none_is_nothing: bool = False
) -> tuple[Any, bool]:
    """Make a message and send it; what making or encoding it raises is reported.

    Returns:
        The message, and whether it was sent.
    """
    try:
        message = make()
        if message is None and none_is_nothing:
            return None, False
        _: Awaitable[None] = session.send(message)
    except NotOpen:  # it is closing, and will tell so itself
        return None, False
    except (Exception, CancelledError) as error:  # noqa: BLE001 - the socket must not suffer for it
        report(error, f"{name}= could not be sent", source=session)
        return None, False
    return message, True
