"""The connection for programs without an event loop."""

from __future__ import annotations

import inspect
import subprocess
import sys
import threading
from typing import Any

import pytest

import socketstore
from socketstore import (
    Backoff,
    ConnectionFailed,
    ConnectionLost,
    ConnectionState,
    GotMessage,
    JustConnected,
    JustDisconnected,
    NotOpen,
    Numbers,
    Resync,
    Store,
    Streams,
    UsageError,
    WaitTimeout,
    combine_reducers,
    connection_state,
    connection_state_for,
)
from socketstore.sync import Connection
from socketstore.testing import EchoServer, in_background
from tests.connection.diary import contents, new_diary, said, words
from tests.sync.conftest import PATIENCE
from tests.sync.programs import after_ctrl_c


def heard(count: int) -> Any:
    return said(GotMessage, count)


def test_the_three_lines_of_a_script_work(url: str) -> None:
    store = new_diary()
    with Connection(url, store) as connection:
        connection.send("I am LEGENDARY!")
        state = connection.wait_for(heard(1), timeout=PATIENCE)
    assert contents(state) == ["I am LEGENDARY!"]
    assert words(store.state) == ["Connecting", "JustConnected", "GotMessage", "JustDisconnected"]


def test_it_takes_what_the_asynchronous_one_takes(url: str) -> None:
    with Connection(url, new_diary(), name="chat", reconnect=Backoff(0.5)) as connection:
        assert (connection.name, connection.epoch, connection.failure) == ("chat", 1, None)
    with pytest.raises(UsageError, match="got name=3"):
        Connection(url, new_diary(), name=3)


def test_it_has_the_names_of_the_asynchronous_one() -> None:
    names = {name for name in dir(socketstore.Connection) if not name.startswith("_")}
    assert names - set(dir(Connection)) == set()


def test_its_methods_take_what_those_of_the_asynchronous_one_take() -> None:
    for name in ("send", "reconnect_now", "close"):
        twins = (inspect.signature(getattr(kind, name)).parameters for kind in (socketstore.Connection, Connection))
        of_the_one, of_the_other = (set(parameters) for parameters in twins)
        assert of_the_one <= of_the_other or "options" in of_the_other, name


def test_a_failure_is_raised_where_it_is_opened() -> None:
    with pytest.raises(ConnectionFailed, match="expected ws://"):
        Connection("http://127.0.0.1", new_diary()).open()


def test_it_may_be_opened_and_closed_without_with_and_again(url: str) -> None:
    connection = Connection(url, new_diary())
    for epoch in (1, 2):
        assert connection.open() is connection
        assert connection.epoch == epoch
        with pytest.raises(UsageError, match="is in use"):
            connection.open()
        connection.close()
        connection.close()


@pytest.mark.parametrize("call", ["send", "reconnect_now", "wait_for"])
def test_what_needs_an_open_connection_is_refused_before_and_after(url: str, call: str) -> None:
    connection = Connection(url, new_diary())
    arguments: dict[str, Any] = {"send": ("x",), "wait_for": (bool,), "reconnect_now": ()}
    with pytest.raises(NotOpen, match="not in use here"):
        getattr(connection, call)(*arguments[call])
    with connection:
        pass
    with pytest.raises(NotOpen, match="not in use here"):
        getattr(connection, call)(*arguments[call])


def test_a_wait_runs_out_of_time(url: str) -> None:
    with Connection(url, new_diary()) as connection:
        with pytest.raises(WaitTimeout):
            connection.wait_for(heard(1), timeout=0.01)
        with pytest.raises(TimeoutError):
            connection.wait_closed(timeout=0.01)


def test_a_subscriber_may_answer_without_waiting(url: str) -> None:
    store = new_diary()
    with Connection(url, store) as connection:

        def answer(diary: Any) -> None:
            if isinstance(diary[-1], GotMessage) and int(diary[-1].data) < 3:
                connection.send(str(int(diary[-1].data) + 1))

        store.subscribe(answer)
        connection.send("0")
        connection.wait_for(lambda diary: "3" in contents(diary), timeout=PATIENCE)


