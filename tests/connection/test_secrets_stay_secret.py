"""A whole life of a connection with secrets in every place, and none of them anywhere to be seen."""

from __future__ import annotations

import asyncio
import logging
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socketstore import (
    Backoff,
    Connection,
    ConnectionFailed,
    GotError,
    GotMessage,
    JustConnected,
    JustDisconnected,
    Store,
    WebSocketServer,
    open_log,
    record,
)
from socketstore.sockets.insecure import forget_warnings
from tests.connection.diary import new_diary, said, until, write_down
from tests.sockets.peers import Peer, closing, raw_server, switching_protocols

PASSWORD = "hunter2hunter"  # noqa: S105
QUERY = "tr0ub4dor-and-3"
PERCENT = "sw0rd%66ish%2B1"
PLAIN_PERCENT = "sw0rdfish+1"
BEARER = "open-sesame-9"
API_KEY = "abracadabra7"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N"
PATH = "eyJraWQiOiI3In0.eyJzdWIiOiIyIn0.Zm9yZXZlcmFuZGV2ZXI"
SECRETS = (PASSWORD, QUERY, PERCENT, PLAIN_PERCENT, BEARER, API_KEY, JWT, PATH)

HEADERS = {"Authorization": f"Bearer {BEARER}", "X-Api-Key": API_KEY}


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[list[Any]]:
    """What is to be searched for secrets at the end of the test; the log, warnings and reports are in it."""
    caplog.set_level(logging.DEBUG)
    seen: list[Any] = []
    forget_warnings()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        yield seen
    formatter = logging.Formatter("%(name)s %(message)s")
    texts = [str(one) for one in seen]
    texts += [str(warning.message) for warning in warned]
    texts += [formatter.format(log) for log in caplog.get_records("call")]
    assert texts
    found = [(secret, text) for text in texts for secret in SECRETS if secret in text]
    assert found == []


def secret_url(url: str) -> str:
    return url.replace("ws://", f"ws://me:{PASSWORD}@") + f"/feed/{PATH}/x?apiKey={QUERY}&sig={PERCENT}&symbol=ABC"


def shown(action: Any) -> str:
    return f"{action!r} {action.model_dump_json()}"


