"""From the socket to the subscriber in socketstore: ``ADDRESS [structs] SIZE``."""

from __future__ import annotations

import sys

from benchmarks.answer import answer
from benchmarks.subjects import structs
from benchmarks.subjects.consuming import INVENTED, ingesting


def main(address: str, *words: str) -> None:
    *kind, size = words
    feed = structs.FEED if kind == ["structs"] else INVENTED
    answer(ingesting(address, int(size), feed=feed), int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
