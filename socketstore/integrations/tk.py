"""Listeners that live in a Tk window: ``store.subscribe(show, via=via_tk(root))``."""

from __future__ import annotations

import socket
import tkinter
from typing import Any

from socketstore.errors import UsageError
from socketstore.integrations.handover import Buffer, Handover
from socketstore.store.types import Via

POLL = 20  # milliseconds, where Tk cannot watch a socket


def via_tk(widget: tkinter.Misc, *, buffer: Buffer = "latest") -> Via:
    """Make a ``via=`` that has listeners called in the thread of a Tk window.

    ::

        root = tkinter.Tk()
        store.subscribe(show, select=prices, via=via_tk(root))

    The thread that dispatches never waits for the window, be it busy, blocked, or dispatching itself. The window is
    woken once for many changes and never shown more than about sixty a second, so it answers its user under any feed.
    What a listener raises goes to ``root.report_callback_exception``.

    Args:
        widget: the window, or any widget in it. Once it is destroyed, calls are dropped.
        buffer: ``"latest"`` skips, for each subscription, what a newer value has overtaken; ``"all"`` keeps every
            change. Where 65,536 of them wait, the dispatch raises `WatchOverflow`.

    Raises:
        UsageError: this is not the widget's thread, it is no widget, it is destroyed, or `buffer` is neither.
    """
    _check(widget)
    return _TkWindow(widget, buffer).handover


class _TkWindow:
    """Tk's side. No `after` and no virtual event in here: from another thread these wait for the main loop."""

    def __init__(self, widget: tkinter.Misc, buffer: Buffer) -> None:
        self.handover = Handover(self, buffer)
        self._widget = widget
        self._root = widget.nametowidget(".")
        self._timer: Any = None
        self._close_with(widget)
        self._bell = _Bell(widget, self.handover) if _can_watch(widget) else None
        if self._bell is None:
            self._poll()

    def wake(self) -> None:
        if self._bell is not None:
            self._bell.ring()

    def rest(self, milliseconds: int) -> None:
        self._timer = self._widget.tk.createtimerhandler(milliseconds, self.handover.go_on)

    def report(self, error: Exception) -> None:
        self._root.report_callback_exception(type(error), error, error.__traceback__)

    def _poll(self) -> None:
        self._poller = self._widget.tk.createtimerhandler(POLL, self._poll)
        self.handover.run()

    def _close_with(self, widget: tkinter.Misc) -> None:
        """Listen to the widget's end under a tag of our own: a program's ``<Destroy>`` would take the place of ours."""
        self._tag = f"via_tk{id(self)}"
        self._ending = widget.bind_class(self._tag, "<Destroy>", self._close)
        widget.bindtags((self._tag, *widget.bindtags()))

    def _close(self, _: tkinter.Event[tkinter.Misc]) -> None:
        self.handover.close()
        if self._bell is None:
            self._poller.deletetimerhandler()
        else:
            self._bell.close()
        if self._timer is not None:
            self._timer.deletetimerhandler()
        self._widget.unbind_class(self._tag, "<Destroy>")
        self._root.deletecommand(self._ending)


class _Bell:
    """A pair of sockets of which Tk's main loop watches one."""

    def __init__(self, widget: tkinter.Misc, handover: Handover) -> None:
        self._tk = widget.tk
        self._handover = handover
        self._heard, self._rung = socket.socketpair()
        self._heard.settimeout(0)
        self._rung.settimeout(0)
        self._tk.createfilehandler(self._heard, tkinter.READABLE, self._hear)

    def ring(self) -> None:
        self._rung.send(b"!")  # finds room: it is rung once for each time it is heard

    def close(self) -> None:
        self._tk.deletefilehandler(self._heard)
        self._heard.close()
        self._rung.close()

    def _hear(self, *_: object) -> None:
        self._heard.recv(4096)
        self._handover.run()


def _can_watch(widget: tkinter.Misc) -> bool:
    return hasattr(widget.tk, "createfilehandler")  # not on Windows


def _check(widget: tkinter.Misc) -> None:
    if not isinstance(widget, tkinter.Misc):
        message = f"got {widget!r:.200} ({type(widget).__name__}); expected the root window, or a widget in it"
        raise UsageError(message)
    try:
        widget.tk.eval("")  # raises in another thread, as `widget.tk.call` would not
        widget.bindtags()
    except RuntimeError as error:
        message = f"via_tk({widget!r}) was called in another thread; expected the one that made the widget"
        raise UsageError(message) from error
    except tkinter.TclError as error:
        message = f"via_tk({widget!r}): {error}; expected a widget that is not destroyed"
        raise UsageError(message) from error
