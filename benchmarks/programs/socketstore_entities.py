"""One upsert among 100,000 entities in socketstore: ``SIZE``, of which this does a thousand times as many."""

from __future__ import annotations

import gc
import sys

from benchmarks.answer import answer
from benchmarks.counter import check, walk
from benchmarks.subjects.entities import Trade, Trades
from socketstore import Slice, Store

COUNT = 100_000
STEP = 7_919  # prime to the count: every id in turn, and none near the one before
MORE = 1_000  # one run would be over at once otherwise


def upserted(trades: Trades, action: Trade) -> Trades:
    return trades.upsert(action)


def main(size: int) -> None:
    trades: Slice[Trades] = Slice(Trades(Trade(str(number), 0.0, 1.0) for number in range(COUNT)))
    trades.on(Trade)(upserted)
    store = Store(trades, trades.initial)
    news = [Trade(str(number * STEP % COUNT), 0.0, 2.0) for number in range(size * MORE)]
    gc.freeze()

    def job() -> None:
        store.restore(trades.initial)
        walk(store.dispatch, news)
        check(int(store.state[news[-1].id].price), 2)

    answer(job, len(news))


if __name__ == "__main__":
    main(int(sys.argv[1]))
