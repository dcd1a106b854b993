"""Errors in our words, and what they keep alive."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from socketstore import LogUnavailable
from socketstore.log import databases, files

BOTH = pytest.mark.parametrize("translated", [files.translated, databases.translated], ids=["system", "SQLite"])


class Held:
    """What somebody is opening when it fails."""


@BOTH
def test_an_error_that_is_forgotten_lets_go_of_what_was_being_opened(translated: Callable[..., Any]) -> None:
    def fail(_: Held) -> None:
        with translated("read", Path("a.db")):
            raise FileNotFoundError(2, "No such file or directory")

    held = Held()
    alive = weakref.ref(held)
    gc.disable()
    try:
        with pytest.raises(LogUnavailable, match=r"could not read the log a\.db: No such file"):
            fail(held)
        del held
        assert alive() is None
    finally:
        gc.enable()


@BOTH
def test_an_error_in_our_words_stays_as_it_is(translated: Callable[..., Any]) -> None:
    cause = FileNotFoundError(2, "No such file or directory")
    with pytest.raises(LogUnavailable, match="ours") as caught, translated("read", Path("a.db")):
        raise LogUnavailable("ours") from cause
    assert caught.value.__cause__ is cause
