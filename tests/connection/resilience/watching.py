"""Looks at the state after each action: what it shows is right, and what it calls live is as new as what has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from socketstore import Dispatch, JustConnected, JustDisconnected, Resynced, Store
from socketstore.testing import loop_time

SLACK = 1e-6  # seconds: a timer may be early by what a float leaves out


class Watch:
    """A middleware that writes down every action, and whatever the state says that is not so.

    It cannot raise: a connection contains what is raised while it dispatches.

    Args:
        truth: by stream: its state after 0, 1, 2, ... messages.
        number_of: how many messages the state of a stream stands for.
        silence: seconds after which a stream on which nothing comes must be stale.
        stale_after: seconds after which all of them must be, if nothing comes at all.

    Attributes:
        actions: what was dispatched.
        wrong: what the state said that was not so.
    """

    def __init__(
        self, truth: dict[str, list[Any]], number_of: Callable[[Any], int], silence: float, stale_after: float
    ) -> None:
        self.actions: list[Any] = []
        self.wrong: list[str] = []
        self._truth = truth
        self._number_of = number_of
        self._silence = silence
        self._stale_after = stale_after
        self._last: dict[str, Any] = {}
        self._newest: dict[str, int] = {}
        self._alive: dict[str, float] = {}
        self._heard_at = 0.0

    def came(self, stream: str | None = None, number: int = 0) -> None:
        """Take note of a message, before anything is dispatched for it: any, or one of a stream."""
        self._heard_at = loop_time()
        if stream is not None:
            self._newest[stream] = max(number, self._newest.get(stream, 0))
            self._alive[stream] = self._heard_at

    def __call__(self, store: Store[Any], next: Dispatch) -> Dispatch:
        def dispatch(action: Any) -> Any:
            done = next(action)
            self.actions.append(action)
            self._note(action)
            self._look(store.state, action)
            return done

        return dispatch

    def _note(self, action: Any) -> None:
        if isinstance(action, JustConnected | JustDisconnected):
            self._newest.clear()
            self._heard_at = loop_time()
        elif isinstance(action, Resynced):
            self._alive[action.stream] = loop_time()

    def _look(self, state: Any, action: Any) -> None:
        link, feed = state["link"], state["feed"]
        for name, now in feed.items():
            if now is not self._last.get(name) and not self._is_true(name, now):
                self._complain(action, f"{name} is {now!r:.300}, which it never was")
            self._last[name] = now
        if link.phase == "open" and link.stale_since is None:
            self._look_at_live([name for name, stream in link.streams.items() if stream.phase == "live"], feed, action)

    def _look_at_live(self, names: list[str], feed: Any, action: Any) -> None:
        now = loop_time()
        if names and now - self._heard_at > self._stale_after + SLACK:
            self._complain(action, f"not stale, and nothing has come for {now - self._heard_at:.3f} s")
        for name in names:
            has, newest = self._number_of(feed.get(name)), self._newest.get(name, 0)
            if has < newest:
                self._complain(action, f"{name} is live at {has}, and {newest} has come")
            if now - self._alive.get(name, 0.0) > self._silence + SLACK:
                self._complain(action, f"{name} is live, and silent for {now - self._alive.get(name, 0.0):.3f} s")

    def _is_true(self, name: str, now: Any) -> bool:
        states, number = self._truth[name], self._number_of(now)
        return number < len(states) and states[number] == now

    def _complain(self, action: Any, what: str) -> None:
        self.wrong.append(f"after {type(action).__name__}, at {loop_time():.3f}: {what}")
