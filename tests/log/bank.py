"""What the tests of the log record: an account, with names that no other test gives to its actions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from socketstore import Action, Log, open_log
from socketstore.log.headers import header_line
from socketstore.log.lines import action_line

AT = 1_600_000_000.5


class AmountDeposited(Action):
    amount: int


class LetterReceived(Action):
    text: str = ""
    scan: bytes = b""
    weight: float = 0.0


class AmountWithdrawn(Action):
    """On which `account` raises if there is not enough."""

    amount: int


class Overdrawn(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Account:
    balance: int = 0
    papers: tuple[Any, ...] = ()


def account(state: Account, action: object) -> Account:
    match action:
        case AmountDeposited(amount=amount):
            return replace(state, balance=state.balance + amount)
        case AmountWithdrawn(amount=amount):
            if amount > state.balance:
                message = f"{amount} of {state.balance}"
                raise Overdrawn(message)
            return replace(state, balance=state.balance - amount)
    return replace(state, papers=(*state.papers, action))


def header() -> bytes:
    return header_line(AT)


def line(sequence: int, action: Any) -> bytes:
    return action_line(sequence, AT, action)


def written(path: Path, *actions: Any) -> Path:
    """Write a log with these actions and return where."""
    with open_log(path, mode="x") as log:
        for action in actions:
            log.append(action)
    return path


def actions_of(log: Log, after: int = 0) -> list[Any]:
    return [getattr(entry, "action", entry) for entry in log.read(after)]
