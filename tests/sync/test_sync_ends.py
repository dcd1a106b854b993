"""However it ends, and whatever it waits for: no thread is left, and nothing hangs."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from typing import Any

import pytest

import socketstore.sync.errands
from socketstore import (
    Backoff,
    ConnectionFailed,
    ConnectionState,
    GotMessage,
    InsecureWarning,
    JustConnected,
    NotOpen,
    Store,
    connection_state,
)
from socketstore.sockets.insecure import forget_warnings
from socketstore.sync import Connection
from socketstore.testing import EchoServer, in_background
from tests.connection.diary import contents, new_diary, said, words
from tests.sync.conftest import PATIENCE
from tests.sync.programs import after_ctrl_c

QUICK = Backoff(0.001, jitter=0)


def threads_of(name: str) -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(f"socketstore {name}")]


def opening_in_vain(connection: Connection) -> threading.Thread:
    def open_in_vain() -> None:
        with pytest.raises(ConnectionFailed, match="closed before it was open"):
            connection.open()

    thread = threading.Thread(target=open_in_vain)
    thread.start()
    return thread


def test_a_body_that_raises_closes_it(url: str) -> None:
    store = new_diary()
    with pytest.raises(ZeroDivisionError), Connection(url, store, name="raising"):
        _ = 1 / 0
    assert words(store.state)[-1] == "JustDisconnected"
    assert threads_of("raising") == []


def test_a_first_open_that_fails_leaves_no_thread(url: str) -> None:
    with in_background(EchoServer) as gone:
        pass
    for options in ({"reconnect": None}, {"reconnect": QUICK, "open_timeout": 0.05}):
        with pytest.raises(ConnectionFailed):
            Connection(gone.url, new_diary(), name="failing", **options).open()
        assert threads_of("failing") == []
    connection = Connection(gone.url, new_diary(), name="failing", reconnect=None)
    with pytest.raises(ConnectionFailed):
        connection.open()
    with pytest.raises(ConnectionFailed):  # not "in use"
        connection.open()


async def test_it_works_while_a_loop_runs_in_the_calling_thread_as_in_a_notebook(url: str) -> None:
    store = new_diary()
    with Connection(url, store) as connection:
        connection.send("hello")
        assert contents(connection.wait_for(said(GotMessage), timeout=PATIENCE)) == ["hello"]


def test_what_on_open_waits_for_ends_with_its_socket_and_the_next_one_is_greeted_anew() -> None:
    outcomes: list[str] = []
    first = threading.Event()

    def greet(connection: Connection) -> None:
        if connection.epoch == 1:
            first.set()
            for call in (lambda: connection.wait_for(lambda _: False), lambda: connection.send("late")):
                with pytest.raises(NotOpen) as refused:
                    call()
                outcomes.append(type(refused.value).__name__)
        connection.send("login")

    store = new_diary()
    with in_background(EchoServer) as server:
        connection = Connection(server.url, store, on_open=greet, reconnect=QUICK)
        opening = threading.Thread(target=connection.open)
        opening.start()
        assert first.wait(PATIENCE)
        connection.reconnect_now()
        opening.join(PATIENCE)
        connection.wait_for(said(GotMessage), timeout=PATIENCE)
        connection.close()
    assert outcomes == ["NotOpen", "NotOpen"]
    assert contents(store.state) == ["login"]


def test_a_function_that_never_returns_cannot_keep_it_from_closing(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(socketstore.sync.errands, "GRACE", 0.01)
    begun, release = threading.Event(), threading.Event()

    def stubborn(_: Connection) -> None:
        begun.set()
        release.wait(PATIENCE)

    connection = Connection(url, new_diary(), name="held", on_open=stubborn)
    opening = opening_in_vain(connection)
    assert begun.wait(PATIENCE)
    connection.close()
    opening.join(PATIENCE)
    assert "a function of the program does not end" in caplog.text
    release.set()
    for thread in threading.enumerate():
        if thread.name == "socketstore held stubborn":
            thread.join(PATIENCE)


def test_what_a_function_raises_fails_the_attempt(url: str) -> None:
    for error in (ValueError("x"), StopIteration(), SystemExit(3)):

        def fail(raised: BaseException = error) -> str:
            raise raised

        with pytest.raises(ConnectionFailed, match="url= or headers= raised"):
            Connection(fail, new_diary(), reconnect=None).open()


def test_when_on_open_has_closed_it_its_thread_ends_with_its_with(url: str) -> None:
    closed = threading.Event()

    def leave_the_second_time(connection: Connection) -> None:
        if connection.epoch == 2:
            connection.close()
            closed.set()

    store = new_diary()
    with Connection(url, store, name="left", on_open=leave_the_second_time) as connection:
        connection.reconnect_now()
        connection.wait_closed(timeout=PATIENCE)
        assert closed.wait(PATIENCE)
        assert "socketstore left" in threads_of("left")
        assert words(store.state)[-1] == "JustDisconnected"
        with pytest.raises(NotOpen, match="was closed"):
            connection.send("x")
    assert threads_of("left") == []


def test_a_function_that_gives_the_address_may_close_it_and_every_word_is_said(url: str) -> None:
    store = new_diary()

    def change_your_mind() -> str:
        connection.close()
        return url

    connection = Connection(change_your_mind, store)
    with pytest.raises(ConnectionFailed, match="closed before it was open"):
        connection.open()
    assert words(store.state) == ["AskedForCredentials", "Connecting", "GotError", "JustDisconnected"]


def test_a_plain_function_may_give_what_is_to_be_awaited(url: str) -> None:
    async def later() -> str:
        return url

    with Connection(lambda: later(), new_diary()) as connection:
        assert connection.epoch == 1


def test_what_is_raised_when_nobody_waits_any_more_is_reported(url: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(connection: Connection) -> None:
        connection.close()
        _ = 1 / 0

    with pytest.raises(ConnectionFailed, match="closed before it was open"):
        Connection(url, new_diary(), on_open=fail).open()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "raised too late" in caplog.text


def test_two_threads_that_close_at_once_both_wait_for_the_end(url: str) -> None:
    for _ in range(10):
        connection = Connection(url, new_diary(), name="both").open()
        left: list[list[str]] = []

        def close(connection: Connection = connection, left: list[list[str]] = left) -> None:
            connection.close()
            left.append(threads_of("both"))

        closing = [threading.Thread(target=close) for _ in range(3)]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join(PATIENCE)
        assert left == [[], [], []]


def test_the_warning_of_an_insecure_address_points_at_the_line_of_the_program() -> None:
    forget_warnings()
    connection = Connection("ws://192.0.2.1:9", new_diary(), reconnect=None, open_timeout=0.01, proxy=None)
    with pytest.warns(InsecureWarning, match="is another machine") as warned, pytest.raises(ConnectionFailed):
        connection.open()
    assert [warning.filename for warning in warned] == [__file__]


def test_a_generator_of_watch_that_is_left_lying_about_harms_nobody(url: str) -> None:
    with Connection(url, new_diary()) as connection:
        values = connection.watch(len)
        next(values)
        del values
        connection.send("x")
        connection.wait_for(said(GotMessage), timeout=PATIENCE)


def test_a_subscriber_in_a_window_hears_by_way_of_via(url: str) -> None:
    """As with ``root.after_idle`` or ``via_tk``: what is handed over may call what waits."""
    store = Store(connection_state, ConnectionState())
    handed: list[Any] = []
    came = threading.Event()

    def via(call: Any, *arguments: Any) -> None:
        handed.append((call, arguments))
        came.set()

    with Connection(url, store) as connection:
        answers: list[Any] = []
        store.subscribe(
            lambda epoch: answers.append(connection.wait_for(bool, timeout=PATIENCE)),
            select=lambda state: state.epoch,
            via=via,
        )
        connection.reconnect_now()
        assert came.wait(PATIENCE)
        call, arguments = handed.pop(0)
        call(*arguments)
        assert len(answers) == 1


FORKING = """
import os, sys, warnings
from socketstore import NotOpen, Store
from socketstore.sync import Connection
store = Store(lambda state, action: action, None)
connection = Connection(sys.argv[1], store).open()
warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and up: of a fork where there are threads
child = os.fork()
if child == 0:
    try:
        connection.send("from the child")
    except NotOpen as error:
        print("not in use here" in str(error), flush=True)
    connection.close()
    with Connection(sys.argv[1], Store(lambda state, action: action, None)) as own:
        own.send("from the child")
        print(own.wait_for(lambda action: getattr(action, "data", None), timeout=10).data, flush=True)
    sys.exit(0)
