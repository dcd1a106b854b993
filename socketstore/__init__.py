"""A Redux-style state store fed by sockets: what a WebSocket does becomes typed actions, folded into one state.

Each public name is loaded when it is first asked for, so that a program pays only for what it uses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socketstore.actions import (
        Action,
        AskedForCredentials,
        Connecting,
        GapDetected,
        GaveUp,
        GotError,
        GotMessage,
        Heard,
        JustConnected,
        JustDisconnected,
        MessageDropped,
        MessageRejected,
        ReconnectCancelled,
        ReconnectScheduled,
        Resynced,
        ResyncFailed,
        ResyncStarted,
        RoundTripMeasured,
        SocketAction,
        StreamAction,
        StreamEnded,
        Subscribed,
        SubscriptionRefused,
        Unsubscribed,
        WentSilent,
        WentStale,
        known_struct,
        removed_action,
        renamed_action,
        upcasts,
    )
    from socketstore.connection.backoff import Backoff
    from socketstore.connection.connection import Connection
    from socketstore.connection.liveness.heartbeat import Heartbeat, ServerHeartbeat
    from socketstore.connection.outgoing.outbox import Outbox, Waiting
    from socketstore.connection.retry import Ended, default_retry
    from socketstore.connection.state import ConnectionState, StreamState
    from socketstore.connection.state_slice import connection_state, connection_state_for
    from socketstore.connection.streams.definition import Resync, StreamFigures, Streams
    from socketstore.connection.streams.ordering import Follows, Missing, Ordering, Repeated, Verdict
    from socketstore.connection.streams.orderings import Links, Numbers, Ranges
    from socketstore.connection.streams.watches import Checksum, NumbersPerConnection, Silence
    from socketstore.connection.subscriptions.answers import Acknowledged, Refused
    from socketstore.connection.subscriptions.definition import Subscriptions
    from socketstore.errors import (
        ConnectionFailed,
        ConnectionLost,
        ConnectionSilent,
        DecodeError,
        DispatchError,
        EncodeError,
        InsecureWarning,
        ListenFailed,
        LogCorrupted,
        LogError,
        LogUnavailable,
        LogVersionError,
        LogWarning,
        NotOpen,
        OutboxFull,
        PathError,
        PurityError,
        ReducerError,
        ReplayError,
        RequestTimeout,
        ScriptFailed,
        SelectorWarning,
        SerializableWarning,
        SocketError,
        SocketstoreError,
        SubscriptionFailed,
        TooManyRejects,
        UsageError,
        WaitTimeout,
        WatchOverflow,
    )
    from socketstore.log.converting import convert
    from socketstore.log.entries import (
        ActionEntry,
        ClosedEntry,
        Entry,
        ErrorEntry,
        FailedEntry,
        FrameInEntry,
        FrameOutEntry,
        NoteEntry,
        OpenedEntry,
        SnapshotEntry,
        WireEntry,
    )
    from socketstore.log.history import History
    from socketstore.log.log import Log
    from socketstore.log.moments import Moment
    from socketstore.log.opening import open_log
    from socketstore.log.playing import Playback, play
    from socketstore.log.recording import Recorder, record
    from socketstore.log.repairing import Damage, Repaired, repair
    from socketstore.log.replaying import replay
    from socketstore.log.rotation import Rotation
    from socketstore.log.secret_names import REDACTED
    from socketstore.log.storage import Compacted
    from socketstore.log.verifying import Divergence, verify
    from socketstore.middleware.effects.effects import Effects
    from socketstore.middleware.effects.forks import Fork
    from socketstore.middleware.effects.run import EffectRun
    from socketstore.middleware.effects.taking import ActionStream
    from socketstore.middleware.logger import Logger, logger
    from socketstore.middleware.purity import CheckPurity, check_purity
    from socketstore.middleware.request_actions import RequestAction, RequestFulfilled, RequestPending, RequestRejected
    from socketstore.middleware.requests import AsyncRequest, RequestCall, async_request
    from socketstore.middleware.serializable import CheckSerializable, check_serializable
    from socketstore.middleware.thunk import thunk
    from socketstore.middleware.undo import undoable
    from socketstore.middleware.undo_history import ClearHistory, Jump, Redo, Undo, Undoable
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
    from socketstore.store.combine import Combination, combine_reducers
    from socketstore.store.differences import Difference, differences
    from socketstore.store.entities import Entities
    from socketstore.store.focus import Focus, focus
    from socketstore.store.paths import ABSENT
    from socketstore.store.selector_family import SelectorFamily, selector_family
    from socketstore.store.selectors import Selector, selector
    from socketstore.store.slices import Slice
    from socketstore.store.store import Store
    from socketstore.store.types import Dispatch, Listener, Middleware, Reducer, Unsubscribe
    from socketstore.store.watch import Watch

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 - in the order of `sorted`, constants are no exception
    "ABSENT",
    "Acknowledged",
    "Action",
    "ActionEntry",
    "ActionStream",
    "AskedForCredentials",
    "AsyncRequest",
    "Backoff",
    "CheckPurity",
    "CheckSerializable",
    "Checksum",
    "ClearHistory",
    "CloseEvent",
    "ClosedEntry",
    "Combination",
    "Compacted",
    "Connecting",
    "Connection",
    "ConnectionEvent",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionSilent",
    "ConnectionState",
    "Damage",
    "DecodeError",
    "Difference",
    "Dispatch",
    "DispatchError",
    "Divergence",
    "EffectRun",
    "Effects",
    "EncodeError",
    "Ended",
    "Entities",
    "Entry",
    "ErrorEntry",
    "ErrorEvent",
    "FailedEntry",
    "Focus",
    "Follows",
    "Fork",
    "FrameInEntry",
    "FrameOutEntry",
    "GapDetected",
    "GaveUp",
    "GotError",
    "GotMessage",
    "HeadersEvent",
    "Heard",
    "Heartbeat",
    "History",
    "InsecureWarning",
    "Jump",
    "JustConnected",
    "JustDisconnected",
    "Links",
    "ListenFailed",
    "Listener",
    "ListeningEvent",
    "Log",
    "LogCorrupted",
    "LogError",
    "LogUnavailable",
    "LogVersionError",
    "LogWarning",
    "Logger",
    "MessageDropped",
    "MessageEvent",
    "MessageRejected",
    "Middleware",
    "Missing",
    "Moment",
    "NotOpen",
    "NoteEntry",
    "Numbers",
    "NumbersPerConnection",
    "OpenEvent",
    "OpenedEntry",
    "Ordering",
    "Outbox",
    "OutboxFull",
    "PathError",
    "PingEvent",
    "Playback",
    "PongEvent",
    "PurityError",
    "REDACTED",
    "Ranges",
    "ReadyState",
    "ReconnectCancelled",
    "ReconnectScheduled",
    "Recorder",
    "Redo",
    "Reducer",
    "ReducerError",
    "Refused",
    "Repaired",
    "Repeated",
    "ReplayError",
    "RequestAction",
    "RequestCall",
    "RequestFulfilled",
    "RequestPending",
    "RequestRejected",
    "RequestTimeout",
    "Resync",
    "ResyncFailed",
    "ResyncStarted",
    "Resynced",
    "Rotation",
    "RoundTripMeasured",
    "ScriptFailed",
    "Selector",
    "SelectorFamily",
    "SelectorWarning",
    "SerializableWarning",
    "ServerHeartbeat",
    "Silence",
    "Slice",
    "SnapshotEntry",
    "SocketAction",
    "SocketError",
    "SocketstoreError",
    "Store",
    "StreamAction",
    "StreamEnded",
    "StreamFigures",
    "StreamState",
    "Streams",
    "Subscribed",
    "SubscriptionFailed",
    "SubscriptionRefused",
    "Subscriptions",
    "TooManyRejects",
    "Undo",
    "Undoable",
    "Unsubscribe",
    "Unsubscribed",
    "UsageError",
    "Verdict",
    "WaitTimeout",
    "Waiting",
    "Watch",
    "WatchOverflow",
    "WebSocket",
    "WebSocketServer",
    "WentSilent",
    "WentStale",
    "WireEntry",
    "async_request",
    "check_purity",
    "check_serializable",
    "combine_reducers",
    "connection_state",
    "connection_state_for",
    "convert",
    "default_retry",
    "differences",
    "focus",
    "known_struct",
    "logger",
    "open_log",
    "play",
    "record",
    "removed_action",
    "renamed_action",
    "repair",
    "replay",
    "selector",
    "selector_family",
    "thunk",
    "undoable",
    "upcasts",
    "verify",
]

MODULES: dict[str, tuple[str, ...]] = {
    "socketstore.actions": (
        "Action",
        "AskedForCredentials",
        "Connecting",
        "GapDetected",
        "GaveUp",
        "GotError",
        "GotMessage",
        "Heard",
        "JustConnected",
        "JustDisconnected",
        "MessageDropped",
        "MessageRejected",
        "ReconnectCancelled",
        "ReconnectScheduled",
        "Resynced",
        "ResyncFailed",
        "ResyncStarted",
        "RoundTripMeasured",
        "SocketAction",
        "StreamAction",
        "StreamEnded",
        "Subscribed",
        "SubscriptionRefused",
        "Unsubscribed",
        "WentSilent",
        "WentStale",
        "known_struct",
        "removed_action",
        "renamed_action",
        "upcasts",
    ),
    "socketstore.connection.backoff": ("Backoff",),
    "socketstore.connection.connection": ("Connection",),
    "socketstore.connection.liveness.heartbeat": ("Heartbeat", "ServerHeartbeat"),
    "socketstore.connection.outgoing.outbox": ("Outbox", "Waiting"),
    "socketstore.connection.retry": ("Ended", "default_retry"),
    "socketstore.connection.state": ("ConnectionState", "StreamState"),
    "socketstore.connection.state_slice": ("connection_state", "connection_state_for"),
    "socketstore.connection.streams.definition": ("Resync", "StreamFigures", "Streams"),
    "socketstore.connection.streams.ordering": ("Follows", "Missing", "Ordering", "Repeated", "Verdict"),
    "socketstore.connection.streams.orderings": ("Links", "Numbers", "Ranges"),
    "socketstore.connection.streams.watches": ("Checksum", "NumbersPerConnection", "Silence"),
    "socketstore.connection.subscriptions.answers": ("Acknowledged", "Refused"),
    "socketstore.connection.subscriptions.definition": ("Subscriptions",),
    "socketstore.errors": (
        "ConnectionFailed",
        "ConnectionLost",
        "ConnectionSilent",
        "DecodeError",
        "DispatchError",
        "EncodeError",
        "InsecureWarning",
        "ListenFailed",
        "LogCorrupted",
        "LogError",
        "LogUnavailable",
        "LogVersionError",
        "LogWarning",
        "NotOpen",
        "OutboxFull",
        "PathError",
        "PurityError",
        "ReducerError",
        "ReplayError",
        "RequestTimeout",
        "ScriptFailed",
        "SelectorWarning",
        "SerializableWarning",
        "SocketError",
        "SocketstoreError",
        "SubscriptionFailed",
        "TooManyRejects",
        "UsageError",
        "WaitTimeout",
        "WatchOverflow",
    ),
    "socketstore.log.converting": ("convert",),
    "socketstore.log.entries": (
        "ActionEntry",
        "ClosedEntry",
        "Entry",
        "ErrorEntry",
        "FailedEntry",
        "FrameInEntry",
        "FrameOutEntry",
        "NoteEntry",
        "OpenedEntry",
        "SnapshotEntry",
        "WireEntry",
    ),
    "socketstore.log.history": ("History",),
    "socketstore.log.log": ("Log",),
    "socketstore.log.moments": ("Moment",),
    "socketstore.log.opening": ("open_log",),
    "socketstore.log.playing": ("Playback", "play"),
    "socketstore.log.recording": ("Recorder", "record"),
    "socketstore.log.repairing": ("Damage", "Repaired", "repair"),
    "socketstore.log.replaying": ("replay",),
    "socketstore.log.rotation": ("Rotation",),
    "socketstore.log.secret_names": ("REDACTED",),
    "socketstore.log.storage": ("Compacted",),
    "socketstore.log.verifying": ("Divergence", "verify"),
    "socketstore.middleware.effects.effects": ("Effects",),
    "socketstore.middleware.effects.forks": ("Fork",),
    "socketstore.middleware.effects.run": ("EffectRun",),
    "socketstore.middleware.effects.taking": ("ActionStream",),
    "socketstore.middleware.logger": ("Logger", "logger"),
    "socketstore.middleware.purity": ("CheckPurity", "check_purity"),
    "socketstore.middleware.request_actions": (
        "RequestAction",
        "RequestFulfilled",
        "RequestPending",
        "RequestRejected",
    ),
    "socketstore.middleware.requests": ("AsyncRequest", "RequestCall", "async_request"),
    "socketstore.middleware.serializable": ("CheckSerializable", "check_serializable"),
    "socketstore.middleware.thunk": ("thunk",),
    "socketstore.middleware.undo": ("undoable",),
    "socketstore.middleware.undo_history": ("ClearHistory", "Jump", "Redo", "Undo", "Undoable"),
    "socketstore.sockets.events": (
        "CloseEvent",
        "ConnectionEvent",
        "ErrorEvent",
        "HeadersEvent",
        "ListeningEvent",
        "MessageEvent",
        "OpenEvent",
        "PingEvent",
        "PongEvent",
        "ReadyState",
    ),
    "socketstore.sockets.server": ("WebSocketServer",),
    "socketstore.sockets.websocket": ("WebSocket",),
    "socketstore.store.combine": ("Combination", "combine_reducers"),
    "socketstore.store.differences": ("Difference", "differences"),
    "socketstore.store.entities": ("Entities",),
    "socketstore.store.focus": ("Focus", "focus"),
    "socketstore.store.paths": ("ABSENT",),
    "socketstore.store.selector_family": ("SelectorFamily", "selector_family"),
    "socketstore.store.selectors": ("Selector", "selector"),
    "socketstore.store.slices": ("Slice",),
    "socketstore.store.store": ("Store",),
    "socketstore.store.types": ("Dispatch", "Listener", "Middleware", "Reducer", "Unsubscribe"),
    "socketstore.store.watch": ("Watch",),
}
"""Where the names are defined: the same as above, which only type checkers read."""

PLACES = {name: module for module, names in MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value = globals()[name] = getattr(import_module(PLACES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
