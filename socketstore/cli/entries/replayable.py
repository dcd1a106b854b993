"""Whether a session holds what is to be replayed: otherwise its state would silently stay what it was."""

from __future__ import annotations

from socketstore.cli.decoders import Decoding
from socketstore.cli.entries.raw import raw_entries
from socketstore.cli.failing import WRONG_USAGE, Failure, complain
from socketstore.log.connections import WIRE, found_instead
from socketstore.log.log import Log

ACTIONS = frozenset({"action", "value"})


def check_replayable(log: Log, decoding: Decoding) -> None:
    """Complain if a session holds only what this replay passes over.

    Raises:
        Failure: there is no connection of the name that was given.
        LogError: the session cannot be read.
    """
    if decoding["connection"] is not None:
        _check_connection(log, decoding["connection"])
    elif any(value is not None for value in decoding.values()):
        _complain_of(log, WIRE, ACTIONS, "frames, only actions; leave out --messages and --decode")
    else:
        _complain_of(log, ACTIONS, WIRE, "actions, only frames; name their decoder: --messages or --decode module:name")


def _check_connection(log: Log, connection: str) -> None:
    found = found_instead(log, connection)
    if found is not None:
        message = f"got --connection {connection}{found}"
        raise Failure(message, exit_code=WRONG_USAGE)


def _complain_of(log: Log, wanted: frozenset[str], passed_over: frozenset[str], what: str) -> None:
    kinds: set[str] = set()
    for entry in raw_entries(log):
        if entry.kind in wanted:
            return
        kinds.add(entry.kind)
    if kinds & passed_over:
        complain(f"{log.path} holds no {what}")
