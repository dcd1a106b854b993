"""A session of a test: recorded from the real server the first time, and served from its file ever after."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

from socketstore.decoding.decoder import Decode
from socketstore.errors import LogUnavailable, ScriptFailed, UsageError
from socketstore.log.files import translated
from socketstore.log.log import Log
from socketstore.log.opening import open_log
from socketstore.log.redaction import Redact
from socketstore.log.secret_names import REDACTED
from socketstore.sockets.options import expect
from socketstore.sockets.server import WebSocketServer
from socketstore.testing.background import in_background
from socketstore.testing.replay_server import ReplayServer
from socketstore.testing.sessions.expecting import Match, same_message
from socketstore.testing.sessions.pace import check_speed
from socketstore.testing.sessions.proxy import RecordingProxy
from socketstore.testing.sessions.seating import Then
from socketstore.testing.sessions.terms import Sent, check_terms

RecordMode: TypeAlias = Literal["none", "once", "all"]
"""When to record: never, where there is no file yet, or anew each time."""

S = TypeVar("S", bound=WebSocketServer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a test says of its session.

    Attributes:
        url: the real server, from which it is recorded.
        messages: how the messages are decoded, as for `Connection`, when the session is replayed.
        decode: likewise.
        sent: as for `ReplayServer`.
        match: as for `ReplayServer`.
        speed: as for `ReplayServer`.
        then: as for `ReplayServer`.
        connection: as for `ReplayServer`.
        recording: options of the sockets to the real server, as for `WebSocket`.
        redact: what is not written when it is recorded, as for `open_log`.
    """

    url: str | None = None
    messages: Any = None
    decode: Decode | None = None
    sent: Sent = "strict"
    match: Match = same_message
    speed: float = math.inf
    then: Then = "refuse"
    connection: str | None = None
    recording: Mapping[str, Any] = field(default_factory=dict)
    redact: Redact = REDACTED

    def __post_init__(self) -> None:
        """Refuse what could not be served, also when it is only to be recorded.

        Raises:
            UsageError: a term cannot be used.
        """
        check_terms(self.sent, self.then, self.match)
        check_speed(self.speed)
        expect(self.recording, "recording", Mapping, 'options of a WebSocket, as in recording={"open_timeout": 20}')


@dataclass(slots=True, kw_only=True)
class RecordedSession:
    """What a test gets: the address that its program is to connect to, and the log.

    Attributes:
        name: of the session.
        path: its file; while it is recorded, the file that will be there when the test has passed.
        url: the address: of a server on this machine, in a thread of its own.
        log: the recording; while it is made, what has been recorded so far.
        terms: what the test says of it.
        is_recording: whether the real server is at the other end.
        passed: to be set when the test has passed: only then is a new recording kept.
    """

    name: str
    path: Path
    url: str
    log: Log = field(repr=False)
    terms: Terms = field(repr=False)
    is_recording: bool
    passed: bool = field(default=False, repr=False)
    _server: ReplayServer | RecordingProxy = field(repr=False)

    @property
    def failures(self) -> Sequence[BaseException]:
        """What the program did that is not in the recording, or what kept it from being recorded."""
        return tuple(self._server.failures)

    def standing(self) -> list[str]:
        """Say how far each client has come, for the report of a test that fails."""
        return self._server.standing()


@contextmanager
def session(path: Path, terms: Terms, mode: RecordMode, scratch: Callable[[], Path]) -> Iterator[RecordedSession]:
    """Serve a recording, or make it, as the mode says.

    A recording is made in a folder of its own, and is put in its place whole, once the test has passed.

    Args:
        path: the file of the session.
        terms: what the test says of it.
        mode: when to record.
        scratch: makes an empty folder.

    Raises:
        LogUnavailable: there is no such file, and it may not be recorded.
        UsageError: it is to be recorded, and nobody has said from where.
        ScriptFailed: the test has passed, and nothing could be recorded.
    """
    if mode == "all" or (mode == "once" and not path.exists()):
        with _recorded(path, terms, scratch() / path.name) as made:
            yield made
        return
    if not path.exists():
        message = (
            f"there is no session {path}, and nothing may be recorded (mode 'none'). Record it once where the server "
            "can be reached, with --socketstore-record=once, and commit the file"
        )
        raise LogUnavailable(message)
    with _replayed(path, terms) as served:
        yield served


@contextmanager
def _replayed(path: Path, terms: Terms) -> Iterator[RecordedSession]:
    make = partial(
        ReplayServer,
        path,
        speed=terms.speed,
        sent=terms.sent,
        match=terms.match,
        then=terms.then,
        connection=terms.connection,
    )
    with open_log(path) as log, _standing(make) as server:
        yield _session(path, server, log, terms)


@contextmanager
def _recorded(path: Path, terms: Terms, draft: Path) -> Iterator[RecordedSession]:
    if terms.url is None:
        message = f"the session {path} is to be recorded, but nobody has said from where; expected url='wss://...'"
        raise UsageError(message)
    make = partial(RecordingProxy, terms.url)
    with (
        open_log(draft, mode="x", redact=terms.redact) as log,
        _standing(partial(make, log, **terms.recording)) as server,
    ):
        made = _session(path, server, log, terms)
        yield made
    if made.passed:
        _check_recorded(server, path)
        _put(draft, path)


def _session(path: Path, server: ReplayServer | RecordingProxy, log: Log, terms: Terms) -> RecordedSession:
    is_recording = isinstance(server, RecordingProxy)
    return RecordedSession(
        name=path.stem, path=path, url=server.url, log=log, terms=terms, is_recording=is_recording, _server=server
    )


def _check_recorded(server: RecordingProxy, path: Path) -> None:
    """Refuse to keep what is not a whole session."""
    if server.failures:
        message = f"the session {path} was not kept: {server.failures[0]}"
        raise ScriptFailed(message) from server.failures[0]
    if not server.epoch:
        message = (
            f"the session {path} was not kept: the test passed, but nothing connected to its url. Have the program "
            "connect to socketstore_session.url"
        )
        raise ScriptFailed(message)


def _put(draft: Path, path: Path) -> None:
    """Put a file in its place, whole or not at all.

    Raises:
        LogUnavailable: it cannot be written there.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with translated("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(draft, beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)


def _standing(make: Callable[[], S]) -> AbstractContextManager[S]:
    """Run a server in a thread; unlike its own ``async with`` this one stays when a client fails the test."""

    @asynccontextmanager
    async def standing() -> AsyncIterator[S]:
        server = make()
        await server.listen()
        try:
            yield server
        finally:
            await server.close()
            await server.finish_listeners()

    return in_background(standing)
