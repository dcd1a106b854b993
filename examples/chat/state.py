"""What the client knows, and what each action makes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from socketstore import GotMessage, JustConnected, JustDisconnected


@dataclass(frozen=True, slots=True)
class Chat:
    lines: tuple[str, ...] = ()
    online: bool = False


def chat(state: Chat, action: object) -> Chat:
    match action:
        case JustConnected():
            return replace(state, online=True)
        case GotMessage(data=text):
            return replace(state, lines=(*state.lines, str(text)))
        case JustDisconnected():
            return replace(state, online=False)
    return state
