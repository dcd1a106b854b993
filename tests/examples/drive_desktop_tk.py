"""Runs `examples.desktop_tk` for its test."""

from __future__ import annotations

import sys
import tkinter
from tkinter import ttk
from typing import Any

from examples.desktop_tk import __main__ as program
from examples.desktop_tk.window import LIGHTS
from tests.examples.windows import Seen, drive

NAMES = {color: name for name, color in LIGHTS.items()}


class Window(program.Window):
    def __init__(self, root: tkinter.Tk, *rest: Any) -> None:
        super().__init__(root, *rest)
        self.root = root
        self.tick = drive(self.look, self.do)
        self.again()

    def again(self) -> None:
        self.timer = self.root.after(10, self.again)
        self.tick()

    def look(self) -> Seen:
        rows = [[str(value) for value in self.table.item(name, "values")] for name in self.table.get_children()]
        return {"light": NAMES[str(self.light.cget("foreground"))], "text": self.text.cget("text"), "rows": rows}

    def do(self, command: str) -> None:
        if command == "close":
            self.root.after_cancel(self.timer)
            self.root.destroy()
        else:
            self.entry.insert(0, command)
            buttons(self.root)[0].invoke()


def buttons(widget: tkinter.Misc) -> list[ttk.Button]:
    inner = [button for child in widget.winfo_children() for button in buttons(child)]
    return [widget, *inner] if isinstance(widget, ttk.Button) else inner


program.Window = Window  # type: ignore[misc]
sys.exit(program.main())
