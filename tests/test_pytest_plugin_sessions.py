"""The fixtures for sessions, in a pytest run of somebody else's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from socketstore import ConnectionEvent, MessageEvent, WebSocket, WebSocketServer, open_log
from socketstore.testing import in_background

pytest_plugins = ["pytester"]

NOWHERE = "ws://127.0.0.1:9"
Run = Callable[..., pytest.RunResult]


class PriceServer(WebSocketServer):
    """Answers a subscription with two prices, and counts who came."""

    def __init__(self) -> None:
        super().__init__()
        self.visits = 0
        self.add_listener("connection", self._serve)

    def _serve(self, event: ConnectionEvent) -> None:
        self.visits += 1
        event.socket.add_listener("message", lambda message: self._answer(event.socket, message))

    def _answer(self, socket: WebSocket, message: MessageEvent) -> None:
        for price in (3, 4):
            socket.send(json.dumps({**json.loads(message.data), "price": price}))


PROGRAM = """
import asyncio
from typing import Literal

import pytest
from socketstore import Action, Connection, Store
from socketstore.testing import assert_replays_to


class PriceTold(Action):
    type: Literal["pluginPriceTold"] = "pluginPriceTold"
    symbol: str
    price: int

    @classmethod
    def of(cls, event):
        import json
        return cls(**json.loads(event.data))


def prices(state, action):
    return (*state, action.price) if isinstance(action, PriceTold) else state


async def program(url, symbol="ABC"):
    store = Store(prices, ())
    async with Connection(url, store, decode=PriceTold.of, reconnect=None) as connection:
        await connection.send({"symbol": symbol})
        return await store.wait_for(lambda state: len(state) == 2, timeout=5)
"""

TEST = """
@pytest.mark.socketstore_session("prices", url=URL, decode=PriceTold.of)
def test_the_prices(socketstore_session):
    assert asyncio.run(program(socketstore_session.url)) == (3, 4)
    assert_replays_to(socketstore_session, prices, (), (3, 4))
"""


@pytest.fixture
def server() -> Iterator[PriceServer]:
    with in_background(PriceServer) as server:
        yield server


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run tests with our plugin and those that are named, and no other."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("CI", raising=False)

    def run(
        tests: str, *arguments: str, url: str = "ws://127.0.0.1:9", plugins: tuple[str, ...] = ()
    ) -> pytest.RunResult:
        pytester.makepyfile(test_prices=f"{PROGRAM}\nURL = {url!r}\n{tests}")
        named = [word for plugin in ("socketstore", *plugins) for word in ("-p", plugin)]
        return pytester.runpytest_subprocess(*named, "-p", "no:cacheprovider", "-W", "error", *arguments)

    return run


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    return pytester.path / "sessions"


def kinds(path: Path) -> list[str]:
    with open_log(path) as log:
        return [entry.kind for entry in log.read()]


def test_the_first_run_records_and_later_ones_need_no_network(run: Run, server: PriceServer, folder: Path) -> None:
    run(TEST, url=server.url).assert_outcomes(passed=1)
    assert [file.name for file in folder.iterdir()] == ["prices.jsonl"]
    assert kinds(folder / "prices.jsonl") == ["opened", "frameOut", "frameIn", "frameIn", "note", "closed"]
    for _ in range(2):
        run(TEST, url="ws://127.0.0.1:9").assert_outcomes(passed=1)
    assert server.visits == 1


def test_a_test_that_fails_leaves_no_session(run: Run, server: PriceServer, folder: Path) -> None:
    run(TEST.replace("== (3, 4)", "== ()"), url=server.url).assert_outcomes(failed=1)
    assert server.visits == 1
    assert not folder.exists()


def test_all_records_anew_and_keeps_the_old_session_when_the_test_fails(
    run: Run, server: PriceServer, folder: Path
) -> None:
    run(TEST, url=server.url)
    before = (folder / "prices.jsonl").read_bytes()
    run(TEST.replace("== (3, 4)", "== ()"), "--socketstore-record=all", url=server.url).assert_outcomes(failed=1)
    assert (folder / "prices.jsonl").read_bytes() == before
    run(TEST, "--socketstore-record=all", url=server.url).assert_outcomes(passed=1)
    assert (folder / "prices.jsonl").read_bytes() != before
    assert server.visits == 3
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize("how", ["option", "setting", "CI"])
def test_none_without_a_session_says_what_to_do(
    run: Run, server: PriceServer, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    if how == "CI":
        monkeypatch.setenv("CI", "true")
    if how == "setting":
        pytester.makeini("[pytest]\nsocketstore_record = none")
    result = run(TEST, *(["--socketstore-record=none"] if how == "option" else []), url=server.url)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no session *prices.jsonl*--socketstore-record=once, and commit the file"])
    assert server.visits == 0


def test_what_the_program_sends_must_be_what_was_recorded(run: Run, server: PriceServer) -> None:
    run(TEST, url=server.url)
    result = run(TEST.replace("_session.url)", "_session.url, 'XYZ')"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['*message 1 of the client: got \'{"symbol":"XYZ"}\'; expected*', "*'ABC' -> 'XYZ'*"])


def test_what_the_program_sends_may_differ_where_the_test_says_so(run: Run, server: PriceServer) -> None:
    run(TEST, url=server.url)
    other = TEST.replace("_session.url)", "_session.url, 'XYZ')")
    run(other.replace("decode=", "match=lambda recorded, got: True, decode=")).assert_outcomes(passed=1)
    run(other.replace("decode=", "sent='ignore', decode=")).assert_outcomes(passed=1)


SILENT = """
@pytest.mark.socketstore_session("prices", url=URL)
def test_silence(socketstore_session):
    socket = websocket(socketstore_session.url)
    socket.recv(timeout=0.1)

