"""The typed examples of subscriptions also run; that they are well typed, mypy and pyright say."""

from __future__ import annotations

import api_subscriptions
import pytest

from socketstore import Acknowledged, Refused, UsageError


def test_the_typed_examples_of_subscriptions_run() -> None:
    assert api_subscriptions.acknowledged({"type": "subscribed", "channel": "a"}) == Acknowledged("a")
    assert api_subscriptions.acknowledged({"type": "error", "channel": "a", "message": "?"}) == Refused("a", reason="?")
    assert api_subscriptions.several({"id": 1, "done": ["a"]})[0].keys == ("a",)
    assert api_subscriptions.a_connection_reads_its_own_state("ws://localhost").epoch == 0


def test_a_mistake_that_the_types_find_is_also_found_when_it_runs() -> None:
    with pytest.raises(UsageError):
        api_subscriptions.a_key_is_text()
