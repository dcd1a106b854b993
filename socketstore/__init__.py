"""A Redux-style state store fed by sockets: what a WebSocket does becomes typed actions, folded into one state."""

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
from socketstore.middleware.request_actions import (
    RequestAction,
    RequestFulfilled,
    RequestPending,
    RequestRejected,
)
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