def test_a_subscriber_that_would_wait_for_itself_is_refused(url: str) -> None:
    store, refused = new_diary(), []
    with Connection(url, store) as connection:

        def listen(_: object) -> None:
            try:
                connection.wait_for(bool)
            except UsageError as error:
                refused.append(str(error))

        store.subscribe(listen)
        connection.send("x")
        connection.wait_for(heard(1), timeout=PATIENCE)
        connection.send("y")
        connection.wait_for(heard(2), timeout=PATIENCE)
    assert "cannot wait for itself" in refused[0]


def test_a_subscriber_may_close_it(url: str) -> None:
    store = new_diary()
    with Connection(url, store) as connection:
        store.subscribe(lambda diary: connection.close() if isinstance(diary[-1], GotMessage) else None)
        connection.send("x")
        connection.wait_closed(timeout=PATIENCE)
    assert words(store.state)[-1] == "JustDisconnected"


def test_on_open_may_wait_as_a_script_does(url: str) -> None:
    store = new_diary()

    def greet(connection: Any) -> None:
        connection.send("hello")
        connection.wait_for(heard(1), timeout=PATIENCE)

    with Connection(url, store, on_open=greet):
        assert contents(store.state) == ["hello"]


def test_an_async_on_open_gets_the_asynchronous_connection(url: str) -> None:
    store = new_diary()

    async def greet(connection: socketstore.Connection) -> None:
        await connection.send("hello")
        await store.wait_for(heard(1), timeout=PATIENCE)

    with Connection(url, store, on_open=greet):
        assert contents(store.state) == ["hello"]


def test_functions_that_give_the_address_and_headers_do_not_hold_up_the_socket(url: str) -> None:
    threads: list[str] = []

    def slow_url() -> str:
        threads.append(threading.current_thread().name)
        return url

    with Connection(slow_url, new_diary(), headers=lambda: {"X-Test": "1"}) as connection:
        assert connection.epoch == 1
    assert threads == ["socketstore default slow_url"]


def test_watch_iterates_until_it_is_closed(url: str) -> None:
    store = new_diary()
    seen: list[int] = []
    with Connection(url, store) as connection:
        connection.send("a")
        for count in connection.watch(lambda diary: len(contents(diary)), buffer="all"):
            seen.append(count)
            if count < 3:
                connection.send("more")
            else:
                break
    assert seen[-1] >= 3  # one read of the socket may bring two
    assert seen == sorted(set(seen))


def test_watch_ends_when_another_thread_closes_it(url: str) -> None:
    connection = Connection(url, new_diary()).open()
    closer = threading.Thread(target=connection.close)
    for _ in connection.watch():
        if not closer.is_alive() and closer.ident is None:
            closer.start()
    closer.join()
    with pytest.raises(NotOpen):
        connection.send("x")


def test_run_returns_when_another_thread_closes_it(url: str) -> None:
    store = new_diary()
    connection = Connection(url, store)
    closing = threading.Thread(target=connection.close)
    store.subscribe(lambda diary: closing.start() if isinstance(diary[-1], JustConnected) else None)
    connection.run()
    closing.join(PATIENCE)
    assert isinstance(store.state[-1], JustDisconnected)


def test_run_raises_what_broke_it() -> None:
    class Server(EchoServer):
        def __init__(self) -> None:
            super().__init__()
            self.add_listener("connection", lambda event: event.socket.abort())

    with in_background(Server) as server, pytest.raises(ConnectionLost):
        Connection(server.url, new_diary(), reconnect=None).run()


def test_on_open_may_close_it_and_then_it_was_never_open(url: str) -> None:
    store = new_diary()
    after: list[str] = []

    def change_your_mind(connection: Connection) -> None:
        connection.close()
        after.append(words(store.state)[-1])
        connection.close()

    with pytest.raises(ConnectionFailed, match="closed before it was open"):
        Connection(url, store, on_open=change_your_mind).run()
    assert after == ["JustDisconnected"]


def test_a_lost_connection_comes_back_in_the_background(url: str) -> None:
    store = Store(connection_state, ConnectionState())
    with Connection(url, store) as connection:
        connection.reconnect_now()
        connection.wait_for(lambda state: state.epoch == 2, timeout=PATIENCE)


