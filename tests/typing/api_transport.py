"""Typed examples: what carries a socket, and which event loop a script has."""

from __future__ import annotations

import uvloop

from socketstore import Connection, Store, WebSocket
from socketstore.sync import Connection as SyncConnection


def a_socket_over_picows() -> WebSocket:
    return WebSocket("ws://localhost:8080", transport="picows", compression=None)


def a_connection_over_picows(store: Store[int]) -> Connection:
    return Connection("ws://localhost:8080", store, transport="picows")


def a_script_with_the_loop_of_uvloop(store: Store[int]) -> SyncConnection:
    return SyncConnection("ws://localhost:8080", store, transport="picows", loop_factory=uvloop.new_event_loop)
