"""A sample of the soak, with all of its checks; ``python -m tests.soak --minutes 10`` is the whole of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.session import soak

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="it looks into /proc, as Linux has it")


async def test_a_connection_at_full_speed_on_a_bad_line_leaves_nothing_and_does_not_grow() -> None:
    figures = await soak(2, every=0.3, interval=0.25, say=lambda _: None)
    assert figures.actions["Change"] > 0
    assert figures.server["orders"] > 0


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_the_same_for_ten_minutes() -> None:
    await soak(600, say=print)
