"""Fixtures for pytest, there as soon as socketstore is installed; they do nothing unless a test asks for one.

All that a run pays which asks for none is the import of this module: what the fixtures need is imported by them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from socketstore.log.log import Log
    from socketstore.testing.fakes import FakeSockets
    from socketstore.testing.scripted_background import ScriptedServers
    from socketstore.testing.sessions.session import RecordedSession, RecordMode, Terms

MARK = "socketstore_session"
MODES = ("none", "once", "all")

_session_of = pytest.StashKey["RecordedSession"]()
_scripts_of = pytest.StashKey["ScriptedServers"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of sessions and of state snapshots."""
    group = parser.getgroup("socketstore")
    group.addoption(
        "--socketstore-record",
        choices=MODES,
        default=None,
        help="when sessions are recorded from the real server: never, where there is no file yet, or all of them anew "
        "(default: the ini setting socketstore_record, else once, and none where CI is set)",
    )
    group.addoption(
        "--socketstore-update",
        action="store_true",
        help="write the states of socketstore_state_snapshot in the place of comparing them",
    )
    parser.addini("socketstore_record", "when sessions are recorded: none, once or all", default="")
    parser.addini("socketstore_sessions", "the folder of all sessions (default: sessions/ beside each test file)")


def pytest_configure(config: pytest.Config) -> None:
    """Explain the mark."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(name=None, *, url=None, messages=None, decode=None, sent='strict', match=..., speed=inf, "
        "then='refuse', connection=None, recording={}, redact=REDACTED): the session that the fixture of this name "
        "serves, or records from url; see docs/how-to/test-sessions.md",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Have a test fail over what its servers saw, and say so where it has failed anyway."""
    try:
        outcome = yield
    except BaseException as error:
        for line in _complaints(item):
            error.add_note(line)
        raise
    _check(item)
    return outcome


def _complaints(item: pytest.Item) -> list[str]:
    session = item.stash.get(_session_of, None)
    if session is None:
        return []
    who = f"session {session.path.name}"
    return [f"{who}: {line}" for line in (*map(str, session.failures), *session.standing())]


def _check(item: pytest.Item) -> None:
    scripts = item.stash.get(_scripts_of, None)
    if scripts is not None:
        scripts.check()
    session = item.stash.get(_session_of, None)
    if session is None:
        return
    if session.failures:
        raise session.failures[0]
    session.passed = True


# Sockets.


@pytest.fixture
def socketstore_echo_url() -> Iterator[str]:
    """The address of an echo server that runs in the background until the test ends."""
    from socketstore.testing.background import in_background
    from socketstore.testing.echo import EchoServer

    with in_background(EchoServer) as server:
        yield server.url


@pytest.fixture
def socketstore_fake_sockets() -> FakeSockets:
    """Sockets without a network, for ``Connection(make_socket=socketstore_fake_sockets.make)``."""
    from socketstore.testing.fakes import FakeSockets

    return FakeSockets()


@pytest.fixture
def socketstore_scripted_server(request: pytest.FixtureRequest) -> Iterator[ScriptedServers]:
    """Starts real servers in the background that follow scripts; the test fails unless each comes to its end."""
    from socketstore.testing.scripted_background import ScriptedServers

    with ScriptedServers() as servers:
        request.node.stash[_scripts_of] = servers
        yield servers


@pytest.fixture
def socketstore_virtual_time() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine in an event loop of its own whose clock jumps, and returns its result."""
    from socketstore.testing.virtual_time import in_virtual_time

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        async def main() -> Any:
            return await coroutine

        return in_virtual_time(main)()

    return run


# Logs, sessions and states.


@pytest.fixture
def socketstore_log(tmp_path: Path) -> Iterator[Log]:
    """A new log in a folder of the test's own, open for writing; ``read()`` yields what was written."""
    from socketstore.log.opening import open_log

    with open_log(tmp_path / "session.jsonl", mode="x") as log:
        yield log


