"""What a recording must come to, and how it is said where it does not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from pydantic_core import from_json, to_json

from socketstore.errors import DecodeError
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.replaying import replay
from socketstore.log.states import state_from_json, state_to_json
from socketstore.store.differences import Difference, differences
from socketstore.store.types import Reducer, S
from socketstore.testing.matching import equals
from socketstore.testing.sessions.frames import replay_frames
from socketstore.testing.sessions.session import RecordedSession, Terms
from socketstore.testing.sessions.wire import holds_actions

SHOWN = 20

Recording: TypeAlias = RecordedSession | Log | str | os.PathLike[str]
"""A session of a test, a log, or the path of one."""


def assert_replays_to(session: Recording, reducer: Reducer[S], initial: S, expected: S) -> None:
    """Replay a session, and compare the last state with the expected one.

    Args:
        session: what `replay` takes, or the path of it; a session of a test brings what decodes its frames.
        reducer: folds the actions.
        initial: the state before the first action.
        expected: the state after the last one.

    Raises:
        AssertionError: another state comes of it; the message says where, by path.
        ReplayError: the reducer raised on an action that it had taken.
    """
    state = replayed(session, reducer, initial)
    found = differences(expected, state, limit=SHOWN + 1)
    if found:
        _fail(f"replaying {_name(session)} does not give the expected state", found)


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


def replayed(session: Recording, reducer: Reducer[S], initial: S) -> S:
    """Replay the actions of a session, or, where it holds none, what its frames are decoded to."""
    if isinstance(session, RecordedSession):
        return _replayed(session.log, reducer, initial, session.terms)
    if isinstance(session, Log):
        return _replayed(session, reducer, initial, Terms())
    with open_log(session) as log:
        return _replayed(log, reducer, initial, Terms())


def _replayed(log: Log, reducer: Reducer[S], initial: S, terms: Terms) -> S:
    if holds_actions(log):
        return replay(log, reducer, initial)
    return replay_frames(log, reducer, initial, messages=terms.messages, decode=terms.decode)


def _found(expected: Any, written: Any, like: Any) -> Sequence[Difference]:
    """Compare as states, whose paths read best, or else as JSON: what was kept may no longer fit the class."""
    if equals(expected, written):
        return []
    try:
        states = state_from_json(expected, like), state_from_json(written, like)
    except DecodeError:
        states = expected, written
    return differences(*states, limit=SHOWN + 1) or differences(expected, written, limit=SHOWN + 1)


def _fail(what: str, found: Sequence[Difference]) -> NoReturn:
    shown = [f"  {difference}" for difference in found[:SHOWN]]
    more = ["  ... and more"] if len(found) > SHOWN else []
    raise AssertionError("\n".join([f"{what}; expected -> got:", *shown, *more]))


def _name(session: Recording) -> str:
    return str(session.path if isinstance(session, (RecordedSession, Log)) else os.fspath(session))


def _write(path: Path, written: Any) -> None:
    """Put it in its place whole: several processes may test at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(to_json(written, indent=2) + b"\n")
    beside.replace(path)
