"""What a test does with fake sockets: answers, messages, ends, and what it is told when it errs."""

from __future__ import annotations

import asyncio
import socket as sockets_of_the_system
import ssl

import pytest

from socketstore import (
    Backoff,
    Connection,
    ConnectionFailed,
    EncodeError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    MessageEvent,
    NotOpen,
    ReadyState,
    ScriptFailed,
    UsageError,
)
from socketstore.testing import FakeSocket, FakeSockets
from tests.connection.diary import contents, new_diary, the, until, words
from tests.sockets.peers import Ear

AT_ONCE = Backoff(initial=0.0)


def nothing(socket: FakeSocket) -> None:
    """Leave the answer to the test."""


async def test_what_is_received_has_been_dispatched_when_it_was_awaited_and_one_read_is_one_notification() -> None:
    store, sockets = new_diary(), FakeSockets()
    async with Connection("ws://feed", store, make_socket=sockets.make):
        socket = await sockets.next()
        told: list[int] = []
        store.subscribe(lambda diary: told.append(len(diary)))
        await socket.receive("a", b"b", {"c": 3})
        assert contents(store.state) == ["a", b"b", '{"c":3}']
        await socket.receive("d")
        assert len(told) == 2


async def test_what_the_program_sends_is_there_at_once_and_can_be_waited_for() -> None:
    store, sockets = new_diary(), FakeSockets()
    async with Connection("ws://feed", store, make_socket=sockets.make) as connection:
        socket = await sockets.next()
        connection.send("one")
        assert socket.sent == ["one"]
        assert await socket.next_sent() == "one"
        waiting = asyncio.ensure_future(socket.next_sent())
        await asyncio.sleep(0)
        await connection.send(b"two")
        assert await waiting == b"two"
    assert socket.sent == ["one", b"two"]
    assert socket.farewell == (1000, "")


async def test_waiting_for_what_a_program_that_has_left_sends_fails_the_test() -> None:
    sockets = FakeSockets()
    async with Connection("ws://feed", new_diary(), make_socket=sockets.make) as connection:
        await connection.send("last")
        socket = await sockets.next()
        await connection.close(4000, "enough")
        assert await socket.next_sent() == "last"
        with pytest.raises(ScriptFailed, match=r"closed it \(4000 enough\); expected another message .* \['last'\]"):
            await socket.next_sent()


async def test_each_attempt_has_its_socket_and_each_is_handed_out_once() -> None:
    store, sockets = new_diary(), FakeSockets()
    async with Connection("ws://feed", store, make_socket=sockets.make, reconnect=AT_ONCE):
        first = await sockets.next()
        await first.end(1012, "restart")
        second = await sockets.next()
        await second.cut()
        third = await sockets.next()
        await until(store, JustConnected, 3)
        assert sockets.all == [first, second, third]
        assert [socket.ready_state for socket in sockets.all] == [ReadyState.CLOSED, ReadyState.CLOSED, ReadyState.OPEN]
    codes = [action.code for action in store.state if isinstance(action, JustDisconnected)]
    assert codes == [1012, 1006, 1000]


async def test_the_test_may_answer_later() -> None:
    store, sockets = new_diary(), FakeSockets(nothing)

    async def connect() -> None:
        async with Connection("ws://feed", store, make_socket=sockets.make, headers={"X-Key": "1"}):
            pass

    connecting = asyncio.create_task(connect())
    socket = await sockets.next()
    assert socket.request is None
    assert socket.options["headers"] == {"X-Key": "1"}
    assert words(store.state) == ["Connecting"]
    await socket.accept("hello", headers={"X-Server": "fake"})
    assert socket.request is not None
    assert socket.request.headers["X-Key"] == "1"
    await connecting
    assert words(store.state) == ["Connecting", "JustConnected", "GotMessage", "JustDisconnected"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "refused"),
        (sockets_of_the_system.gaierror(-2, "Name or service not known"), "dns"),
        (ssl.SSLCertVerificationError("certificate verify failed"), "tls"),
        (OSError(101, "Network is unreachable"), "network"),
        (None, "network"),
    ],
)
async def test_whatever_keeps_a_program_from_connecting(error: Exception | None, kind: str) -> None:
    sockets = FakeSockets(lambda socket: socket.fail(error))
    with pytest.raises(ConnectionFailed) as failed:
        await Connection("ws://feed", new_diary(), make_socket=sockets.make, reconnect=None).run()
    assert failed.value.kind == kind


