"""What is sent to a server, and said to the store, when what is wanted changes, and when it is answered."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any

import pytest

from socketstore import Acknowledged, Refused, Subscribed
from tests.connection.subscriptions.desk import Desk, WantedChanged, by_id, subscriptions


async def test_what_is_wanted_is_asked_for_at_once_and_counts_when_it_is_acknowledged() -> None:
    desk = Desk(None, "b", "a")
    desk.open()
    assert desk.sent == [{"sub": ["b", "a"]}]
    assert desk.said == ()
    assert await desk.hear({"ok": ["a"]})
    assert desk.connection.subscribed == {"a"}
    await desk.hear({"ok": ["b"]})
    assert desk.said == (("Subscribed", "a"), ("Subscribed", "b"))
    assert len(desk.sent) == 1


async def test_before_on_open_is_done_nothing_is_sent() -> None:
    desk = Desk(None, "a")
    desk.open(ready=False)
    await desk.want("a", "b")
    assert await desk.hear({"ok": ["a"]})  # an answer it is, though to nothing of ours
    assert (desk.sent, desk.said) == ([], ())
    assert desk.session is not None
    desk.part.ready(desk.session)
    assert desk.sent == [{"sub": ["a", "b"]}]


async def test_changes_are_followed_and_what_is_not_wanted_is_ended_first() -> None:
    desk = Desk(None, "a", "b")
    desk.open()
    await desk.hear({"ok": ["a", "b"]})
    await desk.want("c", "a")
    assert desk.sent[1:] == [{"unsub": ["b"]}, {"sub": ["c"]}]
    assert desk.said[1:] == (("Unsubscribed", "b"),)
    assert desk.connection.subscribed == {"a"}


async def test_without_acknowledgements_a_subscription_counts_from_when_it_was_sent() -> None:
    desk = Desk(subscriptions(acknowledged=None), "a")
    desk.open()
    assert desk.said == (("Subscribed", "a"),)
    assert not await desk.hear({"ok": ["a"]})
    await desk.want("b")
    assert desk.sent == [{"sub": ["a"]}, {"unsub": ["a"]}, {"sub": ["b"]}]
    assert desk.connection.subscribed == {"b"}


async def test_the_keys_of_a_set_are_asked_for_sorted_and_those_of_a_list_once() -> None:
    desk = Desk(subscriptions(select=lambda state: set(state.wanted)), "c", "a", "b")
    desk.open()
    assert desk.sent == [{"sub": ["a", "b", "c"]}]
    other = Desk(None, "c", "a", "c")
    other.open()
    assert other.sent == [{"sub": ["c", "a"]}]


async def test_what_is_wanted_for_a_moment_only_costs_no_message() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    for keys in ((), ("a", "b"), (), ("a",)):  # four notifications in one round of the loop
        desk.store.dispatch(WantedChanged(keys=keys))
    await desk.want("a")
    assert len(desk.sent) == 1


async def test_a_key_that_is_unwanted_while_its_answer_is_awaited_is_ended_after_the_answer() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.want()
    assert desk.sent == [{"sub": ["a"]}]
    await desk.hear({"ok": ["a"]})
    assert desk.sent[1:] == [{"unsub": ["a"]}]
    assert desk.said == (("Subscribed", "a"), ("Unsubscribed", "a"))


async def test_a_key_that_is_wanted_again_before_its_answer_is_not_asked_for_twice() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.want()
    await desk.want("a")
    await desk.hear({"ok": ["a"]})
    assert desk.sent == [{"sub": ["a"]}]


async def test_what_was_refused_is_asked_for_again_once_it_was_not_wanted_meanwhile() -> None:
    desk = Desk(None, "a", "b")
    desk.open()
    await desk.hear({"no": ["a"], "why": "unknown"})
    assert desk.refused == {"a": "unknown"}
    await desk.want("a", "b", "c")
    assert desk.sent[1:] == [{"sub": ["c"]}]
    await desk.want("b", "c")
    assert desk.refused == {}
    await desk.want("b", "c", "a")
    assert desk.sent[2:] == [{"sub": ["a"]}]
    assert desk.said == (("SubscriptionRefused", "a", "unknown"), ("Unsubscribed", "a"))


async def test_what_was_refused_is_asked_for_again_on_the_next_socket() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.hear({"no": ["a"], "why": "busy"})
    desk.close()
    assert desk.refused == {}
    desk.open()
    assert desk.sent == [{"sub": ["a"]}]


async def test_what_became_unwanted_while_there_was_no_socket_is_not_asked_for() -> None:
    desk = Desk(None, "a", "b")
    desk.open()
    await desk.hear({"ok": ["a", "b"]})
    first = desk.line
    desk.close()
    await desk.want("b", "c")
    desk.open()
    assert desk.sent == [{"sub": ["b", "c"]}]
    assert first.sent == [{"sub": ["a", "b"]}]


async def test_a_subscription_that_the_server_ends_is_refused_and_not_asked_for_in_a_loop() -> None:
    desk = Desk(None, "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    await desk.hear({"no": ["a"], "why": "delisted"})
    assert desk.connection.subscribed == frozenset()
    assert desk.refused == {"a": "delisted"}
    assert len(desk.sent) == 1
    await desk.hear({"ok": ["a"]})  # it has changed its mind
    assert desk.connection.subscribed == {"a"}


async def test_answers_about_keys_that_nobody_asked_for_are_harmless() -> None:
    desk = Desk(None, "a")
    desk.open()
    assert await desk.hear({"ok": ["x", "a", "y"]})
    assert await desk.hear({"ok": ["a"]})
    assert await desk.hear({"no": ["z"], "why": "?"})
    assert await desk.hear({"left": ["a"]})
    assert desk.said == (("Subscribed", "a"),)


async def test_other_messages_are_left_to_others() -> None:
    desk = Desk(None, "a")
    desk.open()
    assert not await desk.hear({"price": 1})
    assert not await desk.hear("text")


async def test_an_answer_that_holds_more_than_that_is_decoded_as_well() -> None:
    more = subscriptions(acknowledged=lambda content: Acknowledged(*content["ok"], consumed=False))
    desk = Desk(more, "a")
    desk.open()
    assert not await desk.hear({"ok": ["a"], "snapshot": [1]})
    assert desk.connection.subscribed == {"a"}


async def test_one_message_may_hold_several_answers() -> None:
    def both(content: Any) -> Any:
        return [Acknowledged(*content["ok"]), Refused(*content["no"], reason="full")]

    desk = Desk(subscriptions(acknowledged=both), "a", "b", "c")
    desk.open()
    assert await desk.hear({"ok": ["a", "c"], "no": ["b"]})
    assert desk.connection.subscribed == {"a", "c"}
    assert desk.refused == {"b": "full"}


# Batches.


async def test_a_message_holds_no_more_keys_than_the_protocol_can() -> None:
    desk = Desk(subscriptions(batch=2), "a", "b", "c")
    desk.open()
    assert desk.sent == [{"sub": ["a", "b"]}, {"sub": ["c"]}]
    await desk.hear({"ok": ["a", "b", "c"]})
    await desk.want()
    assert desk.sent[2:] == [{"unsub": ["a", "b"]}, {"unsub": ["c"]}]


# Answers by the id of the message.


async def test_an_answer_may_name_the_message_instead_of_keys() -> None:
    desk = Desk(by_id(batch=1), "a", "b")
    desk.open()
    await desk.hear({"done": 2})
    assert desk.connection.subscribed == {"b"}
    await desk.hear({"failed": 1, "why": "unknown"})
    assert desk.refused == {"a": "unknown"}


async def test_an_answer_to_the_message_of_somebody_else_is_left_to_him() -> None:
    desk = Desk(by_id(), "a")
    desk.open()
    assert not await desk.hear({"done": 77})
    assert await desk.hear({"done": 1})
    assert not await desk.hear({"done": 1})  # it has been answered: the server must mean another
    assert desk.said == (("Subscribed", "a"),)


async def test_the_answer_to_an_end_changes_nothing_of_what_was_asked_for_since() -> None:
    desk = Desk(by_id(), "a")
    desk.open()
    await desk.hear({"done": 1})
    await desk.want()
    await desk.want("a")
    assert desk.sent == [{"sub": ["a"], "id": 1}, {"unsub": ["a"], "id": 2}, {"sub": ["a"], "id": 3}]
    assert await desk.hear({"failed": 2, "why": "?"})
    assert await desk.hear({"done": 3})
    assert desk.said == (("Subscribed", "a"), ("Unsubscribed", "a"), ("Subscribed", "a"))


async def test_an_answer_may_name_some_of_the_keys_of_its_message() -> None:
    def partly(content: Any) -> Any:
        return [Acknowledged(*content["ok"], to=content["id"]), Refused(*content["no"], to=content["id"])]

    desk = Desk(by_id(acknowledged=partly), "a", "b")
    desk.open()
    assert await desk.hear({"id": 1, "ok": ["a", "x"], "no": ["b"]})
    assert desk.connection.subscribed == {"a"}
    assert desk.refused == {"b": ""}


# What goes wrong.


async def test_a_select_that_raises_is_reported_once_and_leaves_everything_as_it_is(
    reported: list[BaseException | str],
) -> None:
    def select(state: Any) -> Any:
        return state.wanted if "bad" not in state.wanted else 1 / 0

    desk = Desk(subscriptions(select=select), "a")
    desk.open()
    await desk.want("bad")
    await desk.want("bad", "worse")
    assert desk.sent == [{"sub": ["a"]}]
    assert [type(error) for error in reported] == [ZeroDivisionError]
    await desk.want("a", "b")
    assert desk.sent[1:] == [{"sub": ["b"]}]
    await desk.want("bad")
    assert len(reported) == 2
    reported.clear()


@pytest.mark.parametrize("wanted", ["BTC", None, 7, b"x", [1], (("trades", "BTC"),), iter("ab")], ids=range(7))
async def test_a_select_that_returns_no_collection_of_text_is_reported(
    wanted: Any, reported: list[BaseException | str]
) -> None:
    desk = Desk(subscriptions(select=lambda _: wanted))
    desk.open()
    assert desk.sent == []
    (error,) = reported
    assert "expected" in str(error)
    reported.clear()


async def test_a_message_that_cannot_be_made_fails_only_its_own_keys(reported: list[BaseException | str]) -> None:
    def fussy(keys: tuple[str, ...]) -> Any:
        return {"sub": keys} if "bad" not in keys else 1 / 0

    desk = Desk(subscriptions(subscribe=fussy, batch=1), "a", "bad", "c")
    desk.open()
    assert desk.sent == [{"sub": ["a"]}, {"sub": ["c"]}]
    assert desk.refused == {"bad": "subscribe= raised ZeroDivisionError: division by zero"}
    assert [type(error) for error in reported] == [ZeroDivisionError]
    reported.clear()


@pytest.mark.parametrize("message", [None, object()], ids=["none", "no JSON"])
async def test_what_is_no_message_is_refused(message: Any, reported: list[BaseException | str]) -> None:
    desk = Desk(subscriptions(subscribe=lambda _: message), "a")
    desk.open()
    assert desk.sent == []
    assert set(desk.refused) == {"a"}
    reported.clear()


async def test_a_subscription_that_cannot_be_ended_stays_and_is_not_tried_in_a_loop(
    reported: list[BaseException | str],
) -> None:
    desk = Desk(subscriptions(unsubscribe=lambda _: 1 / 0), "a")
    desk.open()
    await desk.hear({"ok": ["a"]})
    await desk.want()
    await desk.want("b")
    assert len(reported) == 1
    assert desk.connection.subscribed == {"a"}
    await desk.want("a", "b")
    assert desk.sent == [{"sub": ["a"]}, {"sub": ["b"]}]
    reported.clear()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda content: 1 / 0,
        lambda content: True,
        lambda content: ["a"],
        lambda content: Acknowledged(7),  # type: ignore[arg-type]
        lambda content: Acknowledged(to=[]),  # type: ignore[arg-type]
        lambda content: Refused(reason="whose?"),
    ],
    ids=["raises", "a boolean", "a list of text", "no text", "no id", "of nothing"],
)
async def test_answers_that_cannot_be_read_are_reported_and_left_to_others(
    wrong: Any, reported: list[BaseException | str]
) -> None:
    desk = Desk(subscriptions(acknowledged=wrong), "a")
    desk.open()
    assert not await desk.hear({"ok": ["a"]})
    assert len(reported) == 1
    reported.clear()


async def test_answers_that_cannot_be_read_are_reported_once_until_one_can(
    reported: list[BaseException | str],
) -> None:
    desk = Desk(subscriptions(acknowledged=lambda content: Acknowledged(*content["ok"])), "a")
    desk.open()
    for _ in range(3):
        assert not await desk.hear({"price": 1})
    assert [type(error) for error in reported] == [KeyError]
    assert await desk.hear({"ok": ["a"]})
    assert not await desk.hear({"price": 1})
    assert len(reported) == 2
    reported.clear()


async def test_a_socket_that_is_closing_is_left_alone() -> None:
    made: list[tuple[str, ...]] = []

    def note(keys: tuple[str, ...]) -> Any:
        made.append(keys)
        return {"sub": keys}

    desk = Desk(subscriptions(subscribe=note), "a")
    desk.open()
    desk.line.closing = True
    await desk.want("a", "b")
    await desk.hear({"ok": ["a"]})
    await desk.want("c")
    assert desk.sent == [{"sub": ["a"]}]
    assert made == [("a",), ("b",)]


async def test_nothing_is_sent_or_said_for_a_socket_that_has_closed() -> None:
    desk = Desk(None, "a")
    desk.open()
    desk.store.dispatch(WantedChanged(keys=("b",)))  # handed over, and overtaken by the end of the socket
    desk.close()
    desk.line.closing = False
    await desk.want("c")
    assert not await desk.hear({"ok": ["a"]})
    assert (desk.sent, desk.said) == ([{"sub": ["a"]}], ())


async def test_keys_may_be_members_of_an_enumeration_of_text() -> None:
    class Channel(StrEnum):
        TRADES = "trades"

    desk = Desk(subscriptions(select=lambda _: {Channel.TRADES}))
    desk.open()
    assert desk.sent == [{"sub": ["trades"]}]
    await desk.hear({"ok": ["trades"]})
    assert desk.connection.subscribed == {"trades"}
    assert Subscribed.from_json(Subscribed(keys=(Channel.TRADES,)).to_json()) == Subscribed(keys=("trades",))


async def test_messages_that_are_no_answers_cost_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(None, "a")
    desk.open()
    calls: list[Any] = []
    with monkeypatch.context() as patch:
        patch.setattr(asyncio.get_running_loop(), "call_soon", lambda *call, **_: calls.append(call))
        assert not desk.part.consumes('{"price": 1}')
        assert calls == []
        assert desk.part.consumes('{"left": ["x"]}')
    assert len(calls) == 1


def test_a_store_outlives_the_loop_of_a_connection_that_was_never_closed() -> None:
    async def main() -> Desk:
        desk = Desk(None, "a")
        desk.open()
        return desk

    desk = asyncio.run(main())
    desk.store.dispatch(WantedChanged(keys=("b",)))
    assert desk.sent == [{"sub": ["a"]}]
