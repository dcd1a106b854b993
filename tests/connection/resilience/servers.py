"""Two feeds of numbered messages: one that can go on where a client stands, and one that forgets what it has sent."""

# ruff: noqa: S311 - these dice are thrown for tests
from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from socketstore import ConnectionEvent, MessageEvent, ReadyState, WebSocket, WebSocketServer
from tests.connection.resilience.schedule import Trouble
from tests.connection.resilience.words import NAMES, Entry, said, wrapped

EACH = 200
"""How many messages there are of each stream, in one run."""


class Feed(WebSocketServer):
    """What the two have in common: streams that grow, orders, heartbeats.

    Args:
        seed: what the messages are drawn from.
        trouble: told of delicate moments.
        begin: the state of a stream before its first message.
        step: the state after one more, as the client's reducer makes it.

    Attributes:
        truth: by stream: its state after 0, 1, 2, ... messages.
        orders: those that came: the number of the socket, and of the order.
    """

    def __init__(self, seed: int, trouble: Trouble, begin: Any, step: Callable[[Any, Entry], Any]) -> None:
        super().__init__(ping_interval=1, ping_timeout=1, close_timeout=0.3, open_timeout=1, compression=None)
        self.truth = {name: [begin] for name in NAMES}
        self.orders: list[tuple[int, int]] = []
        self.following: dict[WebSocket, set[str]] = {}
        self.trouble = trouble
        self._dice = random.Random(seed)
        self._step = step
        self._accepted = 0
        self.add_listener("connection", self._welcome)
        self.add_listener("headers", lambda _: trouble.at("handshake"))
        self.add_listener("error", lambda _: None)  # a handshake that was struck down

    @property
    def has_ended(self) -> bool:
        """Whether there will be no other message."""
        return all(self.newest(name) == EACH for name in NAMES)

    def newest(self, name: str) -> int:
        """The number of the last message of a stream."""
        return len(self.truth[name]) - 1

    def produce(self) -> None:
        """Let some streams grow, and tell whoever follows them."""
        for _ in range(self._dice.randint(4, 14)):
            name = self._dice.choice(NAMES)
            if self.newest(name) < EACH:
                self._grow(Entry(stream=name, number=self.newest(name) + 1, value=self._dice.randrange(1000)))

    def keep(self, entry: Entry) -> None:
        """Keep a message for those who come later; or not."""

    def answer(self, socket: WebSocket, body: dict[str, Any]) -> None:
        """Answer what only one of the two feeds understands."""

    def tell(self, socket: WebSocket, body: Any) -> None:
        if socket.ready_state is ReadyState.OPEN:
            socket.send(wrapped(body))

    def _grow(self, entry: Entry) -> None:
        states = self.truth[entry.stream]
        states.append(self._step(states[-1], entry))
        self.keep(entry)
        for socket, names in self.following.items():
            if entry.stream in names:
                self.tell(socket, said_of(entry))

    def _welcome(self, event: ConnectionEvent) -> None:
        self._accepted += 1
        number, socket = self._accepted, event.socket
        self.following[socket] = set()
        socket.add_listener("message", lambda message: self._hear(number, socket, message))
        socket.add_listener("close", lambda _: self.following.pop(socket))

    def _hear(self, number: int, socket: WebSocket, event: MessageEvent) -> None:
        body = said(event.data)
        if "ping" in body:
            self.tell(socket, {"pong": body["ping"]})
        elif "order" in body:
            self.orders.append((number, body["order"]))
            self.tell(socket, {"id": body.get("id")})
        elif body:
            self.answer(socket, body)


def said_of(entry: Entry) -> dict[str, Any]:
    return {"stream": entry.stream, "number": entry.number, "value": entry.value}


class ResumableFeed(Feed):
    """Keeps all that it has ever sent, and goes on wherever a client says that it stands."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.history: dict[str, list[Entry]] = {name: [] for name in NAMES}

    def keep(self, entry: Entry) -> None:
        self.history[entry.stream].append(entry)

    def answer(self, socket: WebSocket, body: dict[str, Any]) -> None:
        match body:
            case {"hello": cursors, "id": id}:
                self.trouble.at("on_open")
                self.tell(socket, {"id": id})
                for name in NAMES:
                    self._send_again(socket, name, cursors.get(name, 0))
                self.following[socket] = set(NAMES) if socket in self.following else set()
            case {"missing": name, "behind": position, "id": id}:
                self.trouble.at("resync")
                entries = [said_of(entry) for entry in self.history[name][position:]]
                self.tell(socket, {"id": id, "entries": entries})
            case {"missing": name, "behind": position}:
                self.trouble.at("resync")
                self._send_again(socket, name, position)

    def _send_again(self, socket: WebSocket, name: str, position: int) -> None:
        for entry in self.history[name][position:]:
            self.tell(socket, said_of(entry))


class ForgetfulFeed(Feed):
    """Knows only how things stand: sends that to whoever subscribes or asks, and then what changes."""

    def answer(self, socket: WebSocket, body: dict[str, Any]) -> None:
        match body:
            case {"hello": _, "id": id}:
                self.trouble.at("on_open")
                self.tell(socket, {"id": id})
            case {"subscribe": names}:
                self.trouble.at("subscribing")
                self.tell(socket, {"subscribed": names})
                for name in names:
                    self.tell(socket, self._whole(name))
                self.following.get(socket, set()).update(names)
            case {"unsubscribe": names}:
                self.following.get(socket, set()).difference_update(names)
            case {"whole": name, **rest}:
                self.trouble.at("resync")
                self.tell(socket, {**rest, **self._whole(name)})

    def _whole(self, name: str) -> dict[str, Any]:
        return {"stream": name, "number": self.newest(name), "rows": dict(self.truth[name][-1].rows)}
