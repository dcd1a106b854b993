"""How the public names are used, for the eyes of mypy and pyright; a test runs it as well.

A line with ``type: ignore`` is a mistake that the types must find: mypy complains when it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, assert_type

from typing_extensions import TypeIs

from socketstore import (
    REDACTED,
    Action,
    CloseEvent,
    Combination,
    Connection,
    ConnectionEvent,
    ConnectionState,
    Difference,
    Dispatch,
    Divergence,
    GotMessage,
    History,
    JustConnected,
    JustDisconnected,
    MessageEvent,
    Middleware,
    Moment,
    Reducer,
    Slice,
    Store,
    Unsubscribe,
    Watch,
    WebSocket,
    WebSocketServer,
    combine_reducers,
    connection_state,
    open_log,
    play,
    record,
    replay,
    verify,
)
from socketstore.testing import EchoServer


@dataclass(frozen=True, slots=True)
class Chat:
    lines: tuple[str, ...] = ()
    online: bool = False


class Said(Action):
    type: Literal["typed/said"] = "typed/said"
    text: str


def chat(state: Chat, action: object) -> Chat:
    match action:
        case JustConnected():
            return replace(state, online=True)
        case GotMessage(data=text) | Said(text=text):
            return replace(state, lines=(*state.lines, text))
        case JustDisconnected():
            return replace(state, online=False)
    return state


def a_store_is_generic_in_its_state() -> None:
    store = Store(chat, Chat())
    assert_type(store, Store[Chat])
    assert_type(store.state, Chat)
    assert_type(store.state.lines, tuple[str, ...])
    store.dispatch(Said(text="hello"))
    store.restore(Chat())
    store.replace_reducer(chat)
    with store.batch():
        store.dispatch("any value")
    store.restore("not a chat")  # type: ignore[arg-type]


def a_reducer_of_another_state_is_refused() -> None:
    def count(state: int, action: object) -> int:
        return state + 1

    reducer: Reducer[int] = count
    assert_type(Store(reducer, 0), Store[int])
    Store(chat, Chat()).replace_reducer(count)  # type: ignore[arg-type]


def a_listener_gets_the_state_or_what_select_reads_of_it(store: Store[Chat]) -> None:
    def on_state(state: Chat) -> None: ...

    def on_lines(lines: tuple[str, ...]) -> None: ...

    unsubscribe = store.subscribe(on_state)
    assert_type(unsubscribe, Callable[[], None])
    unsubscribe()
    ended: Unsubscribe = store.subscribe(on_lines, select=lambda state: state.lines)
    ended()
    store.subscribe(on_lines, select=lambda state: state.lines, equal=lambda new, old: len(new) == len(old))
    store.subscribe(on_lines)  # type: ignore[arg-type]


def subscribe_is_a_decorator(store: Store[Chat]) -> None:
    @store.subscribe
    def on_state(state: Chat) -> None: ...

    @store.subscribe(select=lambda state: state.online)
    def on_online(online: bool) -> None: ...

    assert_type(on_state, Callable[[], None])
    assert_type(on_online, Callable[[], None])


async def watch_and_wait_for_know_their_values(store: Store[Chat]) -> None:
    states = store.watch()
    assert_type(states, Watch[Chat])
    assert_type(await anext(states), Chat)
    counts = store.watch(lambda state: len(state.lines), buffer="all", limit=10)
    assert_type(counts, Watch[int])
    async for count in counts:
        assert_type(count, int)
        break
    assert_type(await store.wait_for(lambda state: not state.online, timeout=1.0), Chat)
    store.watch(buffer="some")  # type: ignore[call-overload]


async def a_loop_takes_the_calls_of_a_subscription(store: Store[Chat]) -> None:
    loop = asyncio.get_running_loop()
    store.subscribe(lambda state: None, via=loop.call_soon_threadsafe)


def is_text(action: object) -> TypeIs[str]:
    return isinstance(action, str)


def of_number(state: Chat, action: int) -> Chat:
    return state


def a_handler_gets_the_class_it_is_registered_for() -> Slice[Chat]:
    part: Slice[Chat] = Slice(Chat())
    assert_type(part.initial, Chat)

    @part.on(GotMessage)
    def got(state: Chat, action: GotMessage) -> Chat:
        return replace(state, lines=(*state.lines, action.data))

    @part.on(JustConnected, JustDisconnected)
    def changed(state: Chat, action: JustConnected | JustDisconnected) -> Chat:
        return replace(state, online=isinstance(action, JustConnected))

    @part.when(lambda action: isinstance(action, str))
    def heard(state: Chat, action: str) -> Chat:
        return replace(state, lines=(*state.lines, action))

    @part.when(is_text)
    def read(state: Chat, action: str) -> Chat:
        return replace(state, online=len(action) > 0)

    part.when(is_text)(of_number)  # type: ignore[arg-type]

    @part.otherwise
    def other(state: Chat, action: object) -> Chat:
        return state

    assert_type(part(Chat(), "a"), Chat)
    return part


def a_handler_for_another_class_is_refused(part: Slice[Chat]) -> None:
    @part.on(Said)  # type: ignore[arg-type]
    def said(state: Chat, action: GotMessage) -> Chat:
        return state


@dataclass(frozen=True)
class App:
    chat: Chat = field(default_factory=Chat)
    connection: ConnectionState = field(default_factory=ConnectionState)


def a_combination_is_a_reducer_of_the_whole_state() -> None:
    app = combine_reducers(App, chat=chat, connection=connection_state)
    assert_type(app(App(), "a"), App)
    assert_type(app.initial, App)
    store = Store(app, App())
    assert_type(store.state.connection.epoch, int)
    mapping = combine_reducers(chat=chat)
    assert_type(mapping.with_reducer("other", chat), Combination[Mapping[str, Any]])
    assert_type(store.reducer, Reducer[App])
    assert_type(mapping({"chat": Chat()}, "a"), Mapping[str, Any])


def logged(store: Store[Chat], next: Dispatch) -> Dispatch:
    def dispatch(action: Any) -> Any:
        assert_type(store.state, Chat)
        return next(action)

    return dispatch


def middleware_is_a_function_of_the_store_and_next() -> None:
    layer: Middleware[Chat] = logged
    assert_type(Store(chat, Chat(), middleware=[layer, logged]), Store[Chat])


def actions_are_typed_models() -> None:
    action = Said(text="hello")
    assert_type(action.to_json(), str)
    assert_type(Said.from_json(action.to_json()), Said)
    assert_type(Action.from_json(b'{"type":"typed/said","text":"hello"}'), Action)
    Said(text=7)  # type: ignore[arg-type]


async def events_are_typed(url: str) -> None:
    socket = WebSocket(url)

    @socket.on("message")
    def got(event: MessageEvent) -> None:
        assert_type(event.data, str | bytes)
        socket.close(1000, "enough")

    @socket.on("close")
    async def closed(event: CloseEvent) -> None:
        assert_type((event.code, event.reason, event.clean), tuple[int, str, bool])

    def wrong(event: CloseEvent) -> None: ...

    socket.add_listener("open", lambda event: socket.send(event.url), once=True)
    socket.add_listener("message", wrong)  # type: ignore[call-overload]
    socket.remove_listener("message", wrong)
    async with socket:
        await socket.wait_closed()


def a_server_hands_out_sockets() -> None:
    server = WebSocketServer("127.0.0.1", 0)

    @server.on("connection")
    def connected(event: ConnectionEvent) -> None:
        assert_type(event.socket, WebSocket)


async def a_store_is_a_context(store: Store[Chat]) -> None:
    async with store as entered:
        assert_type(entered, Store[Chat])
    with store as entered:
        assert_type(entered, Store[Chat])


async def a_connection_feeds_a_store(url: str, log_path: Path) -> None:
    with open_log(log_path, mode="x", redact=[*REDACTED, "pin"]) as log:
        recorder = record(log, on_error="detach", digest_every=100)
        store = Store(chat, Chat(), middleware=[recorder])
        assert_type(recorder.detached, Exception | None)
        async with Connection(url, store, name="chat", reconnect=None, log=log) as connection:
            assert_type(connection, Connection)
            await connection.send("I am LEGENDARY!")
            state = await store.wait_for(lambda state: len(state.lines) >= 1, timeout=5)
            assert_type(state, Chat)
    with open_log(log_path) as log:
        assert_type(replay(log, chat, Chat()), Chat)
        assert_type(replay(log, chat, Chat(), until=3, from_snapshot=True), Chat)
        assert_type(verify(log, chat, Chat()), Divergence | None)
        history = History(log, chat, Chat())
        assert_type(history.at(1), Chat)
        assert_type(history.first(lambda state: state.online), Moment[Chat] | None)
        assert_type(history[1], Moment[Chat])
        assert_type(history[1:3], list[Moment[Chat]])
        assert_type(history.diff(0, 1), list[Difference])
        assert_type(await play(log, Store(chat, Chat()), speed=10, max_gap=1.0), int)


async def main(folder: Path) -> None:
    """Run what is here, mistakes included, for they are only mistakes of types."""
    a_store_is_generic_in_its_state()
    a_reducer_of_another_state_is_refused()
    store = Store(chat, Chat())
    a_listener_gets_the_state_or_what_select_reads_of_it(store)
    subscribe_is_a_decorator(store)
    await a_loop_takes_the_calls_of_a_subscription(store)
    a_handler_for_another_class_is_refused(a_handler_gets_the_class_it_is_registered_for())
    a_combination_is_a_reducer_of_the_whole_state()
    middleware_is_a_function_of_the_store_and_next()
    a_server_hands_out_sockets()
    await a_store_is_a_context(store)
    async with EchoServer() as server:
        await events_are_typed(server.url)
        await a_connection_feeds_a_store(server.url, folder / "chat.jsonl")
