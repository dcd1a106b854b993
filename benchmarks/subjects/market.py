"""The feed that is ingested, recorded and replayed: its messages, its state, its reducer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from socketstore import Action, Slice


class Trade(Action):
    symbol: str
    price: float
    size: float


class Quote(Action):
    symbol: str
    bid: float
    ask: float


ACTIONS = (Trade, Quote)
"""For logs: whatever else is defined in this process under the same names, these are meant."""

Message = Annotated[Trade | Quote, Field(discriminator="type")]
ADAPTER: TypeAdapter[Any] = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Market:
    messages: int = 0
    last: float = 0.0


market: Slice[Market] = Slice(Market())


@market.on(Trade)
def traded(state: Market, action: Trade) -> Market:
    return Market(state.messages + 1, action.price)


@market.on(Quote)
def quoted(state: Market, action: Quote) -> Market:
    return Market(state.messages + 1, action.bid)
