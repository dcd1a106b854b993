"""A bakery that tells what it sells, and two reducers that count what is left: one with a fault, and the mended one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from socketstore import Action, ConnectionEvent, WebSocketServer


class Said(Action):
    """What the bakery says: how many bagels it is about, and how many are left then by its own count."""

    number: int
    left: int


class BagelsBaked(Said): ...


class BagelsBought(Said): ...


class BagelsBroughtBack(Said): ...


Message = BagelsBaked | BagelsBought | BagelsBroughtBack


@dataclass(frozen=True, slots=True)
class Shelf:
    """The bagels by our count, and by the bakery's."""

    bagels: int = 0
    told: int = 0


def faulty(state: Shelf, action: object) -> Shelf:
    match action:
        case BagelsBaked(number=number, left=left):
            return Shelf(state.bagels + number, left)
        case BagelsBought(number=number, left=left) | BagelsBroughtBack(number=number, left=left):
            return Shelf(state.bagels - number, left)
    return state


def mended(state: Shelf, action: object) -> Shelf:
    match action:
        case BagelsBaked(number=number, left=left) | BagelsBroughtBack(number=number, left=left):
            return Shelf(state.bagels + number, left)
        case BagelsBought(number=number, left=left):
            return Shelf(state.bagels - number, left)
    return state


def disagrees(state: Shelf) -> bool:
    """Tell whether the counts differ. They stay different once they are, so that it can be bisected."""
    return state.bagels != state.told


def day(messages: int) -> Iterator[Message]:
    """Invent a day: bagels are baked and bought, and once somebody brings some back."""
    random, left = Random(4), 0  # noqa: S311 - a day to look at
    for count in range(messages):
        number = random.randint(1, 6)
        if count == messages * 2 // 3:
            left += number
            yield BagelsBroughtBack(number=number, left=left)
        elif number > left or random.random() < 0.5:
            left += number
            yield BagelsBaked(number=number, left=left)
        else:
            left -= number
            yield BagelsBought(number=number, left=left)


class Bakery(WebSocketServer):
    """Tells its day to whoever connects, and says goodbye."""

    def __init__(self, messages: int) -> None:
        super().__init__()
        self._messages = messages
        self.add_listener("connection", self._tell)

    async def _tell(self, event: ConnectionEvent) -> None:
        for message in day(self._messages):
            await event.socket.send(message.to_json())
        event.socket.close(1000, "closed for today")
