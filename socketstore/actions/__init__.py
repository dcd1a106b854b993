"""Actions: the base class, and what a connection says."""

from socketstore.actions.action import Action, known
from socketstore.actions.health import Heard, RoundTripMeasured, WentStale
from socketstore.actions.outgoing import MessageDropped, Subscribed, SubscriptionRefused, Unsubscribed
from socketstore.actions.payload import Payload, refuse_unless_json
from socketstore.actions.socket import (
    AskedForCredentials,
    Connecting,
    GaveUp,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageRejected,
    ReconnectCancelled,
    ReconnectScheduled,
    SocketAction,
)
from socketstore.actions.streams import (
    GapDetected,
    Resynced,
    ResyncFailed,
    ResyncStarted,
    StreamAction,
    StreamEnded,
    WentSilent,
)
from socketstore.actions.structs import (
    known_struct,
    known_structs,
    struct_from_fields,
    struct_from_json,
    struct_to_json,
    structs_by_tag,
    why_not_kept,
)
from socketstore.actions.upcasting import Successor, removed_action, renamed_action, step_of, successor_of, upcasts

__all__ = [
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
    "Payload",
    "ReconnectCancelled",
    "ReconnectScheduled",
    "ResyncFailed",
    "ResyncStarted",
    "Resynced",
    "RoundTripMeasured",
    "SocketAction",
    "StreamAction",
    "StreamEnded",
    "Subscribed",
    "SubscriptionRefused",
    "Successor",
    "Unsubscribed",
    "WentSilent",
    "WentStale",
    "known",
    "known_struct",
    "known_structs",
    "refuse_unless_json",
    "removed_action",
    "renamed_action",
    "step_of",
    "struct_from_fields",
    "struct_from_json",
    "struct_to_json",
    "structs_by_tag",
    "successor_of",
    "upcasts",
    "why_not_kept",
]
