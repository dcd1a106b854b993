"""What a connection says of its streams: sequences of messages of which none may be missing."""

from __future__ import annotations

from socketstore.actions.socket import SocketAction


class StreamAction(SocketAction):
    """Base of what is said of one stream, by its name."""

    stream: str


class GapDetected(StreamAction):
    """A message is missing, came out of order, or is wrong: `expected` stood to come next, `got` came."""

    expected: int | str
    got: int | str


class ResyncStarted(StreamAction):
    """The stream is being made complete again; what comes meanwhile is kept until its snapshot is there."""

    reason: str = ""


class ResyncFailed(StreamAction):
    """``resync=`` raised, or its snapshot does not join what came; it is tried again (this was number `attempt`)."""

    error: str = ""
    message: str = ""
    attempt: int = 1


class Resynced(StreamAction):
    """The stream is complete: nothing is missing up to here, and what comes now is passed on as it comes.

    `applied` messages have just been dispatched that had waited, or that closed a gap; `dropped` ones had waited, and
    were older than the snapshot.
    """

    applied: int = 0
    dropped: int = 0


class WentSilent(StreamAction):
    """Nothing came on this stream for `silence` seconds: what the state shows of it may be out of date."""

    silence: float = 0.0


class StreamEnded(StreamAction):
    """The program does not want the stream any longer (``wanted=``): it is not followed, and nothing is known of it."""
