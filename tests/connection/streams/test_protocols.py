"""Protocols of exchanges, a feed and a log, each in a few lines, against small imitations of their servers."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from zlib import crc32

from immutables import Map

from socketstore import (
    Acknowledged,
    Action,
    Backoff,
    Checksum,
    Connection,
    ConnectionEvent,
    ConnectionState,
    Follows,
    GapDetected,
    MessageEvent,
    MessageRejected,
    NumbersPerConnection,
    Ordering,
    Refused,
    Resync,
    Silence,
    Store,
    Streams,
    Subscriptions,
    Verdict,
    WebSocketServer,
    combine_reducers,
    connection_state,
)
from tests.connection.diary import write_down

SYMBOLS = ("BTC", "ETH")


class Book(Action):
    symbol: str
    sizes: dict[str, float]
    checksum: int | None = None


class Change(Action):
    symbol: str
    sizes: dict[str, float]
    checksum: int | None = None


def books(state: Map[str, dict[str, float]], action: object) -> Map[str, dict[str, float]]:
    match action:
        case Book():
            return state.set(action.symbol, action.sizes)
        case Change():
            return state.set(action.symbol, state[action.symbol] | action.sizes)
    return state


def new_store(wanted: tuple[str, ...] = SYMBOLS) -> Store[Any]:
    reducer = combine_reducers(books=books, link=connection_state, diary=write_down, wanted=lambda state, _: state)
    return Store(reducer, {"books": Map(), "link": ConnectionState(), "diary": (), "wanted": wanted})


async def resubscribe(request: Resync) -> None:
    """Ask for another snapshot; that of a new subscription comes by itself."""
    if request.cause not in ("new", "reopened") or request.attempt > 1:
        await request.connection.resubscribe(request.stream)


def books_in(detect: Any) -> Streams:
    return Streams(
        of=lambda action: action.symbol if isinstance(action, (Book, Change)) else None,
        detect=detect,
        snapshot=lambda action: "here" if isinstance(action, Book) else None,
        resync=resubscribe,
    )


class Exchange(WebSocketServer):
    """Keeps the true books, and loses what it is told to lose."""

    def __init__(self, answer: Callable[[Exchange, Any], None]) -> None:
        super().__init__()
        self.books: dict[str, dict[str, float]] = {symbol: {"1": 1.0, "2": 2.0} for symbol in SYMBOLS}
        self.numbers = count()
        self.channels: dict[str, int] = {}
        self.fresh = count(100)
        self._answer = answer
        self.add_listener("connection", self._welcome)

    def send(self, message: Any) -> None:
        self.clients[-1].send(json.dumps(message))

    def _welcome(self, event: ConnectionEvent) -> None:
        self.numbers, self.channels = count(), {}
        event.socket.add_listener("message", lambda message: self._answer(self, json.loads(message.data)))


async def until_live_and_right(store: Store[Any], server: Exchange, *, epoch: int = 1) -> None:
    def is_right(state: Any) -> bool:
        phases = {name: stream.phase for name, stream in state["link"].streams.items()}
        return (
            state["link"].epoch == epoch
            and phases == dict.fromkeys(SYMBOLS, "live")
            and dict(state["books"].items()) == server.books
        )

    await store.wait_for(is_right, timeout=20)


def gaps(store: Store[Any]) -> list[str]:
    assert not [action for action in store.state["diary"] if isinstance(action, MessageRejected)]
    return [action.stream for action in store.state["diary"] if isinstance(action, GapDetected)]


# Coinbase: one sequence of numbers over all that a socket brings, answers included; snapshots come when subscribed.


def coinbase_says(server: Exchange, channel: str, *events: Any, lost: bool = False) -> None:
    message = {"channel": channel, "sequence_num": next(server.numbers), "events": events}
    if not lost:
        server.send(message)


def coinbase_change(server: Exchange, symbol: str, price: str, *, lost: bool = False) -> None:
    server.books[symbol][price] = float(price)
    update = {"type": "update", "product_id": symbol, "updates": {price: float(price)}}
    coinbase_says(server, "l2_data", update, lost=lost)


def coinbase_answer(server: Exchange, request: Any) -> None:
    for symbol in request["product_ids"] if request["type"] == "subscribe" else ():
        coinbase_says(server, "l2_data", {"type": "snapshot", "product_id": symbol, "updates": server.books[symbol]})
    coinbase_says(server, "subscriptions", {"subscriptions": {"level2": request["product_ids"]}})


def coinbase_decode(event: MessageEvent) -> list[Action]:
    kinds = {"snapshot": Book, "update": Change}
    events = json.loads(event.data)["events"]
    return [kinds[each["type"]](symbol=each["product_id"], sizes=each["updates"]) for each in events]


def coinbase_acknowledged(content: Any) -> Acknowledged | None:
    match content:
        case {"channel": "subscriptions", "events": [{"subscriptions": {"level2": keys}}]}:
            return Acknowledged(*keys)
    return None


async def test_coinbase() -> None:
    store, subscriptions = (
        new_store(),
        Subscriptions[Any](
            select=lambda state: state["wanted"],
            subscribe=lambda keys: {"type": "subscribe", "product_ids": keys, "channel": "level2"},
            unsubscribe=lambda keys: {"type": "unsubscribe", "product_ids": keys, "channel": "level2"},
            acknowledged=coinbase_acknowledged,
        ),
    )
    streams = books_in(NumbersPerConnection(lambda content: content["sequence_num"], start=0))
    async with (
        Exchange(coinbase_answer) as server,
        Connection(
            server.url,
            store,
            decode=coinbase_decode,
            subscriptions=subscriptions,
            streams=streams,
            reconnect=Backoff(0.001, jitter=0),
        ),
    ):
        await until_live_and_right(store, server)
        await store.wait_for(lambda state: state["link"].subscribed == set(SYMBOLS), timeout=20)
        coinbase_change(server, "BTC", "3")
        await until_live_and_right(store, server)
        assert gaps(store) == []
        coinbase_change(server, "BTC", "4", lost=True)
        coinbase_change(server, "ETH", "5")
        await until_live_and_right(store, server)
        assert sorted(gaps(store)) == ["BTC", "ETH"]  # nothing tells of which one it was
        server.clients[-1].abort()
        await until_live_and_right(store, server, epoch=2)
    assert len(gaps(store)) == 2


# Kraken: each change of a book bears a checksum of what the book must be.


def checksum(sizes: dict[str, float]) -> int:
    return crc32(json.dumps(sorted(sizes.items())).encode())


def kraken_says(server: Exchange, kind: str, symbol: str, sizes: dict[str, float], *, lost: bool = False) -> None:
    server.books[symbol].update(sizes)
    data = {"symbol": symbol, "sizes": sizes, "checksum": checksum(server.books[symbol])}
    if not lost:
        server.send({"channel": "book", "type": kind, "data": [data]})


def kraken_answer(server: Exchange, request: Any) -> None:
    for symbol in request["params"]["symbol"]:
        if symbol not in SYMBOLS:
            server.send({"method": request["method"], "success": False, "error": "not supported", "symbol": symbol})
            continue
        server.send({"method": request["method"], "success": True, "result": {"symbol": symbol}})
        if request["method"] == "subscribe":
            kraken_says(server, "snapshot", symbol, server.books[symbol])


def kraken_acknowledged(content: Any) -> Acknowledged | Refused | None:
    match content:
        case {"method": "subscribe", "success": True, "result": {"symbol": symbol}}:
            return Acknowledged(symbol)
        case {"method": "subscribe", "error": reason, "symbol": symbol}:
            return Refused(symbol, reason=reason)
        case {"method": "unsubscribe"}:
            return Acknowledged()
    return None


def kraken_decode(event: MessageEvent) -> Action:
    match json.loads(event.data):
        case {"type": "snapshot", "data": [fields]}:
            return Book(**fields)
        case {"data": [fields]}:
            return Change(**fields)
    raise ValueError(event.data)


async def test_kraken() -> None:
    store, subscriptions = (
        new_store((*SYMBOLS, "DOGE")),
        Subscriptions[Any](
            select=lambda state: state["wanted"],
            subscribe=lambda keys: {"method": "subscribe", "params": {"channel": "book", "symbol": keys}},
            unsubscribe=lambda keys: {"method": "unsubscribe", "params": {"channel": "book", "symbol": keys}},
            acknowledged=kraken_acknowledged,
        ),
    )
    streams = books_in(Checksum(lambda action: action.checksum, lambda state, name: checksum(state["books"][name])))
    async with (
        Exchange(kraken_answer) as server,
        Connection(server.url, store, decode=kraken_decode, subscriptions=subscriptions, streams=streams),
    ):
        await until_live_and_right(store, server)
        await store.wait_for(lambda state: dict(state["link"].refused) == {"DOGE": "not supported"}, timeout=20)
        kraken_says(server, "update", "BTC", {"3": 3.0})
        kraken_says(server, "update", "BTC", {"4": 4.0}, lost=True)
        kraken_says(server, "update", "BTC", {"5": 5.0})
        kraken_says(server, "update", "ETH", {"6": 6.0})
        await until_live_and_right(store, server)
    assert gaps(store) == ["BTC"]


# Bitfinex: channels have numbers, other ones on each socket; data bear a sequence number, events do not.


def bitfinex_says(server: Exchange, symbol: str, content: Any, *, lost: bool = False) -> None:
    message = [server.channels[symbol], content, next(server.numbers)]
    if not lost:
        server.send(message)


def bitfinex_answer(server: Exchange, request: Any) -> None:
    if request["event"] == "unsubscribe":
        server.send({"event": "unsubscribed", "status": "OK", "chanId": request["chanId"]})
        return
    symbol = request["symbol"]
    server.channels[symbol] = channel = next(server.fresh)
    server.send({"event": "subscribed", "chanId": channel, "symbol": symbol})
    bitfinex_says(server, symbol, [[price, size] for price, size in server.books[symbol].items()])


class Bitfinex:
    """Knows the channels of the socket at hand."""

    def __init__(self) -> None:
        self.symbols: dict[int, str] = {}
        self.channels: dict[str, int] = {}

    def subscriptions(self) -> Subscriptions[Any]:
        return Subscriptions(
            select=lambda state: state["wanted"],
            subscribe=lambda keys: {"event": "subscribe", "channel": "book", "symbol": keys[0]},
            unsubscribe=lambda keys: {"event": "unsubscribe", "chanId": self.channels[keys[0]]},
            acknowledged=self.acknowledged,
            batch=1,
        )

    def acknowledged(self, content: Any) -> Acknowledged | None:
        match content:
            case {"event": "subscribed", "chanId": channel, "symbol": symbol}:
                self.symbols[channel], self.channels[symbol] = symbol, channel
                return Acknowledged(symbol)
            case {"event": "unsubscribed"}:
                return Acknowledged()
        return None

    def decode(self, event: MessageEvent) -> Action | None:
        match json.loads(event.data):
            case [channel, [[_, _], *_] as levels, _]:
                return Book(symbol=self.symbols[channel], sizes=dict(levels))
            case [channel, [price, size], _]:
                return Change(symbol=self.symbols[channel], sizes={price: size})
        return None  # "hb": it is counted all the same


async def test_bitfinex() -> None:
    store, bitfinex = new_store(), Bitfinex()
    numbers = NumbersPerConnection(lambda content: content[-1] if isinstance(content, list) else None, start=0)
    async with (
        Exchange(bitfinex_answer) as server,
        Connection(
            server.url,
            store,
            decode=bitfinex.decode,
            subscriptions=bitfinex.subscriptions(),
            streams=books_in(numbers),
            reconnect=Backoff(0.001, jitter=0),
        ),
    ):
        await until_live_and_right(store, server)
        bitfinex_says(server, "BTC", "hb")
        server.books["BTC"]["7"] = 7.0
        bitfinex_says(server, "BTC", ["7", 7.0])
        await until_live_and_right(store, server)
        assert gaps(store) == []
        server.books["BTC"]["8"] = 8.0
        bitfinex_says(server, "BTC", ["8", 8.0], lost=True)
        bitfinex_says(server, "ETH", "hb")
        await until_live_and_right(store, server)
        assert sorted(gaps(store)) == ["BTC", "ETH"]
        server.clients[-1].abort()
        await until_live_and_right(store, server, epoch=2)
    assert len(gaps(store)) == 2


# dxFeed: a snapshot of several messages, from a flag on the first to a flag on the last; then changes.


def dxfeed_answer(server: Exchange, request: Any) -> None:
    for symbol in [entry["symbol"] for entry in request.get("add", ())]:
        prices = list(server.books[symbol])
        for price in prices:
            flags = ["SNAPSHOT_BEGIN"] * (price == prices[0]) + ["SNAPSHOT_END"] * (price == prices[-1])
            server.send({"symbol": symbol, "price": price, "size": server.books[symbol][price], "flags": flags})


def dxfeed_decoder() -> Callable[[MessageEvent], Action | None]:
    parts: dict[str, dict[str, float]] = {}

    def decode(event: MessageEvent) -> Action | None:
        order = json.loads(event.data)
        symbol, size = order["symbol"], {order["price"]: order["size"]}
        if "SNAPSHOT_BEGIN" in order["flags"]:  # also after a socket that closed in the midst of one
            parts[symbol] = {}
        if symbol not in parts:
            return Change(symbol=symbol, sizes=size)
        parts[symbol] |= size
        return Book(symbol=symbol, sizes=parts.pop(symbol)) if "SNAPSHOT_END" in order["flags"] else None

    return decode


async def test_dxfeed() -> None:
    store, subscriptions = (
        new_store(),
        Subscriptions[Any](
            select=lambda state: state["wanted"],
            subscribe=lambda keys: {"add": [{"type": "Order", "symbol": key} for key in keys]},
            unsubscribe=lambda keys: {"remove": [{"type": "Order", "symbol": key} for key in keys]},
        ),
    )
    streams = books_in(Silence(60))
    async with (
        Exchange(dxfeed_answer) as server,
        Connection(
            server.url,
            store,
            decode=dxfeed_decoder(),
            subscriptions=subscriptions,
            streams=streams,
            reconnect=Backoff(0.001, jitter=0),
        ),
    ):
        await until_live_and_right(store, server)
        server.books["BTC"]["3"] = 3.0
        server.send({"symbol": "BTC", "price": "3", "size": 3.0, "flags": []})
        await until_live_and_right(store, server)
        server.books["ETH"]["4"] = 4.0
        server.clients[-1].abort()
        await until_live_and_right(store, server, epoch=2)
    assert gaps(store) == []


# A log whose cursors mean nothing but to its server, which goes on behind the one that it is told.


class Entry(Action):
    log: str
    cursor: str


class Cursors(Ordering):
    """No cursor tells what comes before or after it."""

    sorted = False

    def position(self, message: Any) -> str:
        return str(message.cursor)

    def check(self, position: Any, message: Any) -> Verdict:
        return Follows(message.cursor)


async def say_where(connection: Connection) -> None:
    await connection.send(connection.cursors.get("log", ""))


async def test_a_log_with_cursors() -> None:
    cursors, sent = [f"{number * 7919 % 1009:x}" for number in range(40)], count(10, 10)
    server = WebSocketServer()

    @server.on("connection")
    def welcome(event: ConnectionEvent) -> None:
        @event.socket.on("message")
        def go_on(message: MessageEvent) -> None:
            begin = cursors.index(message.data) + 1 if message.data else 0
            for cursor in cursors[begin : next(sent)]:
                event.socket.send(Entry(log="log", cursor=cursor).to_json())

    def entries(state: tuple[str, ...], action: object) -> tuple[str, ...]:
        return (*state, action.cursor) if isinstance(action, Entry) else state

    store: Store[Any] = Store(entries, ())
    streams = Streams(
        of=lambda entry: entry.log,
        detect=Cursors(),
        resync=lambda request: say_where(request.connection),
        resume=True,
    )
    async with (
        server,
        Connection(
            server.url, store, messages=Entry, streams=streams, on_open=say_where, reconnect=Backoff(0.001, jitter=0)
        ),
    ):
        for length in (10, 20, 30, 40):
            await store.wait_for(lambda state, length=length: len(state) == length, timeout=20)
            server.clients[-1].abort()
    assert store.state == tuple(cursors)
