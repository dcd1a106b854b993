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
from socketstore.connection.wanted import Wanted, via_loop
from socketstore.errors import NotOpen


class Subscribing(Part):
    """Begins with each socket anew: a server that has lost us has forgotten what we asked for."""

    def __init__(self, subscriptions: Subscriptions[Any]) -> None:
        self._subscriptions = subscriptions
        self._wanted = Wanted(subscriptions.select, "select=")
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
            lambda keys: reconciler.want(keys or ()), select=self._wanted, via=via_loop(asyncio.get_running_loop())
        )
        reconciler.begin(
            self._wanted(store.state) or ()
        )  # read after listening has begun: nothing is missed in between

    def consumes(self, data: str | bytes) -> bool:
        """Tell whether a message was an answer to a subscription."""
        return self._reconciler is not None and self._reconciler.consumes(data)

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