from websockets.sync.client import connect as websocket
"""


def test_a_failing_test_says_what_the_server_waits_for(run: Run, server: PriceServer) -> None:
    run(TEST, url=server.url)
    result = run(SILENT, "-W", "ignore")
    result.assert_outcomes(failed=1)
    waits = "*session prices.jsonl: client 1, *: 0 of 2 messages sent; waits for message 1 of the client: *ABC*"
    result.stdout.fnmatch_lines([waits])


def test_a_session_that_nobody_connected_to_is_not_kept(run: Run, server: PriceServer, folder: Path) -> None:
    result = run(
        "@pytest.mark.socketstore_session('none', url=URL)\ndef test_it(socketstore_session): pass", url=server.url
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*nothing connected to its url*"])
    assert not folder.exists()


def test_a_real_server_that_cannot_be_reached_is_named_and_not_waited_for(run: Run, folder: Path) -> None:
    result = run(f"{PROGRAM.replace(', reconnect=None', '')}\n{TEST}", url="ws://127.0.0.1:9")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*session prices.jsonl: could not open ws://127.0.0.1:9*"])
    assert result.duration < 15  # a connection alone tries for 30 s
    assert not folder.exists()


def test_a_session_that_cannot_be_read_is_explained_without_a_traceback(run: Run, folder: Path) -> None:
    folder.mkdir()
    (folder / "prices.jsonl").write_text("hello\n")
    result = run(TEST)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*prices.jsonl is no socketstore log*", "Record it anew, with --socketstore-record=all*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*exception*")


def test_what_is_not_to_be_written_is_said_by_the_mark(run: Run, server: PriceServer, folder: Path) -> None:
    run(TEST.replace("decode=", "redact=['symbol'], decode="), url=server.url).assert_outcomes(passed=1)
    assert "ABC" not in (folder / "prices.jsonl").read_text()
    run(TEST).assert_outcomes(passed=1)


def test_a_program_that_comes_more_often_than_recorded_is_named_in_the_report(run: Run, server: PriceServer) -> None:
    run(TEST, url=server.url)
    twice = "    asyncio.run(program(socketstore_session.url))\n    assert asyncio"
    result = run(TEST.replace("    assert asyncio", twice))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*session prices.jsonl: refused 1 times a client that came again*"])


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ("", "*the test has no mark*"),
        (
            "@pytest.mark.socketstore_session('x', uri=1)",
            "*unexpected keyword argument 'uri'*; expected url, messages*",
        ),
        ("@pytest.mark.socketstore_session('x', 'y')", "*expected the name of a session, and the rest by name"),
        ("@pytest.mark.socketstore_session('../x', url=URL)", "*expected one of a file inside of*"),
        (
            "@pytest.mark.socketstore_session('x' * 300, url=URL)",
            "*got the name 'xxx*expected one of a file inside of*",
        ),
        ("@pytest.mark.socketstore_session('x')", "*nobody has said from where*"),
    ],
)
def test_a_mark_that_cannot_be_used_is_explained(run: Run, mark: str, says: str) -> None:
    result = run(f"{mark}\ndef test_it(socketstore_session): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([says])


def test_a_session_without_a_name_has_that_of_its_test_and_a_folder_can_be_set(
    run: Run, server: PriceServer, pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nsocketstore_sessions = recorded")
    twice = "@pytest.mark.parametrize('n', [1, 2])\n"
    test = TEST.replace('"prices", ', "").replace("def test_the_prices(", f"{twice}def test_it(n, ")
    run(test, url=server.url).assert_outcomes(passed=2)
    recorded = pytester.path / "recorded" / "test_prices"
    assert sorted(file.name for file in recorded.iterdir()) == ["test_it-1.jsonl", "test_it-2.jsonl"]


# Beside other plugins.

ASYNC = """
@pytest.mark.asyncio
@pytest.mark.parametrize("number", range(3))
@pytest.mark.socketstore_session("prices", url=URL)
async def test_async(number, socketstore_session):
    assert await program(socketstore_session.url) == (3, 4)

