"""A Redux-style state store fed by sockets: what a WebSocket does becomes typed actions, folded into one state."""

from socketstore.actions import (
    Action,
    Connecting,
    GapDetected,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    ReconnectCancelled,
    ReconnectScheduled,
    Resynced,
    SocketAction,
)
from socketstore.connection.backoff import Backoff
from socketstore.connection.connection import Connection
from socketstore.connection.state import ConnectionState, connection_state, connection_state_for
from socketstore.errors import (
    ConnectionFailed,
    ConnectionLost,
    DecodeError,
    DispatchError,
    EncodeError,
    ListenFailed,
    LogCorrupted,
    LogError,
    LogUnavailable,
    LogVersionError,
    LogWarning,
    NotOpen,
    ReducerError,
    ReplayError,
    SocketError,
    SocketstoreError,
    UsageError,
    WaitTimeout,
    WatchOverflow,
)
from socketstore.log.entries import ActionEntry, Entry, FailedEntry, Log
from socketstore.log.opening import open_log
from socketstore.log.recording import record
from socketstore.log.replaying import replay
from socketstore.sockets.events import (
    CloseEvent,
    ConnectionEvent,
    ErrorEvent,
    HeadersEvent,
    ListeningEvent,
    MessageEvent,
    OpenEvent,
    PingEvent,
    PongEvent,
    ReadyState,
)
from socketstore.sockets.server import WebSocketServer
from socketstore.sockets.websocket import WebSocket
from socketstore.store.combine import combine_reducers
from socketstore.store.slices import Slice
from socketstore.store.store import Store
from socketstore.store.types import Dispatch, Listener, Middleware, Reducer, Unsubscribe
from socketstore.store.watch import Watch

__version__ = "0.1.0"

__all__ = [
    "Action",
    "ActionEntry",
    "Backoff",
    "CloseEvent",
    "Connecting",
    "Connection",
    "ConnectionEvent",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionState",
    "DecodeError",
    "Dispatch",
    "DispatchError",
    "EncodeError",
    "Entry",
    "ErrorEvent",
    "FailedEntry",
    "GapDetected",
    "GotError",
    "GotMessage",
    "HeadersEvent",
    "JustConnected",
    "JustDisconnected",
    "ListenFailed",
    "Listener",
    "ListeningEvent",
    "Log",
    "LogCorrupted",
    "LogError",
    "LogUnavailable",
    "LogVersionError",
    "LogWarning",
    "MessageEvent",
    "MessageRejected",
    "Middleware",
    "NotOpen",
    "OpenEvent",
    "PingEvent",
    "PongEvent",
    "ReadyState",
    "ReconnectCancelled",
    "ReconnectScheduled",
    "Reducer",
    "ReducerError",
    "ReplayError",
    "Resynced",
    "Slice",
    "SocketAction",
    "SocketError",
    "SocketstoreError",
    "Store",
    "Unsubscribe",
    "UsageError",
    "WaitTimeout",
    "Watch",
    "WatchOverflow",
    "WebSocket",
    "WebSocketServer",
    "combine_reducers",
    "connection_state",
    "connection_state_for",
    "open_log",
    "record",
    "replay",
]