os.waitpid(child, 0)
connection.send("from the parent")
print(connection.wait_for(lambda action: getattr(action, "data", None), timeout=10).data)
connection.close()
"""

OPENING = """
import sys
from socketstore import Store
from socketstore.sync import Connection
store = Store(lambda state, action: action, None)
store.subscribe(lambda action: print(type(action).__name__, flush=True))
try:
    Connection(sys.argv[1], store, attempt_timeout=None, open_timeout=None).open()
except KeyboardInterrupt:
    print("interrupted")
"""

FORGETFUL_ON_OPEN = """
import sys, threading
from socketstore import Store
from socketstore.sync import Connection
begun = threading.Event()
def on_open(connection):
    begun.set()
    threading.Event().wait()
connection = Connection(sys.argv[1], Store(lambda state, action: state, None), on_open=on_open)
threading.Thread(target=connection.open, daemon=True).start()
begun.wait()
import socketstore.sync.errands
socketstore.sync.errands.GRACE = 0.01
print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_after_a_fork_the_child_leaves_the_connection_of_its_parent_alone(url: str) -> None:
    program = subprocess.run([sys.executable, "-c", FORKING, url], capture_output=True, timeout=30, text=True)
    assert (program.stdout, program.stderr) == ("True\nfrom the child\nfrom the parent\n", "")


def test_ctrl_c_while_it_opens_ends_it() -> None:
    with in_background(lambda: EchoServer(process_request=_never)) as server:
        program = subprocess.Popen([sys.executable, "-c", OPENING, server.url], stdout=subprocess.PIPE, text=True)
        assert program.stdout is not None
        assert program.stdout.readline() == "Connecting\n"
        rest = after_ctrl_c(program)
    assert rest == "GotError\nJustDisconnected\ninterrupted\n"


async def _never(_: object, request: object) -> None:
    await asyncio.Event().wait()


def test_a_program_whose_on_open_hangs_ends_all_the_same(url: str) -> None:
    program = subprocess.run([sys.executable, "-c", FORGETFUL_ON_OPEN, url], capture_output=True, timeout=30, text=True)
    assert (program.returncode, program.stdout) == (0, "done\n")


def test_a_connection_that_was_lost_for_good_can_still_be_closed() -> None:
    store = new_diary()
    with in_background(EchoServer) as server:
        connection = Connection(server.url, store, reconnect=None).open()
    connection.wait_closed(timeout=PATIENCE)
    assert words(store.state)[-1] == "JustDisconnected"
    with pytest.raises(NotOpen):
        connection.send("x")
    connection.close()
    assert isinstance(store.state[1], JustConnected)