@pytest.mark.parametrize("number", range(3))
@pytest.mark.socketstore_session("prices", url=URL)
def test_sync(number, socketstore_session):
    assert asyncio.run(program(socketstore_session.url)) == (3, 4)
"""


@pytest.mark.parametrize("arguments", [("-p", "randomly"), ("-n", "2"), ("-n", "2", "-p", "randomly")])
def test_it_works_beside_other_plugins(
    run: Run, server: PriceServer, folder: Path, arguments: tuple[str, ...], pytester: pytest.Pytester
) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    if "-n" in arguments:
        pytest.importorskip("xdist")
    plugins = ("pytest_asyncio.plugin", *(["xdist"] if "-n" in arguments else []))
    for _ in range(2):
        run(ASYNC, *arguments, url=server.url, plugins=plugins).assert_outcomes(passed=6)
    assert [file.name for file in folder.iterdir()] == ["prices.jsonl"]
    assert server.visits >= 1


# States.

STATES = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Shelf:
    books: tuple[str, ...]
    price: float = 1.0

def test_states(socketstore_state_snapshot):
    socketstore_state_snapshot(Shelf(("a", "b")))
    socketstore_state_snapshot(Shelf(()))
    socketstore_state_snapshot(Shelf(("z",)), "named")
"""


def test_states_are_written_once_and_compared_ever_after(run: Run, folder: Path) -> None:
    result = run(STATES)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no expected state *test_states.state.json*--socketstore-update*"])
    run(STATES, "--socketstore-update").assert_outcomes(passed=1)
    files = sorted(str(file.relative_to(folder)) for file in folder.rglob("*.json"))
    assert files == ["named.state.json", "test_prices/test_states.state.json", "test_prices/test_states@2.state.json"]
    run(STATES).assert_outcomes(passed=1)
    result = run(STATES.replace('("a", "b")', '("a", "c", "d")'))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*  books[[]1]: 'b' -> 'c'", "*  books[[]2]: added 'd'"])
    assert run(STATES.replace('("z",)', "()"), "--socketstore-update").ret == 0
    assert json.loads((folder / "named.state.json").read_text()) == {"books": [], "price": 1.0}