def test_each_of_two_servers_has_its_own_state_in_one_store() -> None:
    reducer = combine_reducers(news=connection_state_for("news"), chat=connection_state_for("chat"))
    store: Store[Any] = Store(reducer, {"news": ConnectionState(), "chat": ConnectionState()})
    with in_background(EchoServer) as one, in_background(EchoServer) as other:
        with Connection(one.url, store, name="news") as news, Connection(other.url, store, name="chat") as chat:
            news.reconnect_now()
            news.wait_for(lambda state: state["news"].epoch == 2, timeout=PATIENCE)
            chat.close()
            seen = {name: (link.phase, link.epoch, link.url) for name, link in store.state.items()}
        assert seen == {"news": ("open", 2, one.url), "chat": ("closed", 1, other.url)}
    assert store.state["news"].phase == "closed"


def test_many_connections_feed_one_store(url: str) -> None:
    store = new_diary()
    with Connection(url, store, name="a") as a, Connection(url, store, name="b") as b:
        a.send("from a")
        b.send("from b")
        state = a.wait_for(heard(2), timeout=PATIENCE)
    assert {(action.connection, action.data) for action in state if isinstance(action, GotMessage)} == {
        ("a", "from a"),
        ("b", "from b"),
    }


def test_many_threads_may_send(url: str) -> None:
    store = new_diary()
    with Connection(url, store) as connection:
        threads = [threading.Thread(target=lambda: [connection.send("x") for _ in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection.wait_for(heard(200), timeout=PATIENCE)


def test_a_call_that_waits_while_another_thread_closes_ends(url: str) -> None:
    connection = Connection(url, new_diary()).open()
    outcome: list[BaseException] = []

    def wait() -> None:
        try:
            connection.wait_for(lambda _: False)
        except NotOpen as error:
            outcome.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    connection.close()
    waiting.join(PATIENCE)
    assert len(outcome) == 1


FORGETFUL = """
import sys, time
from socketstore import Store
from socketstore.sync import Connection
connection = Connection(sys.argv[1], Store(lambda state, action: state, None)).open()
connection.send("hello")
print("done")
"""

INTERRUPTED = """
import sys
from socketstore import Store
from socketstore.sync import Connection
store = Store(lambda state, action: action, None)
store.subscribe(lambda action: print(type(action).__name__, flush=True))
try:
    with Connection(sys.argv[1], store) as connection:
        print("open", flush=True)
        connection.wait_closed()
except KeyboardInterrupt:
    print("interrupted")
"""


def test_a_program_that_forgets_to_close_ends_with_a_closing_handshake() -> None:
    ends: list[tuple[int, bool]] = []

    class Server(EchoServer):
        def __init__(self) -> None:
            super().__init__()
            self.add_listener(
                "connection",
                lambda event: event.socket.add_listener("close", lambda end: ends.append((end.code, end.clean))),
            )

    with in_background(Server) as server:
        program = subprocess.run(
            [sys.executable, "-c", FORGETFUL, server.url], capture_output=True, timeout=30, text=True
        )
    assert (program.returncode, program.stdout, program.stderr) == (0, "done\n", "")
    assert ends == [(1000, True)]


def test_ctrl_c_closes_it(url: str) -> None:
    program = subprocess.Popen([sys.executable, "-c", INTERRUPTED, url], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    assert [program.stdout.readline() for _ in range(3)] == ["Connecting\n", "JustConnected\n", "open\n"]
    assert after_ctrl_c(program) == "JustDisconnected\ninterrupted\n"
    assert program.returncode == 0


def test_a_plain_resync_may_take_its_time_and_speak_through_the_connection(url: str) -> None:
    asked: list[str] = []

    def resync(request: Resync) -> None:
        asked.append(request.stream)
        request.connection.send("1")

    streams = Streams(
        of=lambda action: "a" if isinstance(action, GotMessage) else None,
        detect=Numbers(lambda action: int(action.data), start=1),
        resync=resync,
    )
    store = new_diary()
    with Connection(url, store, streams=streams) as connection:
        connection.send("2")
        state = connection.wait_for(said(GotMessage, 2), timeout=PATIENCE)
        assert contents(state) == ["1", "2"]
        assert connection.cursors == {}  # numbers that begin anew with each socket
        assert connection.stream_figures.waiting_messages == 0
    assert asked == ["a"]
