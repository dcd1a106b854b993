from __future__ import annotations

import io
import logging
import re
import sys
import threading
from dataclasses import dataclass, replace
from typing import Any

import pytest

from socketstore import Action, GotMessage, Logger, Store, UsageError, logger


class Packed(Action):
    name: str
    grams: int = 0


@dataclass(frozen=True)
class Unpacked:
    name: str


@dataclass(frozen=True, slots=True)
class Parcel:
    items: tuple[Any, ...] = ()
    weight: int = 0


class Rude:
    def __repr__(self) -> str:
        raise RuntimeError("no")


def parcel(state: Parcel, action: Any) -> Parcel:
    match action:
        case Packed(name=name, grams=grams):
            return replace(state, items=(*state.items, name), weight=state.weight + grams)
        case "same again":
            return replace(state)
        case "rude":
            return replace(state, items=(Rude(),))
        case "fill":
            return replace(state, items=tuple(range(50)))
        case "boom":
            raise ZeroDivisionError("too heavy")
    return state


def thunk(store: Store[Any], next: Any) -> Any:
    return lambda action: action(store.dispatch) if callable(action) else next(action)


def logged(*actions: Any, middleware: Any = (), store: Store[Any] | None = None, **settings: Any) -> list[str]:
    """Dispatch, and return the lines without time and duration."""
    written: list[str] = []
    store = Store(parcel, Parcel(), middleware=[Logger(write=written.append, **settings), *middleware])
    for action in actions:
        store.dispatch(action)
    return without_times(written)


def without_times(written: list[str]) -> list[str]:
    lines = "\n".join(written).splitlines()
    return [
        re.sub(r"^\d\d:\d\d:\d\d\.\d{3}  |  \(\d+\.\d\d ms\)$", "", line).replace(" " * 14, "    ") for line in lines
    ]


def test_an_action_is_shown_with_its_time_its_fields_what_it_changed_and_how_long_it_took():
    written: list[str] = []
    Store(parcel, Parcel(), middleware=[Logger(write=written.append)]).dispatch(Packed(name="tea", grams=250))
    [text] = written
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d\.\d{3}  packed name='tea' grams=250  \(\d+\.\d\d ms\)\n"
        r"              items\[0\]: added 'tea'\n"
        r"              weight: 0 -> 250",
        text,
    )


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Unpacked("tea"), "Unpacked name='tea'"),
        (GotMessage(data="hi", at=3.0, epoch=1), "gotMessage data='hi'"),
        (GotMessage(data="hi", connection="news"), "gotMessage connection='news' data='hi'"),
        ({"type": "packed", "name": "tea"}, "packed name='tea'"),
        ({"name": "tea"}, "{'name': 'tea'}"),
        (3, "3"),
        (parcel, "parcel"),
        ("line\nbreak", r"'line\nbreak'"),
    ],
)
def test_every_kind_of_action_is_shown_readably(action: Any, line: str):
    assert logged(action) == [line, "    no change"]


def test_another_object_with_the_same_content_is_told_from_no_change():
    assert logged("same again") == ["'same again'", "    another object, but equal"]


def test_without_diff_it_says_only_whether_something_changed():
    assert logged(Packed(name="tea"), diff=False) == ["packed name='tea' grams=0", "    changed"]


def test_changes_and_values_are_bounded():
    lines = logged("fill", Packed(name="x" * 500), changes=2, width=20)
    assert lines[:4] == ["'fill'", "    items[0]: added 0", "    items[1]: added 1", "    and more"]
    assert lines[4] == f"packed name='{'x' * 16}... grams=0"


def test_only_what_is_asked_for_is_shown():
    assert logged("a", "b", only=lambda action: action != "a") == ["'b'", "    no change"]


def test_what_the_reducer_raises_is_shown_and_raised_on():
    written: list[str] = []
    store = Store(parcel, Parcel(), middleware=[Logger(write=written.append)])
    with pytest.raises(ZeroDivisionError):
        store.dispatch("boom")
    assert without_times(written) == ["'boom'", "    raised ZeroDivisionError: too heavy"]
    store.dispatch("on")
    assert without_times(written)[2:] == ["'on'", "    no change"]


def test_a_repr_that_raises_is_shown_as_that():
    assert logged("rude")[1:] == ["    items[0]: added <Rude, whose repr raises RuntimeError>"]
    assert logged(Rude())[0] == "<Rude, whose repr raises RuntimeError>"


def test_a_state_that_cannot_be_walked_is_no_reason_to_fail():
    class Broken(dict[str, int]):
        def items(self) -> Any:
            raise RuntimeError("not today")

    written: list[str] = []
    store = Store(lambda state, action: Broken(), Broken(), middleware=[Logger(write=written.append)])
    store.dispatch("a")
    assert without_times(written)[1] == "    changed; where could not be found out: RuntimeError: not today"


