"""The window: it shows the state, and turns what its user does into actions and messages."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from examples.desktop.prices import Desk, Follow, Prices, Row, Status, SymbolAdded, rows, status
from socketstore import Store
from socketstore.integrations.qt import via_qt

INK, GREEN, AMBER, RED = "#e6edf3", "#3fb950", "#e3a008", "#f85149"
LIGHTS = {"green": GREEN, "amber": AMBER, "red": RED}
COLUMNS = ("Symbol", "Price", "Change", "Lately")
STYLE = """
QWidget { background: #10161d; color: #e6edf3; font-size: 15px; }
QTableWidget { border: none; }
QHeaderView::section { background: #18212b; color: #7d8b99; border: none; padding: 7px; }
QLineEdit, QPushButton { background: #18212b; border: 1px solid #243140; border-radius: 5px; padding: 7px 12px; }
QPushButton:hover { background: #243140; }
"""


class Window(QWidget):
    """A table of prices, a status light, and a field for one more symbol.

    Args:
        store: shown as it changes, whichever thread changes it.
        send: hands a message to the connection, without waiting.
    """

    def __init__(self, store: Store[Desk], send: Callable[[Follow], None]) -> None:
        super().__init__()
        self._store = store
        self._send = send
        self.light, self.text = QLabel("●"), QLabel()
        self.table = QTableWidget(0, len(COLUMNS))
        self.entry, self.button = QLineEdit(placeholderText="one more symbol"), QPushButton("Follow")
        self._dress()
        self.entry.returnPressed.connect(self.follow)
        self.button.clicked.connect(self.follow)
        via = via_qt(self)
        store.subscribe(self.show_prices, select=lambda desk: desk.prices, via=via)
        store.subscribe(self.show_status, select=status, via=via)
        self.show_prices(store.state.prices)
        self.show_status(status(store.state))

    def show_prices(self, prices: Prices) -> None:
        self.table.setRowCount(len(prices))
        for number, row in enumerate(rows(prices)):
            self._show_row(number, row)

    def show_status(self, status: Status) -> None:
        self.light.setStyleSheet(f"color: {LIGHTS[status.light]}; font-size: 20px")
        self.text.setText(status.text)

    def follow(self) -> None:
        """Add the symbol that was typed: to the state at once, and to what the server sends."""
        symbol = self.entry.text().strip().upper()
        self.entry.clear()
        if symbol:
            self._store.dispatch(SymbolAdded(symbol=symbol))
            self._send(Follow(symbols=(symbol,)))

    def _show_row(self, number: int, row: Row) -> None:
        color = GREEN if row.trend > 0 else RED if row.trend < 0 else INK
        for column, text in enumerate((row.symbol, row.price, row.change, f"  {row.line}")):
            self.table.setItem(number, column, self._item(text, column, color))

    def _item(self, text: str, column: int, color: str) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setForeground(QColor(color))
        side = Qt.AlignmentFlag.AlignRight if column in (1, 2) else Qt.AlignmentFlag.AlignLeft
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _dress(self) -> None:
        self.setWindowTitle("Prices")
        self.setStyleSheet(STYLE)
        self.resize(600, 380)
        self.text.setStyleSheet("color: #7d8b99")
        for column, title in enumerate(COLUMNS):
            self.table.setHorizontalHeaderItem(column, self._item(title, column, "#7d8b99"))
        self.table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        stack = QVBoxLayout(self)
        stack.addLayout(_side_by_side(self.light, self.text, stretched=1))
        stack.addWidget(self.table)
        stack.addLayout(_side_by_side(self.entry, self.button, stretched=0))


def _side_by_side(*widgets: QWidget, stretched: int) -> QHBoxLayout:
    row = QHBoxLayout()
    for number, widget in enumerate(widgets):
        row.addWidget(widget, int(number == stretched))
    return row
