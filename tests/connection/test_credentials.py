"""Where to connect, and with which headers, asked anew for each attempt."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Connecting,
    Connection,
    ConnectionFailed,
    ConnectionState,
    GotError,
    JustConnected,
    JustDisconnected,
    ReconnectScheduled,
    Store,
    UsageError,
    WebSocketServer,
    connection_state,
)
from socketstore.connection import patience
from socketstore.testing import EchoServer, FakeSockets
from tests.connection.diary import attempts, new_diary, said, the, until, words
from tests.sockets.peers import rounds

QUICK = Backoff(0.001, jitter=0)


class Gate:
    """A server that lets in only who has the token of the day."""

    def __init__(self, token: str, status: int = 401) -> None:
        self.token = token
        self.seen: list[str | None] = []
        self._status = status

    def __call__(self, connection: Any, request: Any) -> Any:
        self.seen.append(request.headers.get("Authorization"))
        if self.seen[-1] != self.token:
            return connection.respond(self._status, "")
        return None


async def test_headers_are_asked_for_anew_on_every_attempt() -> None:
    numbers, gate, store = count(1), Gate("token 3"), new_diary()

    async def headers() -> dict[str, str]:
        return {"Authorization": f"token {next(numbers)}"}

    async with EchoServer(process_request=gate) as server:
        gate_status_503 = Connection(
            server.url, store, headers=headers, reconnect=QUICK, retry=lambda ended: not ended.opened
        )
        async with gate_status_503:
            assert gate.seen == ["token 1", "token 2", "token 3"]


async def test_the_url_is_asked_for_anew_on_every_attempt() -> None:
    store = new_diary()
    async with EchoServer() as first, EchoServer() as second:
        urls = iter([first.url, second.url])
        async with Connection(lambda: next(urls), store, reconnect=QUICK):
            first.clients[0].abort()
            await until(store, JustConnected, 2)
    assert [action.url for action in store.state if isinstance(action, Connecting)] == [first.url, second.url]


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_has_expired_is_replaced_at_once(status: int) -> None:
    gate, store = Gate("old", status), new_diary()
    pocket = {"Authorization": "old"}
    async with (
        EchoServer(process_request=gate) as server,
        Connection(server.url, store, headers=lambda: {**pocket}, reconnect=Backoff(0)),
    ):
        gate.token, pocket["Authorization"] = "newer", "new"
        server.clients[0].abort()
        await until(store, GotError, 2)  # the abort, and the refusal of "new"
        pocket["Authorization"] = "newer"
        await until(store, JustConnected, 2)
    scheduled = [action.delay for action in store.state if isinstance(action, ReconnectScheduled)]
    assert scheduled[1] == 0
    assert gate.seen == ["old", "new", "newer"]


async def test_credentials_that_are_refused_twice_end_the_connection() -> None:
    gate, store = Gate("right"), new_diary()
    async with EchoServer(process_request=gate) as server:
        with pytest.raises(ConnectionFailed, match="HTTP 401"):
            async with Connection(server.url, store, headers=lambda: {"Authorization": "wrong"}, reconnect=QUICK):
                pass
    assert gate.seen == ["wrong", "wrong"]
    assert words(store.state)[-1] == "GaveUp"


async def test_credentials_that_cannot_change_are_not_sent_twice() -> None:
    gate, store = Gate("right"), new_diary()
    async with EchoServer(process_request=gate) as server:
        with pytest.raises(ConnectionFailed, match="HTTP 401"):
            async with Connection(server.url, store, headers={"Authorization": "wrong"}, reconnect=QUICK):
                pass
    assert gate.seen == ["wrong"]


async def test_a_function_that_raises_fails_the_attempt_and_is_asked_again() -> None:
    store = new_diary()
    async with EchoServer() as server:
        answers = iter([RuntimeError("the vault is shut"), server.url])

        def url() -> str:
            answer = next(answers)
            if isinstance(answer, str):
                return answer
            raise answer

        async with Connection(url, store, reconnect=QUICK):
            pass
    error = the(store.state, GotError)
    assert (error.error, error.message) == (
        "RuntimeError",
        "url= or headers= raised RuntimeError; expected an address and headers",
    )
    assert attempts(store.state)[0] == ["Connecting", "GotError", "JustDisconnected"]


@pytest.mark.parametrize("answer", [None, 3, b"ws://x"])
async def test_a_function_that_gives_no_address_fails_the_attempt(answer: Any) -> None:
    store = new_diary()
    with pytest.raises(ConnectionFailed, match="expected text and a mapping") as failed:
        async with Connection(lambda: answer, store, reconnect=None):
            pass
    assert failed.value.kind == "credentials"


async def test_a_function_that_never_answers_runs_out_of_the_time_of_its_attempt() -> None:
    async def url() -> str:
        await asyncio.Event().wait()
        return ""

    with pytest.raises(ConnectionFailed, match=r"no answer within 0\.01 s"):
        async with Connection(url, new_diary(), reconnect=None, attempt_timeout=0.01):
            pass


async def test_close_ends_the_asking() -> None:
    asked, store = asyncio.Event(), new_diary()

    async def url() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    connection = Connection(url, store)
    running = asyncio.ensure_future(connection.run())
    await asked.wait()
    await connection.close()
    with pytest.raises(ConnectionFailed, match="closed before it was open"):
        await running
    assert words(store.state) == ["AskedForCredentials", "Connecting", "GotError", "JustDisconnected"]


@pytest.mark.parametrize("stubborn", [False, True])
@pytest.mark.parametrize("steps", range(1, 16))
async def test_close_in_any_moment_of_the_asking_opens_nothing_that_stays(steps: int, stubborn: bool) -> None:
    async def url() -> str:
        try:
            await rounds(2)
        except asyncio.CancelledError:
            if not stubborn:
                raise
        return "ws://feed"

    store, sockets = new_diary(), FakeSockets()
    connection = Connection(url, store, make_socket=sockets.make)
    running = asyncio.ensure_future(connection.run())
    await rounds(steps)
    await until(store, Connecting) if steps == 1 else None  # it has not begun
    async with asyncio.timeout(5):
        await connection.close()
        await asyncio.wait([running])
    assert running.exception() is None or isinstance(running.exception(), ConnectionFailed)
    assert len(attempts(store.state)) == 1


@pytest.mark.looptime
async def test_an_asking_that_takes_long_to_end_has_ended_when_the_opening_fails() -> None:
    ended: list[str] = []

    async def url() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)
            ended.append("tidied up")
        return ""

    with pytest.raises(ConnectionFailed):
        async with Connection(url, new_diary(), attempt_timeout=1, open_timeout=2):
            pass
    assert ended == ["tidied up"]


async def test_cancelling_ends_the_asking_and_what_was_begun_is_said_to_be_over() -> None:
    asked, store = asyncio.Event(), new_diary()

    async def url() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    running = asyncio.ensure_future(Connection(url, store).run())
    await asked.wait()
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
    assert words(store.state) == ["AskedForCredentials", "Connecting", "GotError", "JustDisconnected"]


async def test_while_it_is_asked_where_to_connect_the_state_says_so() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    store: Store[ConnectionState] = Store(connection_state, ConnectionState())

    async def url() -> str:
        asked.set()
        await answer.wait()
        return server.url

    async with EchoServer() as server:
        running = asyncio.ensure_future(Connection(url, store).run())
        await asked.wait()
        assert (store.state.phase, store.state.attempt, store.state.url) == ("connecting", 1, "")
        answer.set()
        await store.wait_for(lambda state: state.phase == "open", timeout=10)
        running.cancel()
        await asyncio.wait([running])


async def test_headers_of_no_use_from_a_function_fail_the_attempt_and_not_the_program() -> None:
    answers = iter([{"X": "1"}, {"X": 3}, {"X": "2"}])
    seen: list[str] = []
    store = new_diary()
    async with WebSocketServer(process_request=lambda _, request: seen.append(request.headers["X"])) as server:
        headers: Any = lambda: next(answers)  # noqa: E731
        async with Connection(server.url, store, headers=headers, reconnect=QUICK):
            server.clients[0].abort()
            await store.wait_for(said(JustConnected, 2), timeout=10)
    assert seen == ["1", "2"]
    assert attempts(store.state)[1] == ["Connecting", "GotError", "JustDisconnected"]


@pytest.mark.parametrize("arguments", [{"url": 3}, {"url": "ws://x", "headers": "Authorization: secret"}])
def test_what_is_neither_a_value_nor_a_function_is_refused_without_showing_it(arguments: dict[str, Any]) -> None:
    url = arguments.pop("url")
    with pytest.raises(UsageError, match="expected") as refused:
        Connection(url, new_diary(), **arguments)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("end", ["close", "reconnect_now"])
async def test_an_address_that_comes_in_the_moment_in_which_it_is_no_longer_wanted_is_not_connected_to(
    end: str,
) -> None:
    asked: list[str] = []

    async def url() -> str:
        asked.append(server.url)
        if len(asked) == 1:
            asyncio.get_running_loop().call_soon(getattr(connection, end))
        return server.url

    store = new_diary()
    async with EchoServer() as server:
        connection = Connection(url, store, reconnect=QUICK)
        running = asyncio.create_task(connection.run())
        await until(store, JustDisconnected)
        assert attempts(store.state[:4]) == [["Connecting", "GotError", "JustDisconnected"]]
        if end == "reconnect_now":
            await until(store, JustConnected)
            await connection.close()
        await asyncio.wait([running])
    assert len(asked) == (1 if end == "close" else 2)
    assert (running.exception() is None) == (end == "reconnect_now")


async def test_close_is_bounded_although_a_function_gives_no_answer_and_does_not_end(
    reported: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "GRACE", 0.01)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def url() -> str:
        asked.set()
        while not go_on.is_set():
            with suppress(asyncio.CancelledError):
                await go_on.wait()
        return "ws://127.0.0.1:1"

    connection = Connection(url, new_diary(), attempt_timeout=None)
    running = asyncio.create_task(connection.run())
    await asked.wait()
    await connection.close()
    with pytest.raises(ConnectionFailed, match="was closed before it was open"):
        await running
    assert [type(error) for error in reported] == [TimeoutError]
    reported.clear()
    go_on.set()
