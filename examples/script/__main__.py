"""A script without async: sends each word of its command line, waits for its echo, and says how long that took.

python -m examples.script [URL] [WORD ...]
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import partial

from examples.chat.state import Chat, chat
from examples.saying import say
from socketstore import SocketstoreError, Store
from socketstore.sync import Connection


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.script", description="How long does an echo take?")
    parser.add_argument("url", nargs="?", default="ws://localhost:8080", help="default: %(default)s")
    parser.add_argument("words", nargs="*", metavar="WORD", default=["Hello"], help="what to say")
    options = parser.parse_args()
    try:
        measure(options.url, options.words)
    except SocketstoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def measure(url: str, words: list[str]) -> None:
    store = Store(chat, Chat())
    with Connection(url, store, open_timeout=5) as connection:
        for count, word in enumerate(words, start=1):
            begin = time.perf_counter()
            connection.send(word)
            state = connection.wait_for(partial(has, count), timeout=5)
            say(f"{state.lines[-1]}: {(time.perf_counter() - begin) * 1000:.1f} ms")
    say("closed" if not store.state.online else "still online")


def has(count: int, state: Chat) -> bool:
    return len(state.lines) >= count


if __name__ == "__main__":
    sys.exit(main())
