"""The ready slices that keep a `ConnectionState`, to be combined under any field."""

from __future__ import annotations

from typing import Any

from socketstore.connection.state import ConnectionState
from socketstore.connection.state_handlers import HANDLERS, Handler
from socketstore.store.slices import Slice


def connection_state_for(name: str | None) -> Slice[ConnectionState]:
    """Make the slice for the connection of this name; ``None`` follows whichever speaks."""
    part: Slice[ConnectionState] = Slice(ConnectionState())
    for kind, handler in HANDLERS.items():
        part.on(kind)(_only_for(name, handler))
    return part


def _only_for(name: str | None, handler: Handler) -> Handler:
    def handle(state: ConnectionState, action: Any) -> ConnectionState:
        return handler(state, action) if name is None or action.connection == name else state

    return handle


connection_state = connection_state_for(None)
"""The slice for a program with one connection, to be combined under any field."""