@pytest.fixture
def socketstore_session(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RecordedSession]:
    """The session that the test is marked with: its `url` is served from a file, or recorded into it."""
    from socketstore.errors import SocketstoreError
    from socketstore.testing.sessions.session import session

    with ExitStack() as stack:
        try:
            path, terms = _marked(request)
            mode = _record_mode(request.config)
            served = stack.enter_context(session(path, terms, mode, lambda: tmp_path_factory.mktemp("socketstore")))
        except SocketstoreError as error:
            raise pytest.fail.Exception(_advised(error), pytrace=False) from None
        request.node.stash[_session_of] = served
        yield served
    if served.passed and served.failures:  # over what came when the test had ended already
        raise served.failures[0]


@pytest.fixture
def socketstore_state_snapshot(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compares a state with the one that is kept for this test: ``socketstore_state_snapshot(state, name=None)``."""
    numbers = count(1)

    def check(state: Any, name: str | None = None) -> None:
        from socketstore.testing.sessions.asserting import assert_state_matches
        from socketstore.testing.sessions.naming import inside

        __tracebackhide__ = True
        if name is None:
            number = next(numbers)
            name = _own_name(request) + (f"@{number}" if number > 1 else "")
        path = inside(_folder(request), f"{name}.state.json")
        assert_state_matches(state, path, update=bool(request.config.getoption("--socketstore-update")))

    return check


def _advised(error: Exception) -> str:
    from socketstore.errors import LogCorrupted

    if isinstance(error, LogCorrupted):
        return (
            f"{error}\nRecord it anew, with --socketstore-record=all, or see what `socketstore repair` can keep of it."
        )
    return str(error)


def _marked(request: pytest.FixtureRequest) -> tuple[Path, Terms]:
    """Return the file that the test names, and its terms."""
    from socketstore.errors import UsageError
    from socketstore.testing.sessions.naming import inside
    from socketstore.testing.sessions.session import Terms

    mark = request.node.get_closest_marker(MARK)
    if mark is None:
        message = f'the test has no mark; expected @pytest.mark.{MARK}("a-name", url="wss://the-real-server")'
        raise UsageError(message)
    name, *rest = mark.args or (None,)
    if rest or not isinstance(name, str | None):
        message = f"got @pytest.mark.{MARK}{mark.args!r:.200}; expected the name of a session, and the rest by name"
        raise UsageError(message)
    named = name or _own_name(request)
    path = inside(_folder(request), named if named.endswith((".jsonl", ".db")) else f"{named}.jsonl")
    try:
        return path, Terms(**mark.kwargs)
    except UsageError:
        raise
    except TypeError as error:
        message = f"@pytest.mark.{MARK}: {error}; expected {', '.join(Terms.__dataclass_fields__)}"
        raise UsageError(message) from error


def _record_mode(config: pytest.Config) -> RecordMode:
    from socketstore.errors import UsageError

    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    mode = config.getoption("--socketstore-record") or config.getini("socketstore_record")
    mode = mode or ("none" if in_ci else "once")
    if mode not in MODES:
        message = f"got socketstore_record = {mode!r}; expected one of {', '.join(MODES)}"
        raise UsageError(message)
    return cast("RecordMode", mode)


def _folder(request: pytest.FixtureRequest) -> Path:
    setting = request.config.getini("socketstore_sessions")
    return request.config.rootpath / setting if setting else request.path.parent / "sessions"


def _own_name(request: pytest.FixtureRequest) -> str:
    """Return a name of the test's own, in a folder of its file's."""
    from socketstore.testing.sessions.naming import own_name

    classes = [node.name for node in request.node.listchain() if isinstance(node, pytest.Class)]
    return f"{_file_name(request)}/{own_name(classes, request.node.name)}"


def _file_name(request: pytest.FixtureRequest) -> str:
    """Return the name of the test's file; where all files share one folder, with the folders that it is in."""
    root = request.config.rootpath
    if request.config.getini("socketstore_sessions") and request.path.is_relative_to(root):
        return request.path.relative_to(root).with_suffix("").as_posix()
    return request.path.stem