async def test_a_redirect_is_followed_to_another_answer() -> None:
    def answer(socket: FakeSocket) -> None:
        if not asked:
            socket.refuse(302, headers={"Location": "ws://elsewhere/feed"})
        else:
            socket.accept("here")
        asked.append(socket)

    asked: list[FakeSocket] = []
    sockets = FakeSockets(answer)
    socket = sockets.make("ws://127.0.0.1/")
    ear = Ear(socket)
    with pytest.warns(match="elsewhere"):
        await socket.open()
    assert asked == [socket, socket]
    assert await sockets.next() is socket
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await sockets.next()  # it was one attempt
    assert socket.request is not None
    assert (socket.request.path, socket.request.headers["Host"]) == ("/feed", "elsewhere")
    assert (await ear.next(MessageEvent)).data == "here"
    await socket.close()


async def test_bytes_may_come_in_any_pieces() -> None:
    store, sockets = new_diary(), FakeSockets()
    async with Connection("ws://feed", store, make_socket=sockets.make):
        socket = await sockets.next()
        for byte in b"\x81\x05Hello":
            socket.receive_raw(bytes([byte]))
        assert the(await until(store, GotMessage), GotMessage).data == "Hello"


async def test_a_server_that_hangs_takes_what_was_sent_when_it_goes_on() -> None:
    store, sockets = new_diary(), FakeSockets()
    async with Connection("ws://feed", store, make_socket=sockets.make) as connection:
        socket = await sockets.next()
        socket.freeze()
        sent = asyncio.ensure_future(connection.send("x" * 200_000))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (socket.sent, sent.done(), socket.buffered_amount > 200_000) == ([], False, True)
        socket.thaw()
        await sent
        assert (len(socket.sent[0]), socket.buffered_amount) == (200_000, 0)


async def test_no_program_is_left_waiting_for_a_message_that_its_end_has_overtaken() -> None:
    sockets = FakeSockets()
    async with Connection("ws://feed", new_diary(), make_socket=sockets.make, reconnect=None):
        socket = await sockets.next()
        socket.receive_raw(b"\x83\x00")  # fails the socket: what stands behind is not heard
        await socket.receive("never heard")
        assert socket.ready_state is ReadyState.CLOSED


async def test_what_the_test_gets_wrong_is_refused() -> None:
    sockets = FakeSockets(nothing)
    socket = sockets.make("ws://feed")
    with pytest.raises(NotOpen, match=r"expected accept\(\) first"):
        socket.receive("too soon")
    with pytest.raises(EncodeError):
        socket.accept(object())
    with pytest.raises(UsageError, match="expected an HTTP status other than 101"):
        socket.refuse(101)
    socket.accept()
    for again in (socket.accept, socket.refuse):
        with pytest.raises(UsageError, match="expected one answer to each handshake"):
            again()
    await socket.open()
    with pytest.raises(UsageError, match="expected 1000, or 3000 to 4999"):
        socket.end(1006)
    await socket.close()
    with pytest.raises(NotOpen, match="a program that is there"):
        socket.receive("too late")


async def test_what_was_put_off_and_cannot_be_done_is_reported_and_ends_the_line(
    reported: list[BaseException | str],
) -> None:
    sockets = FakeSockets(lambda socket: socket.accept(subprotocol="v9"))
    with pytest.raises(ConnectionFailed):
        await Connection("ws://feed", new_diary(), make_socket=sockets.make, reconnect=None, subprotocols=["v1"]).run()
    assert isinstance(reported[0], UsageError)
    assert "expected one that the client offers, which is v1" in str(reported[0])
    reported.clear()
