"""From the socket to the subscriber in socketstore: ``ADDRESS SIZE``."""

from __future__ import annotations

import sys

from benchmarks.answer import answer
from benchmarks.subjects.consuming import ingesting


def main(address: str, size: int) -> None:
    answer(ingesting(address, size), size)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
