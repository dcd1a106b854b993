"""The window: it shows the state, and turns what its user does into actions and messages."""

from __future__ import annotations

import tkinter
from collections.abc import Callable
from tkinter import ttk
from typing import Literal

from examples.desktop.prices import Desk, Follow, Prices, Status, SymbolAdded, rows, status
from socketstore import Store
from socketstore.integrations.tk import via_tk

PAPER, RAISED, INK, FAINT = "#10161d", "#18212b", "#e6edf3", "#7d8b99"
GREEN, AMBER, RED = "#3fb950", "#e3a008", "#f85149"
LIGHTS = {"green": GREEN, "amber": AMBER, "red": RED}
COLUMNS: tuple[tuple[str, int, Literal["w", "e"]], ...] = (
    ("Symbol", 90, "w"),
    ("Price", 110, "e"),
    ("Change", 110, "e"),
    ("Lately", 240, "w"),
)


class Window:
    """A table of prices, a status light, and a field for one more symbol.

    Args:
        root: made by the caller, who also runs it.
        store: shown as it changes, whichever thread changes it.
        send: hands a message to the connection, without waiting.
    """

    def __init__(self, root: tkinter.Tk, store: Store[Desk], send: Callable[[Follow], None]) -> None:
        self._store = store
        self._send = send
        self._dress(root)
        self.light, self.text = self._status_bar(root)
        self.entry = self._entry(root)
        self.table = self._table(root)
        via = via_tk(root)
        store.subscribe(self.show_prices, select=lambda desk: desk.prices, via=via)
        store.subscribe(self.show_status, select=status, via=via)
        self.show_prices(store.state.prices)
        self.show_status(status(store.state))

    def show_prices(self, prices: Prices) -> None:
        for row in rows(prices):
            values = (row.symbol, row.price, row.change, f"   {row.line}")
            tag = "up" if row.trend > 0 else "down" if row.trend < 0 else ""
            if self.table.exists(row.symbol):
                self.table.item(row.symbol, values=values, tags=tag)
            else:
                self.table.insert("", "end", row.symbol, values=values, tags=tag)

    def show_status(self, status: Status) -> None:
        self.light.configure(foreground=LIGHTS[status.light])
        self.text.configure(text=status.text)

    def follow(self) -> None:
        """Add the symbol that was typed: to the state at once, and to what the server sends."""
        symbol = self.entry.get().strip().upper()
        self.entry.delete(0, "end")
        if symbol:
            self._store.dispatch(SymbolAdded(symbol=symbol))
            self._send(Follow(symbols=(symbol,)))

    def _dress(self, root: tkinter.Tk) -> None:
        root.title("Prices")
        root.geometry("600x360")
        root.configure(background=PAPER)
        style = ttk.Style(root)
        style.theme_use("clam")
        style.configure(".", background=PAPER, foreground=INK, font=("DejaVu Sans", 11), borderwidth=0)
        style.configure("Treeview", background=PAPER, fieldbackground=PAPER, rowheight=32)
        style.layout("Treeview", [("Treeview.treearea", {"sticky": "nswe"})])  # without the border
        style.configure("Treeview.Heading", background=RAISED, foreground=FAINT, relief="flat", padding=6)
        style.configure("TEntry", fieldbackground=RAISED, insertcolor=INK, padding=6)
        style.configure("TEntry", bordercolor=RAISED, lightcolor=RAISED, darkcolor=RAISED)
        style.configure("TButton", background=RAISED, padding=6)
        style.map("TButton", background=[("active", "#243140")])
        style.map("Treeview", background=[("selected", "#243140")])
        style.map("Treeview.Heading", background=[("active", RAISED)])

    def _status_bar(self, root: tkinter.Tk) -> tuple[ttk.Label, ttk.Label]:
        bar = ttk.Frame(root, padding=(14, 10))
        bar.pack(fill="x")
        light, text = ttk.Label(bar, text="●", font=("DejaVu Sans", 14)), ttk.Label(bar, foreground=FAINT)
        light.pack(side="left")
        text.pack(side="left", padx=8)
        return light, text

    def _entry(self, root: tkinter.Tk) -> ttk.Entry:
        bar = ttk.Frame(root, padding=(14, 10))
        bar.pack(side="bottom", fill="x")  # before the table, which takes what is left
        entry = ttk.Entry(bar)
        entry.pack(side="left", fill="x", expand=True)
        entry.bind("<Return>", lambda _: self.follow())
        ttk.Button(bar, text="Follow", command=self.follow).pack(side="left", padx=(8, 0))
        return entry

    def _table(self, root: tkinter.Tk) -> ttk.Treeview:
        table = ttk.Treeview(root, columns=[name for name, _, _ in COLUMNS], show="headings")
        for name, width, anchor in COLUMNS:
            table.heading(name, text=name, anchor=anchor)
            table.column(name, width=width, anchor=anchor, stretch=name == "Lately")
        table.tag_configure("up", foreground=GREEN)
        table.tag_configure("down", foreground=RED)
        table.pack(fill="both", expand=True, padx=14)
        return table
