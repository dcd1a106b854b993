"""The counter in socketstore: ``one|many SIZE``."""

from __future__ import annotations

import sys
from collections.abc import Callable

from benchmarks.answer import answer
from benchmarks.counter import dispatching
from benchmarks.subjects.counting import Made, counter, dataclass_combination, some_actions

SHAPES: dict[str, Callable[[], Made]] = {"one": counter, "many": dataclass_combination}


def main(shape: str, size: int) -> None:
    store, subscriber = SHAPES[shape]()
    answer(dispatching(store.dispatch, some_actions(size), subscriber), size)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
