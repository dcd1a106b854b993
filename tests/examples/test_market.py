"""The market example: the recording of Coinbase, if it is at hand, and the feed that the example invents."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from examples.market.__main__ import main
from examples.market.actions import L2Snapshot, L2Update, Ticker
from examples.market.books import Book, Market, best_prices, changed, depth, filled, market, spread
from examples.market.client import connect
from examples.market.feed import CAPTURE, Frame, find_capture, invented_feed, load_feed, read_capture
from examples.market.server import FeedServer
from socketstore import CloseEvent, Dispatch, JustConnected, JustDisconnected, Middleware, Store, WebSocket

ROOT = Path(__file__).parents[2]

Plain = dict[str, dict[str, dict[Decimal, Decimal]]]


@dataclass
class Session:
    """What one run of the program saw."""

    frames: Sequence[Frame]
    market: Market
    actions: list[Any] = field(default_factory=list)
    agreeing: int = 0


async def follow(frames: Sequence[Frame], *middleware: Middleware[Market], speed: float | None = None) -> Market:
    store = Store(market, market.initial, middleware=middleware)
    async with FeedServer(frames, speed=speed) as server:
        await connect(server.url, store).run()
    return store.state


def follow_and_note(frames: Sequence[Frame]) -> Session:
    session = Session(frames, market.initial)

    def note(store: Store[Market], next: Dispatch) -> Dispatch:
        def dispatch(action: Any) -> Any:
            outcome = next(action)
            session.actions.append(action)
            if isinstance(action, Ticker):
                book = store.state.books[action.product_id]
                session.agreeing += best_prices(book) == (action.best_bid, action.best_ask)
            return outcome

        return dispatch

    with ThreadPoolExecutor(1) as thread:  # an event loop of its own, that no other test meets
        session.market = thread.submit(asyncio.run, follow(frames, note)).result()
    return session


def plain_books(frames: Sequence[Frame]) -> Plain:
    """The same books, computed from the same text in the most obvious way."""
    books: Plain = {}
    for frame in frames:
        message = json.loads(frame.text)
        if message["type"] == "snapshot":
            books[message["product_id"]] = {"buy": sizes(message["bids"]), "sell": sizes(message["asks"])}
        elif message["type"] == "l2update":
            for side, price, size in message["changes"]:
                books[message["product_id"]][side][Decimal(price)] = Decimal(size)
    return {
        product: {side: {price: size for price, size in levels.items() if size} for side, levels in book.items()}
        for product, book in books.items()
    }


def sizes(levels: list[list[str]]) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(size) for price, size in levels}


def as_plain(books: Map[str, Book]) -> Plain:
    return {product: {"buy": dict(book.bids.levels), "sell": dict(book.asks.levels)} for product, book in books.items()}


def counts(session: Session) -> Counter[str]:
    return Counter(action.type for action in session.actions)


def python(*arguments: str, captures: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "SOCKETSTORE_CAPTURES": str(captures), **environment},
        capture_output=True,
        text=True,
        timeout=50,
    )


# The recording.


@pytest.fixture(scope="module")
def coinbase() -> Session:
    path = find_capture()
    if path is None:
        problem = f"the recording {CAPTURE} is neither in $SOCKETSTORE_CAPTURES nor in ../shared/captures"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(problem)
    return follow_and_note(read_capture(path))


def test_every_recorded_message_reaches_the_store_as_its_own_kind_of_action(coinbase: Session) -> None:
    said = {"subscriptions": 3, "snapshot": 10, "l2update": 9_719, "ticker": 107, "match": 97, "last_match": 10}
    socket = {"connecting": 1, "justConnected": 1, "justDisconnected": 1}
    assert len(coinbase.frames) == sum(said.values()) == 9_946
    assert {name: count for name, count in counts(coinbase).items() if name != "heard"} == {**said, **socket}


def test_the_recorded_messages_arrive_in_the_order_in_which_they_were_served(coinbase: Session) -> None:
    served = [(said["type"], said.get("product_id")) for said in map(json.loads, (f.text for f in coinbase.frames))]
    arrived = [
        (action.type, getattr(action, "product_id", None))
        for action in coinbase.actions[2:-1]
        if action.type != "heard"
    ]
    assert arrived == served


def test_100_of_the_107_recorded_tickers_equal_the_book_at_that_very_message(coinbase: Session) -> None:
    assert counts(coinbase)["ticker"] == 107
    assert coinbase.agreeing == 100


def test_the_final_books_of_the_recording_are_the_known_ones(coinbase: Session) -> None:
    books = coinbase.market.books
    assert best_prices(books["SKL-USD"]) == (Decimal("0.7902"), Decimal("0.7911"))
    assert {name: depth(books[name]) for name in ("SKL-USD", "YFI-BTC", "SKL-BTC")} == {
        "SKL-USD": (816, 1341),
        "YFI-BTC": (203, 458),
        "SKL-BTC": (225, 407),
    }


def test_the_final_books_of_the_recording_equal_plain_dictionaries(coinbase: Session) -> None:
    assert as_plain(coinbase.market.books) == plain_books(coinbase.frames)
    assert len(coinbase.market.books) == 10


def test_the_best_prices_of_the_recording_are_those_of_plain_dictionaries(coinbase: Session) -> None:
    expected = {
        product: (max(book["buy"]), min(book["sell"])) for product, book in plain_books(coinbase.frames).items()
    }
    assert {product: best_prices(book) for product, book in coinbase.market.books.items()} == expected


# The invented feed.


@pytest.fixture(scope="module")
def invented() -> Session:
    return follow_and_note(invented_feed(updates=1_500).frames)


def test_the_books_of_the_invented_feed_equal_plain_dictionaries(invented: Session) -> None:
    assert as_plain(invented.market.books) == plain_books(invented.frames)
    assert len(invented.market.books) == 10


def test_every_invented_ticker_equals_the_book_at_that_very_message(invented: Session) -> None:
    assert invented.agreeing == counts(invented)["ticker"] > 20


def test_the_invented_feed_holds_every_kind_of_message_and_takes_the_best_prices_away(invented: Session) -> None:
    messages = [json.loads(frame.text) for frame in invented.frames]
    assert {message["type"] for message in messages} == {"subscriptions", "snapshot", "l2update", "match", "ticker"}
    gone = [message for message in messages if message["type"] == "l2update" and message["changes"][0][2] == "0"]
    assert len(gone) > 100


def test_the_invented_feed_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    assert invented_feed(seed=1, updates=50) == invented_feed(seed=1, updates=50)
    assert invented_feed(seed=1, updates=50) != invented_feed(seed=2, updates=50)


def test_the_session_ends_with_the_clean_disconnection_that_the_server_asked_for(invented: Session) -> None:
    last = invented.actions[-1]
    assert isinstance(last, JustDisconnected)
    assert (last.code, last.reason, last.clean) == (1000, "the feed has ended", True)
    assert invented.market.connection.phase == "closed"
    assert invented.market.connection.rejected == 0


def test_the_last_trade_of_each_product_is_kept(invented: Session) -> None:
    trades = [message for frame in invented.frames if (message := json.loads(frame.text))["type"] == "match"]
    last = {trade["product_id"]: trade["trade_id"] for trade in trades}
    assert {product: trade.trade_id for product, trade in invented.market.trades.items()} == last


# The books.

PRICES = st.integers(1, 9).map(lambda ticks: Decimal(ticks) / 10)
SIZES = st.integers(0, 3).map(Decimal)


@given(st.dictionaries(PRICES, SIZES.filter(bool)), st.lists(st.tuples(PRICES, SIZES)), st.sampled_from([max, min]))
def test_a_side_knows_its_levels_and_the_best_of_them_after_any_changes(
    levels: dict[Decimal, Decimal], changes: list[tuple[Decimal, Decimal]], best: Any
) -> None:
    side = filled(tuple(levels.items()), best)
    for price, size in changes:
        side = changed(side, price, size, best)
        levels = {**levels, price: size} if size else {key: levels[key] for key in levels if key != price}
        assert dict(side.levels) == levels
        assert side.best == best(levels, default=None)


def snapshot(product: str, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> L2Snapshot:
    return L2Snapshot.model_validate({"product_id": product, "bids": bids, "asks": asks})


def update(product: str, *changes: tuple[str, str, str]) -> L2Update:
    return L2Update.model_validate({"product_id": product, "changes": changes, "time": "2021-04-17T16:43:37Z"})


def fold(*actions: object) -> Market:
    state = market.initial
    for action in actions:
        state = market(state, action)
    return state


def test_a_size_of_zero_takes_the_price_away_however_it_is_written() -> None:
    state = fold(snapshot("A", [("0.50", "1"), ("0.4", "2")], [("0.6", "1")]), update("A", ("buy", "0.5", "0.000")))
    assert best_prices(state.books["A"]) == (Decimal("0.4"), Decimal("0.6"))
    assert depth(state.books["A"]) == (1, 1)
    assert spread(state.books["A"]) == Decimal("0.2")


def test_an_emptied_side_has_no_best_price_and_the_book_no_spread() -> None:
    state = fold(snapshot("A", [("0.5", "1")], [("0.6", "1")]), update("A", ("sell", "0.6", "0")))
    assert best_prices(state.books["A"]) == (Decimal("0.5"), None)
    assert spread(state.books["A"]) is None


def test_an_update_without_a_snapshot_changes_nothing() -> None:
    before = fold(snapshot("A", [("0.5", "1")], []))
    assert market(before, update("B", ("buy", "0.5", "1"))) is before


def test_a_new_connection_forgets_the_books_and_keeps_the_last_words() -> None:
    ticker = Ticker.model_validate(
        {"product_id": "A", "price": "1", "best_bid": "1", "best_ask": "2", "time": "2021-04-17T16:43:37Z"}
    )
    state = fold(snapshot("A", [("0.5", "1")], []), ticker, JustConnected(epoch=2))
    assert state.books == Map()
    assert state.tickers["A"] is ticker


# The server and the reading of recordings.


async def closing_words_after(message: str) -> CloseEvent:
    closed: list[CloseEvent] = []
    async with FeedServer(invented_feed(updates=1).frames) as server:
        socket = WebSocket(server.url)
        socket.add_listener("close", closed.append)
        async with socket:
            await socket.send(message)
            await socket.wait_closed()
    return closed[0]


async def test_a_client_whose_first_message_is_no_subscription_is_sent_away() -> None:
    closed = await closing_words_after("hello")
    assert (closed.code, closed.reason) == (4000, "expected a subscribe message")


async def test_a_client_that_leaves_early_troubles_nobody() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    frames = (Frame(0.0, os.urandom(50_000).hex()),) * 300  # which compression does not make small
    async with FeedServer(frames) as server, WebSocket(server.url) as socket:
        socket.add_listener("message", lambda _: socket.abort(), once=True)
        await socket.send('{"type":"subscribe","product_ids":["A"]}')
        await socket.wait_closed()
    serving = asyncio.all_tasks() - {asyncio.current_task()}
    if serving:
        await asyncio.wait(serving, timeout=10)
    assert complaints == []


async def test_a_speed_spreads_the_messages_over_the_recorded_time() -> None:
    frames = [Frame(at, '{"type":"subscriptions","channels":[]}') for at in (100.0, 102.0, 104.0)]
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await follow(frames, speed=50.0)
    assert loop.time() - begin >= 4.0 / 50.0


def test_a_recording_holds_what_was_received_and_not_what_was_sent(tmp_path: Path) -> None:
    lines = (
        "wss://ws.example <-> 1.0",
        'wss://ws.example <- 2.0: {"type":"subscribe"}',
        '3.5: {"a": 1}',
        "",
        '4.5: {"b: ": 2}',
    )
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert read_capture(path) == (Frame(3.5, '{"a": 1}'), Frame(4.5, '{"b: ": 2}'))


def test_the_recording_is_looked_for_in_the_folder_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCKETSTORE_CAPTURES", str(tmp_path))
    assert find_capture() is None
    assert "invented" in load_feed().title
    (tmp_path / CAPTURE).write_bytes(gzip.compress(b"3.5: {}\n"))
    assert load_feed().frames == (Frame(3.5, "{}"),)


# The program.


def test_the_program_runs_on_an_invented_feed_says_so_and_prints_the_final_books(tmp_path: Path) -> None:
    done = python("-m", "examples.market", captures=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    feed = invented_feed()
    first, *rest = done.stdout.splitlines()
    assert "invented" in first
    shown = {cells[0]: cells for line in rest if len(cells := line.strip("│").replace("│", " ").split()) == 7}
    for product, book in plain_books(feed.frames).items():
        best = [f"{max(book['buy'])}", f"{min(book['sell'])}"]
        assert shown[product][1:3] == best
        assert shown[product][4:6] == [str(len(book["buy"])), str(len(book["sell"]))]
    assert "\x1b" not in done.stdout


def test_the_program_takes_the_recording_that_it_is_given(tmp_path: Path) -> None:
    said = [{"type": "snapshot", "product_id": "SKL-USD", "bids": [["0.79", "1"]], "asks": [["0.80", "2"]]}]
    path = tmp_path / "mine.gz"
    path.write_bytes(gzip.compress("".join(f"1.5: {json.dumps(message)}\n" for message in said).encode()))
    done = python("-m", "examples.market", str(path), "--speed", "1", captures=tmp_path)
    assert done.returncode == 0
    assert "mine.gz" in done.stdout
    assert "0.79" in done.stdout


@pytest.mark.parametrize(
    "content",
    [None, b"no gzip", gzip.compress(b"no recording\n"), gzip.compress(b"1.5: {")[:-4]],
    ids=["absent", "not compressed", "without a message", "cut off"],
)
def test_a_recording_that_cannot_be_read_is_told_in_one_line(
    tmp_path: Path, content: bytes | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.gz"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("sys.argv", ["market", str(path)])
    assert main() == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert printed.err.startswith("could not read the recording")


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast"])
def test_a_speed_that_is_none_is_refused(
    speed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["market", f"--speed={speed}"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "--speed" in capsys.readouterr().err


# In a process of its own: a log finds its classes by their tags, and other tests may have given a tag to theirs.
RECORD_AND_REPLAY = """
import asyncio
from examples.market.books import market
from examples.market.feed import invented_feed
from socketstore import open_log, record, replay
from test_market import follow

with open_log("session.jsonl", mode="x") as log:
    live = asyncio.run(follow(invented_feed(updates=500).frames, record(log)))
with open_log("session.jsonl") as log:
    again = replay(log, market, market.initial)
assert again == live and len(again.books) == 10
print("equal")
"""


def test_a_recorded_session_replays_to_the_same_books(tmp_path: Path) -> None:
    script = f"import os\nos.chdir({str(tmp_path)!r})\n{RECORD_AND_REPLAY}"
    path = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
    done = python("-c", script, captures=tmp_path, PYTHONPATH=path)
    assert (done.returncode, done.stdout) == (0, "equal\n"), done.stderr
