"""How far a recording has been served, and what clients did that is not in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from socketstore.errors import ScriptFailed
from socketstore.testing.failures import Failures
from socketstore.testing.server_side import Bell
from socketstore.testing.sessions.episodes import Episode
from socketstore.testing.sessions.performing import Performance


class Tally:
    """What a replay server knows of its clients.

    Attributes:
        failures: what clients did that is not in the recording, or what kept it from being served.
        refused: how many came again after the last episode, and found none.
        running: how far those have come that are there, by what they are called.
    """

    def __init__(self) -> None:
        self.failures = Failures("The replay server")
        self.refused = 0
        self.running: dict[str, Performance] = {}
        self._served: set[int] = set()
        self._bell = Bell()

    def was_served(self, episode: Episode) -> None:
        """Note that a client has got an episode to its end."""
        self._served.add(episode.number)
        self._bell.ring()

    def has_failed(self, error: Exception) -> None:
        """Note what went wrong."""
        self.failures.add(error)
        self._bell.ring()

    def standing(self) -> list[str]:
        """Say how far each of the clients that are there has come, and how many were refused; a line for each."""
        there = [f"{who}: {performance.standing()}" for who, performance in tuple(self.running.items())]
        if not self.refused:
            return there
        return [*there, f"refused {self.refused} times a client that came again after the last episode; see then="]

    async def done(self, episodes: Sequence[Episode], timeout: float | None) -> None:  # noqa: ASYNC109 - as wait_for has it
        """Wait until each of the episodes has been served to its end, to whichever client. Safe to cancel.

        Raises:
            ScriptFailed: not in time; or something has failed.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._bell.until(lambda: bool(self.failures) or len(self._served) == len(episodes))
        except TimeoutError:
            missing = [str(episode.number) for episode in episodes if episode.number not in self._served]
            message = (
                f"after {timeout:g} s these of the {len(episodes)} episodes were not served to their end: "
                f"{', '.join(missing)}. Did the client connect, send what was recorded, and read?"
            )
            self.failures.all.append(ScriptFailed(message))
        if self.failures:
            raise self.failures.all[0]
