"""What the exchange says, one class for each kind of message, and what it is told in order to begin.

Prices and sizes come as text and are kept as `Decimal`: exact, and equal however many zeros were written.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from socketstore import Action

Level = tuple[Decimal, Decimal]
"""A price, and the size that is offered at it."""

Change = tuple[Literal["buy", "sell"], Decimal, Decimal]
"""A side of the book, a price, and the new size at it; zero takes the price away."""


class Channel(BaseModel, frozen=True):
    name: str
    product_ids: tuple[str, ...]


class Subscriptions(Action):
    """What the exchange sends from now on."""

    type: Literal["subscriptions"] = "subscriptions"
    channels: tuple[Channel, ...]


class L2Snapshot(Action):
    """A whole order book."""

    type: Literal["snapshot"] = "snapshot"
    product_id: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class L2Update(Action):
    """Levels of an order book that have changed."""

    type: Literal["l2update"] = "l2update"
    product_id: str
    changes: tuple[Change, ...]
    time: datetime


class Ticker(Action):
    """The last price, and the best of both sides at that moment."""

    type: Literal["ticker"] = "ticker"
    product_id: str
    price: Decimal
    best_bid: Decimal
    best_ask: Decimal
    time: datetime


class Match(Action):
    """A trade; `last_match` is the one before the subscription began."""

    type: Literal["match", "last_match"] = "match"
    product_id: str
    trade_id: int
    side: Literal["buy", "sell"]
    price: Decimal
    size: Decimal
    time: datetime


Said = Annotated[Subscriptions | L2Snapshot | L2Update | Ticker | Match, Field(discriminator="type")]
"""Any message of the exchange; the discriminator makes reading faster and errors shorter."""


class Subscribe(BaseModel, frozen=True):
    """The request with which a session begins. It is sent, never reduced: so it is a model, but no action."""

    type: Literal["subscribe"] = "subscribe"
    product_ids: tuple[str, ...]
    channels: tuple[str, ...] = ("level2", "ticker", "matches")
