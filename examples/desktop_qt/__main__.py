"""Prices in a Qt window: ``python -m examples.desktop_qt [URL]``; ``python -m examples.desktop`` serves some."""

from __future__ import annotations

import argparse
import signal
import sys
from functools import partial

from PySide6.QtWidgets import QApplication

from examples.desktop.feed import feed
from examples.desktop.prices import desk
from examples.desktop_qt.window import Window
from socketstore import Store
from socketstore.testing import in_background


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m examples.desktop_qt", description="Prices in a Qt window.")
    parser.add_argument("url", nargs="?", default="ws://127.0.0.1:8081", help="default: %(default)s")
    url = parser.parse_args().url
    application = QApplication(sys.argv[:1])
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # or Ctrl-C would wait until Qt calls something in Python
    store = Store(desk, desk.initial)
    with in_background(partial(feed, url, store)) as connection:
        window = Window(store, connection.send)
        window.show()
        return application.exec()


if __name__ == "__main__":
    sys.exit(main())
