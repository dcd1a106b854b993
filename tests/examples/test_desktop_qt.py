"""The Qt example as a process whose window is drawn into memory."""

from __future__ import annotations

import pytest

from tests.examples import windows
from tests.screens import missing

DRIVER = "drive_desktop_qt"
OFFSCREEN = {"QT_QPA_PLATFORM": "offscreen"}


@pytest.fixture(autouse=True, scope="module")
def qt() -> None:
    try:
        from PySide6 import QtWidgets  # noqa: F401
    except ImportError as error:  # not installed, or a library of the system's is
        missing(f"PySide6 cannot be imported ({error})")


def test_it_shows_prices_outlives_the_server_and_ends_quietly():
    windows.check_that_it_shows_prices_outlives_the_server_and_ends_quietly(DRIVER, **OFFSCREEN)


def test_a_wrong_address_is_shown():
    windows.check_that_a_wrong_address_is_shown(DRIVER, **OFFSCREEN)


def test_it_can_be_closed_before_it_is_connected():
    windows.check_that_it_can_be_closed_before_it_is_connected(DRIVER, **OFFSCREEN)
