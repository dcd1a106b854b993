"""The Tk example as a process with a real window, on a screen that nobody sees."""

from __future__ import annotations

import subprocess
import sys

from tests.examples import windows

DRIVER = "drive_desktop_tk"


def test_it_shows_prices_outlives_the_server_and_ends_quietly(display: str):
    windows.check_that_it_shows_prices_outlives_the_server_and_ends_quietly(DRIVER, DISPLAY=display)


def test_a_wrong_address_is_shown(display: str):
    windows.check_that_a_wrong_address_is_shown(DRIVER, DISPLAY=display)


def test_it_can_be_closed_before_it_is_connected(display: str):
    windows.check_that_it_can_be_closed_before_it_is_connected(DRIVER, DISPLAY=display)


def test_without_a_screen_it_says_so_in_one_line(display: str):
    command = [sys.executable, "-m", "examples.desktop_tk"]
    ended = subprocess.run(command, cwd=windows.ROOT, env={"DISPLAY": ":none"}, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == 'could not open a window: couldn\'t connect to display ":none"\n'
