"""How a snapshot and the messages that waited for it join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socketstore.connection.streams.ordering import Follows, Missing, Ordering
from socketstore.connection.streams.waiting import Held


def joined(
    ordering: Ordering | None, standing: Any, waiting: Sequence[Held], *, pushed: bool
) -> list[Held] | Missing | None:
    """Choose what is to be dispatched after a snapshot: what is newer, if it leaves nothing out.

    Args:
        ordering: the order of the messages; without one, all that waited comes after a snapshot that was asked for
            elsewhere, and before one that came on the socket.
        standing: where the stream stands after the snapshot.
        waiting: what waited.
        pushed: the snapshot came on the socket, behind what waited.

    Returns:
        The messages in order; or what is missing between the snapshot and them, or among them; or ``None`` if that
        cannot be told yet, as none of them is known to come before or after the snapshot.
    """
    if ordering is None:
        return [] if pushed else list(waiting)
    newer = _newer(ordering, standing, waiting, pushed=pushed)
    if newer is None:
        return None
    position, serial, kept = standing, None, []
    for held in newer:
        verdict = ordering.check(position, held.action)
        if isinstance(verdict, Missing):
            return verdict
        if isinstance(verdict, Follows):
            position, serial = verdict.position, held.serial
            kept.append(held)
        elif held.serial == serial:  # another action that was made of the same message
            kept.append(held)
    return kept


def _newer(ordering: Ordering, standing: Any, waiting: Sequence[Held], *, pushed: bool) -> list[Held] | None:
    if ordering.sorted:
        return [held for held in waiting if held.position > standing]
    at = [index for index, held in enumerate(waiting) if held.position == standing]
    if at:
        return list(waiting[at[-1] + 1 :])
    for index, held in enumerate(waiting):
        if isinstance(ordering.check(standing, held.action), Follows):
            return list(waiting[index:])
    return [] if pushed or not waiting else None