async def test_a_life_from_login_to_close(
    everything: list[Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log = open_log(str(tmp_path / "session.jsonl"), mode="w")
    store = Store(write_down, (), middleware=[record(log)])
    async with WebSocketServer(subprotocols=[JWT]) as server:
        server.add_listener("connection", lambda event: everything.extend([event, event.socket, server]))
        server.add_listener("headers", everything.append)
        connection = Connection(secret_url(server.url), store, headers=HEADERS, subprotocols=["chat", JWT])
        everything.append(connection)
        async with connection:
            server.broadcast("hello")
            await until(store, GotMessage)
            everything += [connection, connection._supervisor and connection._supervisor.socket]
    log.close()
    everything += [*map(shown, store.state), connection, (tmp_path / "session.jsonl").read_text()]
    assert "symbol=ABC" in str(everything)
    assert "< Authorization: ***" in caplog.messages


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_a_server_that_repeats_them_in_its_refusal(everything: list[Any], status: int) -> None:
    async def refuse(peer: Peer) -> None:
        request = await peer.request()
        body = request + PATH.encode() + PASSWORD.encode()
        head = f"HTTP/1.1 {status} {BEARER}\r\nX-You-Said: {API_KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
        peer.write(head.encode(), body)

    await fails(everything, refuse)


@pytest.mark.parametrize(
    "answer",
    [
        f"HTTP/1.1 101 x\r\nUpgrade: {API_KEY}\r\nConnection: Upgrade\r\n\r\n",
        f"HTTP/1.1 101 x\r\nUpgrade: {PLAIN_PERCENT}\r\n{BEARER}\r\n\r\n",
        f"SMTP {BEARER} {API_KEY} {QUERY}\r\n\r\n",
        f"HTTP/1.1 302 x\r\nLocation: ftp://me:{PASSWORD}@127.0.0.1/{API_KEY}?x={QUERY}\r\n\r\n",
        f"HTTP/1.1 {BEARER} x\r\n\r\n",
        f"HTTP/1.1 503 x\r\nRetry-After: {QUERY}\r\n\r\n",
    ],
)
async def test_a_server_that_repeats_them_in_nonsense(everything: list[Any], answer: str) -> None:
    async def talk_nonsense(peer: Peer) -> None:
        await peer.request()
        peer.write(answer.encode())

    await fails(everything, talk_nonsense)


async def fails(everything: list[Any], behave: Any) -> None:
    store = new_diary()
    async with raw_server(behave) as url:
        connection = Connection(secret_url(url), store, headers=HEADERS, subprotocols=[JWT], reconnect=None)
        with pytest.raises(ConnectionFailed) as failed:
            async with connection:
                pass
    error = failed.value
    everything += [*map(shown, store.state), connection, repr(error), vars(error), error.url]
    everything += ["".join(traceback.format_exception(error))]


async def test_a_server_that_repeats_them_as_it_closes(everything: list[Any]) -> None:
    reason = f"no {BEARER} {API_KEY} {PLAIN_PERCENT} {QUERY}"

    async def close(peer: Peer) -> None:
        request = await peer.request()
        answer = switching_protocols(request)[:-2] + f"Sec-WebSocket-Protocol: {JWT}\r\n\r\n".encode()
        peer.write(answer, closing(4001, reason))
        await peer.until_closing()

    store = new_diary()
    async with raw_server(close) as url:
        connection = Connection(secret_url(url), store, headers=HEADERS, subprotocols=[JWT], retry=lambda _: False)
        async with connection:
            await connection.wait_closed()
    (end,) = (action for action in store.state if isinstance(action, JustDisconnected))
    assert end.reason == "no *** *** *** ***"
    everything += [*map(shown, store.state), connection, repr(connection.failure)]


@pytest.mark.parametrize(
    "url", ["ws://{}:99999/", "ws://me:{}@[::1/", "{}", "ws://me:{}@\u2100/", "wss://me:{}@h:x/", "ht\ntp://{}@h"]
)
async def test_addresses_that_are_none(everything: list[Any], url: str) -> None:
    secret = f"me:{PASSWORD}@h" if url == "{}" else PASSWORD
    secret = f"me:{PASSWORD}" if "{}@h" in url and "me" not in url else secret
    store = new_diary()
    connection = Connection(url.format(secret) if "{}:9" not in url else f"ws://me:{PASSWORD}@h:99999/", store)
    with pytest.raises(ConnectionFailed) as failed:
        async with connection:
            pass
    everything += [*map(shown, store.state), connection, "".join(traceback.format_exception(failed.value))]


async def test_functions_that_give_them_and_raise_with_them(everything: list[Any]) -> None:
    def vault() -> str:
        raise LookupError(f"no entry for token={QUERY} in https://me:{PASSWORD}@vault/?key={API_KEY}")

    store = new_diary()
    connection = Connection(vault, store, reconnect=None)
    with pytest.raises(ConnectionFailed) as failed:
        async with connection:
            pass
    everything += [*map(shown, store.state), connection, failed.value, repr(failed.value.__cause__)]
    assert [action for action in store.state if isinstance(action, GotError)]


async def test_an_attempt_after_the_other_with_fresh_ones(everything: list[Any]) -> None:
    store = new_diary()
    async with WebSocketServer() as server:
        connection = Connection(
            lambda: secret_url(server.url), store, headers=lambda: HEADERS, reconnect=Backoff(0.001, jitter=0)
        )
        async with connection:
            server.clients[0].abort()
            await store.wait_for(said(JustConnected, 2), timeout=10)
            everything.append(connection)
    everything += map(shown, store.state)


@pytest.mark.only_websockets("proxies are refused")
async def test_a_proxy_that_is_not_there(everything: list[Any]) -> None:
    store = new_diary()
    connection = Connection(
        "wss://192.0.2.1/", store, proxy=f"http://me:{PASSWORD}@127.0.0.1:1", reconnect=None, open_timeout=5
    )
    with pytest.raises(ConnectionFailed) as failed:
        async with connection:
            pass
    everything += [*map(shown, store.state), connection, "".join(traceback.format_exception(failed.value))]


async def test_usage_errors_of_all_kinds(everything: list[Any]) -> None:
    async def raised(**options: Any) -> None:
        async with WebSocketServer() as server:
            try:
                async with Connection(secret_url(server.url), new_diary(), reconnect=None, **options):
                    pass
            except (TypeError, OSError) as error:
                everything.append("".join(traceback.format_exception(error)))
            await asyncio.sleep(0)

    await raised(headers={"Authorization": f"Bearer {BEARER}\n"})
    await raised(headers={"X-Api-Key": API_KEY.encode()})
    await raised(colour="red")
    await raised(subprotocols=[f"{JWT} x"])
    await raised(subprotocols=JWT)
    assert len(everything) == 5


async def test_what_on_open_raises_may_name_them(everything: list[Any], reported: list[BaseException | str]) -> None:
    def login(_: Connection) -> None:
        message = f"{API_KEY} is no good at https://h/login?token={QUERY}"
        raise PermissionError(message)

    store = new_diary()
    async with WebSocketServer() as server:
        with pytest.raises(ConnectionFailed, match=r"on_open raised PermissionError: .* is no good at") as failed:
            async with Connection(server.url, store, headers=HEADERS, on_open=login, reconnect=None):
                pass
    everything += [*store.state, *traceback.format_exception(failed.value), *reported]
