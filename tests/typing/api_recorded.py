"""How recorded sessions are served and compared, for the eyes of mypy and pyright; a test runs some of it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_type

from socketstore import GotMessage, UsageError, open_log
from socketstore.testing import RecordedSession, ReplayServer, assert_replays_to, assert_state_matches


def last(state: str, action: object) -> str:
    return action.data if isinstance(action, GotMessage) else state


def same_length(recorded: str | bytes, got: str | bytes) -> bool:
    return len(recorded) == len(got)


def a_recording_is_a_server(path: Path) -> ReplayServer:
    with open_log(path) as log:
        ReplayServer(log, speed=10)
    return ReplayServer(path, "127.0.0.1", 0, speed=math.inf, sent="strict", match=same_length, say=print)


async def it_is_served(path: Path) -> None:
    async with ReplayServer(path, then="refuse", max_connections=2) as server:
        assert_type(server, ReplayServer)
        assert_type(server.url, str)
        assert_type(server.failures, Sequence[BaseException])
        assert_type(server.standing(), list[str])
        await server.done(timeout=None)


def mistakes_that_the_types_find(path: Path) -> list[str]:
    mistakes: list[Callable[[], object]] = [
        lambda: ReplayServer(path, sent="maybe"),  # type: ignore[arg-type]
        lambda: ReplayServer(path, then="never"),  # type: ignore[arg-type]
        lambda: ReplayServer(path, speed="fast"),  # type: ignore[arg-type]
        lambda: ReplayServer(1),  # type: ignore[arg-type]
    ]
    found = []
    for mistake in mistakes:
        try:
            mistake()
        except UsageError as error:
            found.append(str(error))
    return found


def a_session_comes_to_a_state(session: RecordedSession, path: Path) -> None:
    assert_type(session.url, str)
    assert_replays_to(session, last, "", "bye")
    assert_replays_to(session.log, last, "", "bye", messages=str)
    assert_replays_to(path, last, "", "bye")
    assert_replays_to(path, last, "", 1)  # type: ignore[arg-type]
    assert_state_matches({"any": "state"}, path, update=True)
