"""Prices in a Tk window: ``python -m examples.desktop_tk [URL]``; ``python -m examples.desktop`` serves some."""

from __future__ import annotations

import argparse
import signal
import sys
import tkinter
from functools import partial

from examples.desktop.feed import feed
from examples.desktop.prices import desk
from examples.desktop_tk.window import Window
from socketstore import Store
from socketstore.testing import in_background


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.desktop_tk", description="Prices in a Tk window.")
    parser.add_argument("url", nargs="?", default="ws://127.0.0.1:8081", help="default: %(default)s")
    url = parser.parse_args().url
    try:
        root = tkinter.Tk()
    except tkinter.TclError as error:
        print(f"could not open a window: {error}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # or Ctrl-C would wait until Tk has something to do
    store = Store(desk, desk.initial)
    with in_background(partial(feed, url, store)) as connection:
        Window(root, store, connection.send)
        root.mainloop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