def test_actions_that_another_one_leads_to_stand_between_its_beginning_and_its_end():
    def load(dispatch: Any) -> None:
        dispatch(Packed(name="a"))
        dispatch("b")

    assert logged(load, middleware=[thunk]) == [
        "test_actions_that_another_one_leads_to_stand_between_its_beginning_and_its_end.<locals>.load",
        "  packed name='a' grams=0",
        "      items[0]: added 'a'",
        "  'b'",
        "      no change",
        "test_actions_that_another_one_leads_to_stand_between_its_beginning_and_its_end.<locals>.load",
    ]


def test_what_a_listener_dispatches_comes_after_what_led_to_it():
    written: list[str] = []
    store = Store(parcel, Parcel(), middleware=[Logger(write=written.append, diff=False)])
    store.subscribe(lambda state: store.dispatch("heard") if len(state.items) == 1 else None)
    store.dispatch(Packed(name="a"))
    assert without_times(written) == ["packed name='a' grams=0", "    changed", "'heard'", "    no change"]


def test_it_can_write_to_logging(caplog: pytest.LogCaptureFixture):
    store = Store(parcel, Parcel(), middleware=[Logger(write=logging.getLogger("app").debug)])
    with caplog.at_level(logging.DEBUG):
        store.dispatch("a")
    assert [record.levelname for record in caplog.records] == ["DEBUG"]


def test_stores_in_two_threads_share_a_logger_without_mixing_their_lines():
    written: list[str] = []
    other = threading.Thread(target=lambda: stores[1].dispatch("second"))

    def write(text: str) -> None:
        if not written:
            other.start()
            other.join(0.1)  # it cannot end before we are out of here
        written.append(text)

    shared = Logger(write=write)
    stores = [Store(parcel, Parcel(), middleware=[shared]) for _ in range(2)]
    stores[0].dispatch("first")
    other.join()
    assert without_times(written)[::2] == ["'first'", "'second'"]


def test_by_default_it_writes_plain_text_to_the_standard_error_stream(capsys: pytest.CaptureFixture[str]):
    Store(parcel, Parcel(), middleware=[logger]).dispatch(Packed(name="tea"))
    out, err = capsys.readouterr()
    assert out == ""
    assert without_times([err]) == ["packed name='tea' grams=0", "    items[0]: added 'tea'"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_uses_colour_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch):
    for name, value in (("TERM", "xterm"), ("COLORTERM", ""), ("COLUMNS", "20")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stderr", Terminal())
    store = Store(parcel, Parcel(), middleware=[logger])
    store.dispatch(Packed(name="[bold]tea"))
    with pytest.raises(ZeroDivisionError):
        store.dispatch("boom")
    text = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[31m" in text
    assert without_times([re.sub(r"\x1b\[[\d;]*m", "", text)]) == [
        "packed name='[bold]tea' grams=0",
        "    items[0]: added '[bold]tea'",
        "'boom'",
        "    raised ZeroDivisionError: too heavy",
    ]


def test_a_program_without_a_standard_error_stream_can_have_a_logger(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", None)
    store = Store(parcel, Parcel(), middleware=[logger])
    store.dispatch(Packed(name="tea"))
    assert store.state.items == ("tea",)


@pytest.mark.parametrize("settings", [{"write": 3}, {"only": "a"}, {"changes": 0}, {"width": "wide"}])
def test_settings_that_are_none_are_refused(settings: dict[str, Any]):
    with pytest.raises(UsageError, match=next(iter(settings))):
        Logger(**settings)


def test_as_much_of_a_value_is_shown_as_is_asked_for():
    [line, *_] = logged(Packed(name="x" * 600), width=1000)
    assert line == f"packed name='{'x' * 600}' grams=0"


def test_what_it_adds_of_its_own_can_be_written_in_any_encoding():
    lines = logged("fill", Packed(name="x" * 500), width=20)
    assert "\n".join(lines).isascii()


def test_a_dict_whose_keys_changed_places_is_shown():
    written: list[str] = []
    store = Store(
        lambda state, action: dict(sorted(state.items())), {"b": 1, "a": 2}, middleware=[Logger(write=written.append)]
    )
    store.dispatch("sort")
    assert without_times(written)[1:] == ["    state: dict_keys(['b', 'a']) -> dict_keys(['a', 'b'])"]


class RudeToCall:
    def __call__(self) -> None: ...

    def __repr__(self) -> str:
        raise RuntimeError("no")


class RudeToGet(dict[str, Any]):
    def get(self, *arguments: Any) -> Any:
        raise RuntimeError("no")


class RudeToLookInto:
    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            raise RuntimeError("no")
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("action", [RudeToCall(), RudeToGet(), RudeToLookInto()])
def test_an_action_that_cannot_be_described_is_dispatched_all_the_same(action: Any):
    assert len(logged(action)) == 2


def test_a_logger_may_write_into_a_store_that_it_logs_itself():
    written: list[str] = []

    def write(text: str) -> None:
        written.append(text)
        if "'app'" in text:
            panel.dispatch("panel")

    shared = Logger(write=write)
    panel = Store(parcel, Parcel(), middleware=[shared])
    app = Store(parcel, Parcel(), middleware=[shared])
    thread = threading.Thread(target=app.dispatch, args=("app",), daemon=True)
    thread.start()
    thread.join(5)
    assert without_times(written)[::2] == ["'app'", "'panel'"]
