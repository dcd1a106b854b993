"""The state of the demonstration: what was said, and whether we are online."""

from __future__ import annotations

from dataclasses import dataclass, replace

from socketstore.actions import GotMessage, JustConnected, JustDisconnected
from socketstore.store.slices import Slice


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation."""

    online: bool = False
    lines: tuple[str, ...] = ()


chat: Slice[Chat] = Slice(Chat())


@chat.on(JustConnected)
def _connected(state: Chat, _: JustConnected) -> Chat:
    return replace(state, online=True)


@chat.on(GotMessage)
def _said(state: Chat, action: GotMessage) -> Chat:
    return replace(state, lines=(*state.lines, str(action.data)))


@chat.on(JustDisconnected)
def _disconnected(state: Chat, _: JustDisconnected) -> Chat:
    return replace(state, online=False)
