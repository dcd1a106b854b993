"""Whether a session holds what is to be replayed: otherwise its state would silently stay what it was."""

from __future__ import annotations

from socketstore.cli.decoders import Decoding
from socketstore.cli.entries.raw import raw_entries
from socketstore.cli.failing import TROUBLE, WRONG_USAGE, Failure, complain
from socketstore.log.connections import WIRE, found_instead
from socketstore.log.log import Log

ACTIONS = frozenset({"action", "value"})


def warn_unless_replayable(log: Log, decoding: Decoding) -> None:
    """Complain if a session holds only what this replay passes over.

    Raises:
        Failure: there is no connection of the name that was given.
        LogError: the session cannot be read.
    """
    lacking = _lacking(log, decoding)
    if lacking:
        complain(lacking)


def refuse_unless_replayable(log: Log, decoding: Decoding) -> None:
    """Return if a session holds something to reduce: a question about states that nothing makes has no answer.

    Raises:
        Failure: it holds only what this replay passes over, or there is no connection of the name that was given.
        LogError: the session cannot be read.
    """
    lacking = _lacking(log, decoding)
    if lacking:
        raise Failure(lacking, exit_code=TROUBLE)


def _lacking(log: Log, decoding: Decoding) -> str:
    if decoding["connection"] is not None:
        _check_connection(log, decoding["connection"])
        return ""
    if any(value is not None for value in decoding.values()):
        return _words_of(log, WIRE, ACTIONS, "frames, only actions; leave out --messages and --decode")
    words = "actions, only frames; name their decoder: --messages or --decode module:name"
    return _words_of(log, ACTIONS, WIRE, words)


def _check_connection(log: Log, connection: str) -> None:
    found = found_instead(log, connection)
    if found is not None:
        message = f"got --connection {connection}{found}"
        raise Failure(message, exit_code=WRONG_USAGE)


def _words_of(log: Log, wanted: frozenset[str], passed_over: frozenset[str], what: str) -> str:
    kinds: set[str] = set()
    for entry in raw_entries(log):
        if entry.kind in wanted:
            return ""
        kinds.add(entry.kind)
    return f"{log.path} holds no {what}" if kinds & passed_over else ""
