"""Random faults of the line, and blows at delicate moments, between a client and a feed on real sockets.

Against a feed that can resume, the state ends as that of an undisturbed run: no message twice, none missing, none out
of order. Against one that forgets it ends as the feed's. At any time between, what the state shows is what was after
some message, and what it calls live is as new as all that has come. ``pytest -m long`` lives through 1,000 schedules
of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from socketstore.testing import virtual_time
from tests.connection.resilience.clients import FORGETFUL, RESUMABLE, Client
from tests.connection.resilience.run import live_through
from tests.connection.resilience.schedule import Schedule, schedule

BOTH = pytest.mark.parametrize("client", [RESUMABLE, FORGETFUL], ids=["a feed that resumes", "a feed that forgets"])


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ends are in one event loop, and what one has written the other can read: the clock need not wait long."""
    monkeypatch.setattr(virtual_time, "PATIENCE", 0.001)


def live_through_all(client: Client, seeds: Iterable[int]) -> Counter[str]:
    happened: Counter[str] = Counter()
    for seed in seeds:
        happened += live_through(client, seed, schedule(seed))
    return happened


@BOTH
def test_without_faults_it_is_complete(client: Client) -> None:
    assert not live_through(client, 0, Schedule((), ()))


@BOTH
def test_whatever_strikes_it_ends_complete_and_never_lies(client: Client) -> None:
    assert len(live_through_all(client, range(8))) > 10


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(4))
@BOTH
def test_the_same_with_1000_schedules(client: Client, part: int) -> None:
    happened = live_through_all(client, range(1000 + 250 * part, 1250 + 250 * part))
    assert len(happened) > 20
    print(sorted(happened.items()))  # noqa: T201 - for `pytest -s`
