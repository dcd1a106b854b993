"""What a recording must come to, and how it is said where it does not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from pydantic_core import from_json, to_json

from socketstore.actions.socket import MessageRejected
from socketstore.decoding.decoder import Decode
from socketstore.errors import DecodeError
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.replaying import replay
from socketstore.log.states import state_from_json, state_to_json
from socketstore.store.differences import Difference, differences
from socketstore.store.types import Reducer, S
from socketstore.testing.matching import equals
from socketstore.testing.sessions.episodes import episodes_of
from socketstore.testing.sessions.refolding import Raised, refolded
from socketstore.testing.sessions.session import RecordedSession
from socketstore.testing.sessions.wire import holds_actions

SHOWN = 20

Rejected: TypeAlias = tuple[()] | tuple[int, str]
"""How many messages were rejected, and why the first one was, if there is one."""

Recording: TypeAlias = RecordedSession | Log | str | os.PathLike[str]
"""A session of a test, a log, or the path of one."""


def assert_replays_to(
    session: Recording,
    reducer: Reducer[S],
    initial: S,
    expected: S,
    *,
    messages: Any = None,
    decode: Decode | None = None,
    connection: str | None = None,
) -> None:
    """Replay a session, and compare the last state with the expected one.

    The actions of a log are replayed. Where it holds none, or with one of the arguments by name, what came on the wire
    is decoded, as `replay` does it. There a connection goes on when the reducer raises; here that is told.

    Args:
        session: a session of a test, a log, or the path of one.
        reducer: folds the actions.
        initial: the state before the first action.
        expected: the state after the last one.
        messages: as for `Connection`; a session of a test has its own.
        decode: likewise.
        connection: the name of a connection, where there are several.

    Raises:
        AssertionError: another state comes of it; the message says where, by path. Or the reducer raised on what came
            on the wire, and the log does not say that it had when it was recorded; the message says at which entry.
        ReplayError: the reducer raised on an action that it had taken.
    """
    __tracebackhide__ = True
    decoding = {"messages": messages, "decode": decode, "connection": connection}
    state, raised = _replayed(session, reducer, initial, decoding)
    found = differences(expected, state, limit=SHOWN + 1)
    if raised:
        _fail_of_raising(f"replaying {_name(session)}", raised, found)
    if found:
        none: Rejected = ()
        rejected, _ = _replayed(session, _rejections, none, decoding)
        _fail(f"replaying {_name(session)} does not give the expected state", found, rejected)


def assert_state_matches(state: Any, path: Path, *, update: bool = False) -> None:
    """Compare a state with the one that is kept in a file, as JSON.

    Args:
        state: the state: whatever a snapshot in a log may hold.
        path: the file.
        update: write the file in the place of comparing.

    Raises:
        AssertionError: they differ, or there is no file; the message says where, by path.
        EncodeError: the state has no JSON form.
    """
    __tracebackhide__ = True
    written = state_to_json(state)
    if update:
        _write(path, written)
        return
    advice = "with --socketstore-update the state becomes the expected one"
    if not path.exists():
        message = f"there is no expected state {path}; {advice}"
        raise AssertionError(message)
    found = _found(from_json(path.read_bytes()), written, state)
    if found:
        _fail(f"the state is not the one in {path} ({advice})", found)


def _replayed(
    session: Recording, reducer: Reducer[S], initial: S, decoding: dict[str, Any]
) -> tuple[S, Sequence[Raised]]:
    if isinstance(session, RecordedSession):
        own = {name: getattr(session.terms, name) for name in decoding}
        given = {name: value for name, value in decoding.items() if value is not None}
        return _fold(session.log, reducer, initial, own | given)
    if isinstance(session, Log):
        return _fold(session, reducer, initial, decoding)
    with open_log(session) as log:
        return _fold(log, reducer, initial, decoding)


def _fold(log: Log, reducer: Reducer[S], initial: S, decoding: dict[str, Any]) -> tuple[S, Sequence[Raised]]:
    if not any(value is not None for value in decoding.values()):
        if holds_actions(log):
            return replay(log, reducer, initial), ()
        decoding["connection"] = episodes_of(log)[0].connection
    return refolded(log, reducer, initial, **decoding)


def _found(expected: Any, written: Any, like: Any) -> Sequence[Difference]:
    """Compare as states, whose paths read best, or else as JSON: what was kept may no longer fit the class."""
    if equals(expected, written):
        return []
    try:
        states = state_from_json(expected, like), state_from_json(written, like)
    except DecodeError:
        states = expected, written
    return differences(*states, limit=SHOWN + 1) or differences(expected, written, limit=SHOWN + 1)


def _rejections(found: Rejected, action: object) -> Rejected:
    """Count the messages that were rejected, and keep why the first one was."""
    match action:
        case MessageRejected(reason=reason):
            return (found[0] + 1, found[1]) if found else (1, reason)
    return found


def _fail(what: str, found: Sequence[Difference], rejected: Rejected = ()) -> NoReturn:
    __tracebackhide__ = True
    hint = ["{} messages were rejected; the first: {}".format(*rejected)] if rejected else []
    raise AssertionError("\n".join([f"{what}; expected -> got:", *_shown(found), *hint]))


def _fail_of_raising(what: str, raised: Sequence[Raised], found: Sequence[Difference]) -> NoReturn:
    __tracebackhide__ = True
    lines = [f"{what}: the reducer raised on what came:", *_shown(raised)]
    also = ["it does not give the expected state; expected -> got:", *_shown(found)] if found else []
    raise AssertionError("\n".join([*lines, *also])) from raised[0].error


def _shown(what: Sequence[object]) -> list[str]:
    more = ["  ... and more"] if len(what) > SHOWN else []
    return [f"  {each}" for each in what[:SHOWN]] + more


def _name(session: Recording) -> str:
    return str(session.path if isinstance(session, (RecordedSession, Log)) else os.fspath(session))


def _write(path: Path, written: Any) -> None:
    """Put it in its place whole: several processes may test at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(to_json(written, indent=2) + b"\n")
    beside.replace(path)
