"""Runs `examples.desktop_qt` for its test."""

from __future__ import annotations

import sys
from typing import Any

from PySide6.QtCore import QTimer

from examples.desktop_qt import __main__ as program
from examples.desktop_qt.window import LIGHTS
from tests.examples.windows import Seen, drive

NAMES = {color: name for name, color in LIGHTS.items()}


class Window(program.Window):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.ticks = QTimer(self)
        self.ticks.timeout.connect(drive(self.look, self.do))
        self.ticks.start(10)

    def look(self) -> Seen:
        rows = [[self.cell(row, column) for column in range(4)] for row in range(self.table.rowCount())]
        color = self.light.styleSheet().removeprefix("color: ").split(";")[0]
        return {"light": NAMES[color], "text": self.text.text(), "rows": rows}

    def cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        assert item is not None
        return item.text()

    def do(self, command: str) -> None:
        if command == "close":
            self.close()
        else:
            self.entry.setText(command)
            self.button.click()


program.Window = Window  # type: ignore[misc]
sys.exit(program.main())