NAMES = """
@pytest.mark.parametrize("name", ["a/b", "a b", "a-b", "x" * 300, "", "..", "1-", "-1"])
def test_name(name, socketstore_state_snapshot):
    socketstore_state_snapshot(name)
    socketstore_state_snapshot(name + "!")

class TestOne:
    def test_it(self, socketstore_state_snapshot):
        socketstore_state_snapshot("one")

class TestTwo:
    def test_it(self, socketstore_state_snapshot):
        socketstore_state_snapshot("two")
"""


def test_no_two_tests_have_the_same_files(run: Run, folder: Path, pytester: pytest.Pytester) -> None:
    for _ in range(2):
        run(NAMES, "--socketstore-update").assert_outcomes(passed=10)
    run(NAMES).assert_outcomes(passed=10)
    names = [file.name.removesuffix(".state.json") for file in (folder / "test_prices").iterdir()]
    assert len(names) == 18
    assert {"TestOne.test_it", "TestTwo.test_it", "test_name-a-b", "test_name-a-b@2"} <= set(names)


def test_in_a_folder_for_all_each_file_of_tests_has_its_own(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nsocketstore_sessions = kept")
    for folder in ("a", "b"):
        (pytester.path / folder).mkdir()
        test = f"def test_it(socketstore_state_snapshot): socketstore_state_snapshot({folder!r})"
        (pytester.path / folder / "test_same.py").write_text(test)
    arguments = ("--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly")
    pytester.runpytest_subprocess(*arguments, "--socketstore-update").assert_outcomes(passed=2)
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=2)


# Fakes, scripts and virtual time.

OTHERS = """
from socketstore import GotMessage

def echo(state, action):
    return action.data if isinstance(action, GotMessage) else state

async def feed(client):
    await client.accept("hello")
    await client.expect("hi")

def test_fake_sockets(socketstore_fake_sockets):
    async def main():
        store = Store(echo, None)
        async with Connection("ws://feed", store, make_socket=socketstore_fake_sockets.make):
            socket = await socketstore_fake_sockets.next()
            await socket.receive("hello")
            assert store.state == "hello"
    asyncio.run(main())

@pytest.mark.parametrize("says", ["hi", "other", None])
def test_scripted(socketstore_scripted_server, says):
    async def main():
        store = Store(echo, None)
        server = socketstore_scripted_server(feed)
        async with Connection(server.url, store, reconnect=None) as connection:
            await store.wait_for(lambda state: state == "hello", timeout=5)
            if says is not None:
                await connection.send(says)
    asyncio.run(main())

def test_time(socketstore_virtual_time):
    async def main():
        begin = asyncio.get_running_loop().time()
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time() - begin
    assert socketstore_virtual_time(main()) == 3600
"""


def test_the_fixtures_for_fakes_scripts_and_time_do_what_they_promise(run: Run) -> None:
    result = run(OTHERS)
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(["E *got 'other'; expected 'hi'", "E *the client closed (1000 ); expected 'hi'"])


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ("sent='sloppy'", "*got sent='sloppy'; expected 'ignore' or 'strict'*"),
        ("speed=0", "*got speed=0; expected a number above 0*"),
        ("recording=5", "*got recording=5; expected options of a WebSocket*"),
        ("redact=5", "*redact=*"),
    ],
)
def test_terms_that_mean_nothing_are_refused_before_anything_is_recorded(
    run: Run, server: PriceServer, folder: Path, terms: str, says: str
) -> None:
    outcome = run(TEST.replace("url=URL", f"url=URL, {terms}"), url=server.url)
    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines([says])
    assert server.visits == 0
    assert not folder.exists()
