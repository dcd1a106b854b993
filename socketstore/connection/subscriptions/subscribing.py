"""The part of a connection that keeps its subscriptions, over all its sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from socketstore.connection.part import Part
from socketstore.connection.session import Session
from socketstore.connection.subscriptions.answers import checked
from socketstore.connection.subscriptions.definition import Subscriptions
from socketstore.connection.subscriptions.reconciler import Reconciler
from socketstore.connection.subscriptions.wanted import Wanted
from socketstore.errors import NotOpen
from socketstore.sockets.events import MessageEvent


class Subscribing(Part):
    """Begins with each socket anew: a server that has lost us has forgotten what we asked for."""

    def __init__(self, subscriptions: Subscriptions[Any]) -> None:
        self._subscriptions = subscriptions
        self._wanted = Wanted(subscriptions.select)
        self._reconciler: Reconciler | None = None
        self._stop_listening: Callable[[], None] | None = None

    def opened(self, session: Session) -> None:
        """Listen to the answers of the socket."""
        self._reconciler = Reconciler(self._subscriptions, session)

    def ready(self, session: Session) -> None:
        """Ask for what is wanted, and follow the state from now on."""
        reconciler, store = self._reconciler, session.feed.store
        if reconciler is None:
            return
        self._stop_listening = store.subscribe(
            reconciler.want, select=self._wanted, via=_to(asyncio.get_running_loop())
        )
        reconciler.begin(self._wanted(store.state))  # read after listening has begun: nothing is missed in between

    def consumes(self, event: MessageEvent) -> bool:
        """Tell whether a message was an answer to a subscription."""
        return self._reconciler is not None and self._reconciler.consumes(event)

    def closed(self, session: Session) -> None:  # noqa: ARG002 - there is but one
        """Do nothing more for that socket."""
        if self._stop_listening is not None:
            self._stop_listening()
        if self._reconciler is not None:
            self._reconciler.end()
        self._stop_listening = self._reconciler = None

    async def again(self, keys: Sequence[str]) -> None:
        """Have keys ended and asked for once more on the open socket; wait for the answers.

        Raises:
            NotOpen: there is no socket, or it still is in its ``on_open``.
            UsageError: a key is no text.
            SubscriptionFailed: the server refused, or did not answer; or a key is not wanted.
            ConnectionLost: the socket closed meanwhile.
        """
        if self._reconciler is None:
            message = "there is no open socket; expected one. What is wanted is asked for when it opens."
            raise NotOpen(message)
        await self._reconciler.again(checked(keys))


def _to(loop: asyncio.AbstractEventLoop) -> Callable[[Callable[[], object]], object]:
    """Make a ``via=`` that hands over to an event loop, from any thread, for as long as it lasts."""

    def hand_over(call: Callable[[], object]) -> None:
        try:
            loop.call_soon_threadsafe(call)
        except RuntimeError:
            if not loop.is_closed():  # it is, if the program has ended it in the midst of a connection
                raise

    return hand_over
