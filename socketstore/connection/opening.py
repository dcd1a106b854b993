"""The first open: what ``async with`` waits for, and what it raises where there is none."""

from __future__ import annotations

import asyncio

from socketstore.connection.supervisor import Supervisor
from socketstore.errors import ConnectionFailed
from socketstore.sockets.eventually import to_the_end


async def first_open(supervisor: Supervisor, running: asyncio.Task[None], seconds: float | None, url: str) -> None:
    """Wait for the first open; if there is none, end the task in which the attempts are made.

    Args:
        supervisor: makes the attempts.
        running: the task that runs it.
        seconds: how long to wait, over all attempts; ``None``: for ever.
        url: the address, as it may be shown.

    Raises:
        ConnectionFailed: it failed for good, or not in time.
        UsageError: an option of the socket cannot be used.
    """
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            await _opened(supervisor, running, url)
    except BaseException as error:
        running.cancel()
        await to_the_end(_ended(running))
        if isinstance(error, TimeoutError) and clock.expired():
            raise _not_in_time(url, seconds, supervisor) from supervisor.failure
        raise


async def _opened(supervisor: Supervisor, running: asyncio.Task[None], url: str) -> None:
    opened = asyncio.create_task(supervisor.opened.wait())
    try:
        await asyncio.wait([opened, running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        opened.cancel()
    if not supervisor.opened.is_set():
        running.result()
        raise supervisor.failure or _closed_too_early(url, supervisor)


def _closed_too_early(url: str, supervisor: Supervisor) -> ConnectionFailed:
    how = "" if supervisor.ended is None else f", while on_open was at work: {supervisor.ended}"
    return ConnectionFailed(f"{url} was closed before it was open{how}", url=url, kind="aborted")


async def _ended(running: asyncio.Task[None]) -> None:
    await asyncio.wait([running])


def _not_in_time(url: str, seconds: float | None, supervisor: Supervisor) -> ConnectionFailed:
    last = f"the last attempt failed: {supervisor.failure}" if supervisor.failure else "no attempt got an answer"
    return ConnectionFailed(f"could not open {url} within {seconds} s; {last}", url=url, kind="timeout")
