"""From the socket to the subscriber in socketstore: ``ADDRESS [structs|fast|picows] SIZE``.

``fast`` is with uvloop, too, and ``picows`` with that as the transport.
"""

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
    new_loop = asyncio.new_event_loop if kind in ([], ["structs"]) else uvloop.new_event_loop
    transport = "picows" if kind == ["picows"] else "websockets"
    answer(ingesting(address, int(size), feed=feed, new_loop=new_loop, transport=transport), int(size))


if __name__ == "__main__":
    main(*sys.argv[1:])
