"""From the socket to the subscriber in socketstore: ``ADDRESS [structs|fast] SIZE``; fast is with uvloop, too."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from benchmarks.answer import answer
from benchmarks.subjects import structs
from benchmarks.subjects.consuming import INVENTED, ingesting


def main(address: str, *words: str) -> None:
    *kind, size = words
    feed = structs.FEED if kind else INVENTED
    new_loop = uvloop.new_event_loop if kind == ["fast"] else asyncio.new_event_loop
    answer(ingesting(address, int(size), feed=feed, new_loop=new_loop), int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
