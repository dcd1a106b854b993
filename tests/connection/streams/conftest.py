"""What the tests of streams share: what comes in one go is told in one go, however slow the machine is."""

from __future__ import annotations

import pytest

from socketstore.sockets import pacing


@pytest.fixture(autouse=True)
def _one_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice ends by the real clock, and these tests live in virtual time: between two slices a resync could end."""
    monkeypatch.setattr(pacing, "SLICE", 1000.0)
