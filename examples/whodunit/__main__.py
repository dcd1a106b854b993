"""Which message has made the state wrong? ``python -m examples.whodunit [FILE] [--messages N]``

A day in a bakery is recorded, replayed without a network, and bisected, until the message is found that the reducer
has taken wrongly; then the mended reducer goes through the same day.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

from examples.saying import say
from examples.whodunit.bakery import Bakery, Message, Shelf, disagrees, faulty, mended
from socketstore import Connection, History, Log, SocketstoreError, Store, differences, open_log, record, replay

NAMES = "examples.whodunit.bakery"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.whodunit", description="Which message has done it?")
    parser.add_argument("file", nargs="?", default="whodunit.jsonl", help="written anew, default: %(default)s")
    parser.add_argument("--messages", type=int, default=6000, metavar="N", help="default: %(default)s")
    options = parser.parse_args()
    try:
        state = asyncio.run(live(options.file, options.messages))
        with open_log(options.file) as log:
            return investigate(log, state)
    except SocketstoreError as error:
        print(error, file=sys.stderr)
        return 1


async def live(file: str, messages: int) -> Shelf:
    """Live through the day once, with the faulty reducer, and record it."""
    with open_log(file, mode="w") as log:
        store = Store(faulty, Shelf(), middleware=[record(log)])
        async with Bakery(messages) as bakery:
            await Connection(bakery.url, store, messages=Message, reconnect=None).run()
    return store.state


def investigate(log: Log, state: Shelf) -> int:
    """Find out what went wrong on that day; return the exit code."""
    say(f"Recorded in {log.path}. We count {state.bagels} bagels at the end, the bakery {state.told}.")

    begin = time.perf_counter()
    same = replay(log, faulty, Shelf()) == state
    verdict = "the same state" if same else "another state"
    say(f"Replayed without a network: {verdict}, in {time.perf_counter() - begin:.2f} s.")

    if not accuse(History(log, faulty, Shelf())):
        return 1

    end = replay(log, mended, Shelf())
    say(f"\nThe same day with the mended reducer: we count {end.bagels}, the bakery {end.told}.")
    say(f"Look for yourself:\n\n{command(log.path)}")
    return 0 if same and not disagrees(end) else 1


def accuse(history: History[Shelf]) -> bool:
    """Show the entry that has done it, if there is one."""
    looked_at = 0

    def is_wrong(shelf: Shelf) -> bool:
        nonlocal looked_at
        looked_at += 1
        return disagrees(shelf)

    moment = history.first(is_wrong)
    if moment is None:
        say("Nobody has done anything: the counts agree all day.")
        return False
    say(f"\nThe counts differ since entry {moment.sequence} of {history.end}; {looked_at} states were looked at:")
    say(f"  {moment.entry}")
    for difference in differences(moment.before, moment.after):
        say(f"  {difference}")
    return True


def command(path: Path) -> str:
    """Return the command that finds the same."""
    return f"socketstore bisect {path} --reducer {NAMES}:faulty --initial {NAMES}:Shelf --when {NAMES}:disagrees"


if __name__ == "__main__":
    sys.exit(main())
