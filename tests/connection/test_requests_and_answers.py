"""Questions and their answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from socketstore import (
    Action,
    Backoff,
    Connecting,
    Connection,
    EncodeError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    Outbox,
    RequestTimeout,
    UsageError,
    Waiting,
)
from socketstore.sockets.websocket import WebSocket
from tests.connection.diary import contents, new_diary, the, until, words
from tests.connection.hearing import HearingServer

SOON = Backoff(0.001, jitter=0, healthy_after=0)


class Oracle(HearingServer):
    """Answers each question with its id, backwards if told so, and says other things in between."""

    def __init__(self, *, at_a_time: int = 1) -> None:
        super().__init__()
        self.at_a_time = at_a_time
        self._asked: list[dict[str, Any]] = []

    def answer(self, socket: WebSocket, data: str | bytes) -> None:
        self._asked.append(json.loads(data))
        if len(self._asked) == self.at_a_time:
            asked, self._asked = self._asked[::-1], []
            for question in asked:
                socket.send("news")
                socket.send(json.dumps({"id": question["id"], "result": question["ask"]}))


def question(id: int | str, ask: Any = "time") -> dict[str, Any]:
    return {"id": id, "ask": ask}


def has(id: int) -> Callable[[Any], bool]:
    return lambda content: isinstance(content, dict) and content.get("id") == id


async def test_a_request_returns_its_answer_which_nobody_else_hears_of() -> None:
    store = new_diary()
    async with Oracle() as server, Connection(server.url, store) as connection:
        answer = await connection.request(question(7), reply=has(7), timeout=10)
        assert answer == {"id": 7, "result": "time"}
        await until(store, GotMessage)
    assert contents(store.state) == ["news"]


async def test_an_id_is_enough_to_tell_the_answer() -> None:
    async with Oracle() as server, Connection(server.url, new_diary()) as connection:
        assert (await connection.request(question(7), reply=7))["result"] == "time"
        assert (await connection.request(question("seven"), reply="seven"))["result"] == "time"


async def test_an_answer_may_be_of_another_shape_than_messages() -> None:
    class News(Action):
        text: str

    store = new_diary()

    class Feed(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            for message in ('{"type":"news","text":"rain"}', '{"id":1}', b"\x00\xff", "plain"):
                socket.send(message)

    async with Feed() as server, Connection(server.url, store, messages=News) as connection:
        answers = await asyncio.gather(
            connection.request("a", reply=1),
            connection.request("b", reply=lambda content: content == b"\x00\xff"),
            connection.request("c", reply=lambda content: content == "plain"),
        )
        assert answers == [{"id": 1}, b"\x00\xff", "plain"]
    assert words(store.state)[2] == "News"


async def test_many_answers_in_any_order_find_their_requests() -> None:
    async with Oracle(at_a_time=200) as server, Connection(server.url, new_diary()) as connection:
        requests = [
            connection.request(question(number, number * number), reply=number if number % 2 else has(number))
            for number in range(200)
        ]
        answers = await asyncio.gather(*requests)
        assert [answer["result"] for answer in answers] == [number * number for number in range(200)]
        assert connection.waiting == Waiting()


async def test_one_answer_is_for_the_first_who_asked() -> None:
    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            if data == "last":
                for number in range(4):
                    socket.send(json.dumps({"id": 1, "number": number}))

    store = new_diary()
    async with Server() as server, Connection(server.url, store) as connection:
        asked = [connection.request(name, reply=reply) for name, reply in (("a", 1), ("b", bool), ("last", 1))]
        answers = await asyncio.gather(*asked)
        assert [answer["number"] for answer in answers] == [0, 1, 2]
        await until(store, GotMessage)
    assert contents(store.state) == ['{"id": 1, "number": 3}']


async def test_what_is_no_id_answers_nobody() -> None:
    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            for message in ('{"id":true}', '{"id":[1]}', '{"id":"1"}', '{"id":null}', "1", "[1]", "{}", '{"id":1}'):
                socket.send(message)

    store = new_diary()
    async with Server() as server, Connection(server.url, store) as connection:
        answer = await connection.request("x", reply=1)
        assert (answer, type(answer["id"])) == ({"id": 1}, int)
    assert len(contents(store.state)) == 7


async def test_a_request_waits_in_the_outbox_and_is_answered_after_the_open() -> None:
    store = new_diary()
    async with Oracle() as server:
        connection = Connection(server.url, store)
        asking = asyncio.create_task(connection.request(question(1), reply=1))
        await asyncio.sleep(0)
        assert connection.waiting == Waiting(messages=1, bytes=len('{"id":1,"ask":"time"}'))
        async with connection:
            assert (await asking)["id"] == 1


async def test_only_what_was_asked_can_be_answered() -> None:
    greeting = asyncio.Event()

    async def on_open(_: Connection) -> None:
        await until(store, GotMessage)
        greeting.set()

    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            socket.send('{"id":1,"to":"you"}')

    store = new_diary()
    async with Server() as server:
        server.add_listener("connection", lambda event: event.socket.send('{"id":1,"to":"another"}'))
        connection = Connection(server.url, store, on_open=on_open)
        asking = asyncio.create_task(connection.request("x", reply=1))
        async with connection:
            assert (await asking)["to"] == "you"
    assert the(store.state, GotMessage).data == '{"id":1,"to":"another"}'


async def test_on_open_may_log_in_and_what_others_ask_meanwhile_is_asked_afterwards() -> None:
    async def on_open(connection: Connection) -> None:
        logged_in.append(await connection.request(question(0, "login"), reply=0))

    logged_in: list[Any] = []
    async with Oracle() as server:
        connection = Connection(server.url, new_diary(), on_open=on_open)
        asking = asyncio.create_task(connection.request(question(1), reply=1))
        await asyncio.sleep(0)
        async with connection:
            assert [answer["result"] for answer in logged_in] == ["login"]
            await asking
        assert [json.loads(message)["id"] for message in server.all_heard] == [0, 1]


async def test_an_on_open_that_gets_no_answer_fails_the_attempt() -> None:
    async def on_open(connection: Connection) -> None:
        await connection.request("login", reply=0, timeout=0.001)

    async with HearingServer() as server:
        with pytest.raises(ConnectionError, match="on_open raised RequestTimeout: no answer to a request of 5 bytes"):
            await Connection(server.url, new_diary(), on_open=on_open, reconnect=None).run()


async def test_no_answer_in_time_is_told_and_a_late_one_is_a_message_like_any_other() -> None:
    store = new_diary()
    async with HearingServer() as server, Connection(server.url, store) as connection:
        with pytest.raises(RequestTimeout, match=r"of 1 bytes came within 0\.01 s; it was sent, and may have been"):
            await connection.request("x", reply=1, timeout=0.01)
        assert connection.waiting == Waiting()
        await server.until(1)
        server.sockets[0].send('{"id":1}')
        await until(store, GotMessage)
    assert contents(store.state) == ['{"id":1}']


@pytest.mark.looptime
async def test_the_time_in_the_outbox_counts_and_then_it_is_not_sent_any_more() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())
    with pytest.raises(RequestTimeout, match="within 30 s; it was not sent"):
        await connection.request("x", reply=1, timeout=30)
    assert connection.waiting == Waiting()


async def test_a_cancelled_request_is_forgotten_wherever_it_is() -> None:
    async with HearingServer() as server:
        connection = Connection(server.url, new_diary())
        waiting = asyncio.create_task(connection.request("waits", reply=1))
        await asyncio.sleep(0)
        waiting.cancel()
        async with connection:
            sent = asyncio.create_task(connection.request("sent", reply=1))
            assert await server.until(1) == ["sent"]
            assert connection.waiting.requests == 1
            sent.cancel()
            await asyncio.gather(waiting, sent, return_exceptions=True)
            assert connection.waiting == Waiting()
    assert (waiting.cancelled(), sent.cancelled()) == (True, True)


async def test_a_predicate_that_raises_fails_its_own_request_alone() -> None:
    class Server(HearingServer):
        def answer(self, socket: WebSocket, data: str | bytes) -> None:
            if data == "last":
                socket.send('{"event":"news"}')
                socket.send('{"id":2}')

    def stops(_: Any) -> bool:
        calls.append("stops")
        raise StopIteration

    calls: list[str] = []

    store = new_diary()
    async with Server() as server, Connection(server.url, store) as connection:
        outcomes = await asyncio.gather(
            connection.request("a", reply=lambda content: content["id"] == 1),
            connection.request("b", reply=stops),
            connection.request("c", reply=has(2)),
            connection.request("last", reply=has(2), timeout=0.01),
            return_exceptions=True,
        )
        await until(store, GotMessage)
    assert [type(outcome) for outcome in outcomes] == [UsageError, UsageError, dict, RequestTimeout]
    assert str(outcomes[0]) == "reply= raised KeyError: 'id' on {'event': 'news'}; expected True or False"
    assert isinstance(outcomes[0].__cause__, KeyError)
    assert calls == ["stops"]
    assert contents(store.state) == ['{"event":"news"}']


async def asynchronous(_: Any) -> bool:
    return True


@pytest.mark.parametrize("reply", [None, 1.5, True, [1], asynchronous], ids=["None", "1.5", "True", "[1]", "async"])
async def test_what_tells_no_answer_is_refused_before_anything_is_sent(reply: Any) -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())
    with pytest.raises(UsageError, match="got reply="):
        await connection.request("x", reply=reply)
    assert connection.waiting == Waiting()


async def test_other_arguments_that_cannot_be_meant_are_refused() -> None:
    connection = Connection("ws://127.0.0.1:1", new_diary())
    with pytest.raises(UsageError, match="got timeout='1'"):
        await connection.request("x", reply=1, timeout="1")  # type: ignore[arg-type]
    with pytest.raises(EncodeError):
        await connection.request(object(), reply=1)
    assert connection.waiting == Waiting()


async def test_a_request_is_not_dropped_for_its_age_but_when_its_own_time_is_over() -> None:
    async with Oracle() as server:
        connection = Connection(server.url, new_diary(), outbox=Outbox(ttl=0))
        asking = asyncio.create_task(connection.request(question(1), reply=1))
        await asyncio.sleep(0.001)
        async with connection:
            assert (await asking)["id"] == 1


def ignore(_: object) -> None:
    """Make no action of a message."""


async def test_an_answer_is_a_message_that_could_be_read_and_shows_that_the_connection_is_healthy() -> None:
    store = new_diary()
    backoff = Backoff(0.001, jitter=0, healthy_after="message")
    async with (
        Oracle() as server,
        Connection(server.url, store, reconnect=backoff, decode=lambda _: 1 / 0) as connection,
    ):
        for id in range(3):
            await connection.request(question(id), reply=id)
            server.sockets[-1].abort()
            await until(store, JustConnected, id + 2)
    assert {action.attempt for action in store.state if isinstance(action, Connecting)} == {1}


async def test_requests_go_on_after_a_reconnect() -> None:
    store = new_diary()
    async with Oracle() as server, Connection(server.url, store, reconnect=SOON) as connection:
        await connection.request(question(1), reply=1)
        server.sockets[0].abort()
        await until(store, JustDisconnected)
        assert (await connection.request(question(1, "again"), reply=1))["result"] == "again"
        assert sum(isinstance(action, JustConnected) for action in store.state) == 2
