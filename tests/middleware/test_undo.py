from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from socketstore import (
    Action,
    ClearHistory,
    Jump,
    Redo,
    ReducerError,
    Slice,
    Store,
    Undo,
    Undoable,
    UsageError,
    combine_reducers,
    open_log,
    record,
    replay,
    undoable,
)

Words = tuple[str, ...]


class Typed(Action):
    word: str
    line: int | None = None


class Hovered(Action):
    word: str


class Refreshed(Action):
    pass


class Unchecked(Protocol):
    """A class that instances cannot be compared with."""


def write(words: Words, action: Any) -> Words:
    match action:
        case Typed(word=word) | Hovered(word=word):
            return (*words, word)
        case BaseException():
            raise action
    return words


def by_line(action: Typed) -> int | None:
    return action.line


def typing(*words: str) -> Undoable[Words]:
    return reduced(undoable(write), *(Typed(word=word) for word in words))


def reduced(reducer: Callable[[Any, Any], Any], *actions: Any) -> Any:
    history: Any = Undoable(present=())
    for action in actions:
        history = reducer(history, action)
    return history


def test_each_change_is_a_step_that_can_be_undone_and_redone():
    editor = undoable(write)
    history = typing("a", "b")
    assert history == Undoable(past=((), ("a",)), present=("a", "b"))
    back = editor(history, Undo())
    assert back == Undoable(past=((),), present=("a",), future=(("a", "b"),))
    assert editor(back, Redo()) == history
    assert (history.can_undo, history.can_redo) == (True, False)
    assert (back.can_undo, back.can_redo) == (True, True)


@pytest.mark.parametrize("action", [Undo(), Redo(), Jump(steps=-3), Jump(steps=3), Jump(steps=0), ClearHistory()])
def test_where_there_is_nowhere_to_go_the_same_object_comes_back(action: Action):
    history: Undoable[Words] = Undoable(present=("a",))
    assert undoable(write)(history, action) is history


def test_what_changes_nothing_makes_no_step():
    history = typing("a")
    assert undoable(write)(history, Refreshed()) is history


def test_a_change_after_an_undo_drops_what_could_be_redone():
    history = reduced(undoable(write), Typed(word="a"), Undo(), Typed(word="b"))
    assert history == Undoable(past=((),), present=("b",))


def test_an_action_without_a_change_keeps_what_could_be_redone():
    assert reduced(undoable(write), Typed(word="a"), Undo(), Refreshed()).can_redo


@pytest.mark.parametrize(("steps", "present"), [(-1, "ab"), (-2, "a"), (-99, ""), (0, "abc"), (5, "abc")])
def test_jump_goes_several_steps_as_far_as_there_are_any(steps: int, present: str):
    history = typing(*"abc")
    jumped = undoable(write)(history, Jump(steps=steps))
    assert jumped.present == tuple(present)
    assert undoable(write)(jumped, Jump(steps=99)) == history


def test_clearing_keeps_the_present():
    history = undoable(write)(typing(*"abc"), Undo())
    assert undoable(write)(history, ClearHistory()) == Undoable(present=("a", "b"))


def test_beyond_the_limit_the_oldest_steps_go():
    history = reduced(undoable(write, limit=2), *(Typed(word=word) for word in "abcd"))
    assert history.past == (("a", "b"), ("a", "b", "c"))


def test_a_history_that_is_longer_than_the_limit_is_cut_at_the_next_step():
    history = undoable(write, limit=1)(typing(*"abc"), Typed(word="d"))
    assert history.past == (("a", "b", "c"),)


@pytest.mark.parametrize(
    "choice",
    [
        {"counts": Typed},
        {"counts": (Typed, Refreshed)},
        {"counts": Typed | Refreshed},
        {"counts": lambda action: isinstance(action, Typed)},
        {"except_for": Hovered},
        {"except_for": lambda action: isinstance(action, Hovered)},
        {"counts": Action, "except_for": (Hovered,)},
    ],
)
def test_what_does_not_count_changes_the_present_without_a_step(choice: Any):
    editor = undoable(write, **choice)
    history = reduced(editor, Typed(word="a"), Hovered(word="b"))
    assert history == Undoable(past=((),), present=("a", "b"))
    assert reduced(editor, Typed(word="a"), Undo(), Hovered(word="b")).future == (("a",),)


def test_undo_leads_to_the_state_just_before_the_step():
    editor = undoable(write, except_for=Hovered)
    history = reduced(editor, Typed(word="a"), Hovered(word="b"), Typed(word="c"), Undo())
    assert history.present == ("a", "b")


def test_changes_of_one_group_in_a_row_are_one_step():
    editor = undoable(write, group_by=by_line)
    history = reduced(
        editor, *(Typed(word=word, line=line) for word, line in zip("abcde", (1, 1, 2, 1, 1), strict=True))
    )
    assert history.past == ((), tuple("ab"), tuple("abc"))


def test_a_change_without_a_group_is_a_step_of_its_own():
    editor = undoable(write, group_by=by_line)
    assert len(reduced(editor, Typed(word="a"), Typed(word="b")).past) == 2


@pytest.mark.parametrize("action", [Undo(), Jump(steps=-1)])
def test_after_an_undo_the_group_is_closed(action: Action):
    editor = undoable(write, group_by=by_line)
    first = [Typed(word="a", line=1), Typed(word="b", line=2), action]
    assert len(reduced(editor, *first, Typed(word="c", line=1)).past) == 2


def test_a_cleared_history_has_no_group_that_a_change_could_join():
    editor = undoable(write, group_by=by_line)
    assert reduced(editor, Typed(word="a", line=1), ClearHistory(), Typed(word="b", line=1)).past == (("a",),)


def test_what_does_not_count_neither_ends_a_group_nor_is_asked_for_one():
    editor = undoable(write, group_by=by_line, except_for=Hovered)
    assert reduced(editor, Typed(word="a", line=1), Hovered(word="h"), Typed(word="b", line=1)).past == ((),)


def test_an_undo_is_for_the_undoable_of_that_name_alone():
    editor = undoable(write, name="editor")
    history = reduced(editor, Typed(word="a"))
    assert editor(history, Undo()) is history
    assert editor(history, Undo(of="other")) is history
    assert editor(history, Undo(of="editor")).present == ()


def test_an_undoable_may_hold_another_with_a_name_of_its_own():
    inner = undoable(write, name="inner")
    both = undoable(inner, name="outer")
    history = both(Undoable(present=Undoable(present=())), Typed(word="a"))
    undone = both(history, Undo(of="inner"))
    assert undone.present.present == ()
    assert both(undone, Undo(of="outer")).present.present == ("a",)


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_one_inside_another_of_the_same_name_could_never_be_reached_and_is_refused(words: Any, deep: bool, plain: bool):
    inner: Any = undoable(write if plain else words)
    whole: Any = combine_reducers(words=inner) if deep else inner
    complaint = r"undoable\(.*, name='default'\) holds undoable\(.*, name='default'\); expected another name"
    with pytest.raises(UsageError, match=complaint):
        undoable(whole)
    with pytest.raises(UsageError, match=complaint):
        undoable(combine_reducers(outer=undoable(whole, name="outer")))
    undoable(whole, name="outer")


def test_the_reducer_inside_does_not_see_the_actions_that_are_for_its_undoable():
    seen: list[Any] = []
    editor = undoable(lambda words, action: (seen.append(action), words)[1])
    for action in (Undo(), Redo(), Jump(steps=1), ClearHistory(), Typed(word="a")):
        editor(Undoable(present=()), action)
    assert seen == [Typed(word="a")]


# Slices, combinations, routes


@dataclass(frozen=True, slots=True)
class App:
    draft: Undoable[Words] = field(default_factory=lambda: Undoable(present=()))
    views: int = 0


@pytest.fixture
def words() -> Slice[Words]:
    words: Slice[Words] = Slice(())
    words.on(Typed)(write)
    return words


def test_a_slice_begins_without_a_history(words: Slice[Words]):
    assert undoable(words).initial == Undoable(present=())


def test_under_a_combination_it_is_reached_by_what_its_slice_handles_and_by_undo_alone(words: Slice[Words]):
    editor = undoable(words)
    app = combine_reducers(App, draft=editor)
    assert [app.handles(kind) for kind in (Typed, Undo, Redo, Jump, ClearHistory)] == [True] * 5
    assert not app.handles(Refreshed)
    assert not editor.handles(Hovered)


def test_a_handler_that_the_slice_gains_later_is_found(words: Slice[Words]):
    app = combine_reducers(App, draft=undoable(words))
    store = Store(app, app.initial)
    store.dispatch(Hovered(word="early"))
    words.on(Hovered)(write)
    store.dispatch(Hovered(word="late"))
    assert store.state.draft.present == ("late",)


def test_undo_in_a_store_of_several_parts(words: Slice[Words]):
    views: Slice[int] = Slice(0)
    views.on(Typed, Hovered)(lambda count, _: count + 1)
    app = combine_reducers(App, draft=undoable(words), views=views)
    store = Store(app, app.initial)
    told: list[Words] = []
    store.subscribe(told.append, select=lambda app: app.draft.present)
    for action in (Typed(word="a"), Hovered(word="a"), Undo(), Undo(), Redo()):
        store.dispatch(action)
    assert told == [("a",), (), ("a",)]
    assert store.state.views == 2


def test_a_combination_as_a_whole_can_be_undone(words: Slice[Words]):
    views: Slice[int] = Slice(0)
    views.on(Typed)(lambda count, _: count + 1)
    whole = undoable(combine_reducers(words=words, views=views))
    store = Store(whole, whole.initial)
    store.dispatch(Typed(word="a"))
    store.dispatch(Undo())
    assert store.state.present == {"words": (), "views": 0}


def test_a_part_that_comes_later_is_there_after_an_undo_too(words: Slice[Words]):
    views: Slice[int] = Slice(7)
    few = combine_reducers(words=words)
    store: Store[Any] = Store(undoable(few), undoable(few).initial)
    for action in (Typed(word="a"), Typed(word="b"), Undo()):
        store.dispatch(action)
    store.replace_reducer(undoable(few.with_reducer("views", views)))
    for action in (Undo(), Redo(), Redo()):
        store.dispatch(action)
        assert store.state.present["views"] == 7
    assert store.state.present["words"] == ("a", "b")


def test_a_history_that_lacks_nothing_stays_the_same_object_under_a_new_reducer(words: Slice[Words]):
    store = Store(undoable(words), Undoable(past=(("a",),), present=("b",)))
    before = store.state
    store.replace_reducer(undoable(words, limit=3))
    assert store.state is before


def test_a_function_takes_its_first_history_from_the_class_of_the_state():
    app = combine_reducers(App, draft=undoable(write))
    store = Store(app, app.initial)
    store.dispatch(Typed(word="a"))
    assert store.state.draft == Undoable(past=((),), present=("a",))


def test_a_combination_without_an_initial_state_can_be_undone():
    @dataclass(frozen=True, slots=True)
    class Named:
        name: str
        words: Words

    whole = undoable(combine_reducers(Named, words=write))
    assert whole(Undoable(present=Named("n", ())), Typed(word="a")).present == Named("n", ("a",))


# Errors


@pytest.mark.parametrize("as_slice", [False, True])
def test_a_reducer_that_returns_none_is_named_and_the_store_works_on(as_slice: bool):
    def forgetful(words: Words, action: Any) -> Any:
        return None if action == Refreshed() else write(words, action)

    slice_: Slice[Words] = Slice(())
    slice_.otherwise(forgetful)
    store = Store(undoable(slice_ if as_slice else forgetful), Undoable(present=()))
    with pytest.raises(ReducerError, match=r"forgetful of undoable\(.*returned None for Refreshed.*Slice\(None\)"):
        store.dispatch(Refreshed())
    store.dispatch(Typed(word="a"))
    assert store.state.present == ("a",)


def test_none_is_a_state_for_a_slice_that_begins_with_it():
    chosen: Slice[str | None] = Slice(None)
    chosen.on(Typed)(lambda _, action: action.word)
    chosen.on(Refreshed)(lambda _, action: None)
    editor = undoable(chosen)
    history = editor(editor(editor.initial, Typed(word="a")), Refreshed())
    assert history == Undoable(past=(None, "a"), present=None)


def test_what_the_reducer_raises_comes_through_with_the_reducer_in_the_traceback():
    store = Store(undoable(write), Undoable(present=()))
    with pytest.raises(LookupError) as raised:
        store.dispatch(LookupError("x"))
    assert raised.traceback[-1].name == "write"
    assert store.state == Undoable(present=())


def test_a_state_that_is_no_history_is_refused():
    with pytest.raises(
        UsageError, match=r"the state of undoable\(write, name='default'\) is \('a',\); expected an Undoable"
    ):
        undoable(write)(("a",), Undo())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"Begin with Undoable\(present=...\)"):
        undoable(write)(("a",), Typed(word="b"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"limit": 0}, "limit=0; expected how many steps"),
        ({"limit": -1}, "limit=-1"),
        ({"limit": True}, "limit=True"),
        ({"limit": None}, "limit=None"),
        ({"counts": "typed"}, "counts= is 'typed' .*expected action classes, or a function"),
        ({"counts": (Typed, "hovered")}, "counts= is "),
        ({"counts": list[int]}, r"counts= is list\[int\] .*expected action classes, or a function"),
        ({"counts": dict[str, int] | None}, "counts= is "),
        ({"counts": Undoable[int]}, "counts= is .*Undoable"),
        ({"counts": Unchecked}, "counts= is <class .*Unchecked"),
        ({"except_for": 3}, "except_for= is 3"),
        ({"group_by": "line"}, "group_by= is 'line'"),
        ({"name": None}, 'name=None; expected text, such as name="drawing"'),
        ({"reducer": None}, r"the reducer of undoable\(\) is None"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, Any], complaint: str):
    with pytest.raises(UsageError, match=complaint):
        undoable(**{"reducer": write, **arguments})


# The state and the actions as values


def test_a_history_is_frozen_copied_pickled_and_generic():
    history = Undoable[int](past=(1,), present=2)
    assert copy.deepcopy(history) == pickle.loads(pickle.dumps(history)) == history  # noqa: S301
    name = "present"
    with pytest.raises(FrozenInstanceError, match="present"):
        setattr(history, name, 3)
    assert not hasattr(history, "__dict__")


def test_a_history_is_shown_by_its_present():
    assert repr(typing("a", "b")) == "<Undoable ('a', 'b'), 2 to undo, 0 to redo>"


def test_what_undoable_makes_names_what_is_inside(words: Slice[Words]):
    assert repr(undoable(write)) == "undoable(write, name='default')"
    assert repr(undoable(words, name="draft")) == "undoable(Slice, name='draft')"


def test_a_history_can_be_written_and_read_again():
    as_json: TypeAdapter[Undoable[Words]] = TypeAdapter(Undoable[Words])
    history = reduced(undoable(write, group_by=by_line), Typed(word="a"), Typed(word="b"), Undo())
    assert as_json.validate_json(as_json.dump_json(history)) == history


def test_undoing_is_recorded_and_replayed(tmp_path: Path):
    editor = undoable(write, name="editor")
    with open_log(tmp_path / "session.jsonl", mode="x", actions=[Typed]) as log:  # other tests have one of their own
        store = Store(editor, Undoable(present=()), middleware=[record(log)])
        for action in (Typed(word="a"), Typed(word="b"), Undo(of="editor"), Jump(steps=-5, of="editor")):
            store.dispatch(action)
        store.dispatch(Redo(of="editor"))
    with open_log(tmp_path / "session.jsonl", actions=[Typed]) as log:
        assert replay(log, editor, Undoable(present=())) == store.state


@pytest.mark.parametrize("action", [Undo(), Redo(of="a"), Jump(steps=-2), ClearHistory()])
def test_the_actions_go_to_json_and_back_under_tags_that_leave_the_short_words_to_programs(action: Action):
    assert Action.from_json(action.to_json()) == action
    assert action.type.startswith("undoable/")


def test_a_program_may_have_a_jump_of_its_own():
    class Jump(Action):
        height: int

    assert Action.from_json('{"type":"jump","height":3}') == Jump(height=3)


# Against a plain list and an index

LIMIT = 4


@dataclass
class Model:
    states: list[Words] = field(default_factory=lambda: [()])
    at: int = 0
    group: int | None = None

    def apply(self, action: Any) -> None:
        match action:
            case Typed(word=word, line=line):
                self.step((*self.states[self.at], word), line)
            case Hovered(word=word):
                self.states[self.at] = (*self.states[self.at], word)
            case Undo():
                self.go(self.at - 1)
            case Redo():
                self.go(self.at + 1)
            case Jump(steps=steps):
                self.go(self.at + steps)
            case ClearHistory():
                self.states, self.at, self.group = [self.states[self.at]], 0, None

    def step(self, state: Words, group: int | None) -> None:
        if group is not None and group == self.group:
            self.states[self.at] = state
            return
        self.group = group
        self.states[self.at + 1 :] = [state]
        self.states = self.states[-LIMIT - 1 :]
        self.at = len(self.states) - 1

    def go(self, at: int) -> None:
        at = min(max(at, 0), len(self.states) - 1)
        if at != self.at:
            self.at, self.group = at, None


letters = st.sampled_from("ab")
actions = st.one_of(
    st.builds(Typed, word=letters, line=st.sampled_from([None, 1, 2])),
    st.builds(Hovered, word=letters),
    st.builds(Undo),
    st.builds(Redo),
    st.builds(Jump, steps=st.integers(-6, 6)),
    st.sampled_from([Refreshed(), ClearHistory(), Undo(of="other")]),
)


@given(st.lists(actions, max_size=40), st.booleans())
def test_it_behaves_as_a_list_with_an_index(actions: list[Action], routed: bool):
    words: Slice[Words] = Slice(())
    words.on(Typed, Hovered)(write)
    inside: Any = words if routed else write
    editor = undoable(inside, limit=LIMIT, group_by=by_line, except_for=Hovered)
    history: Undoable[Words] = Undoable(present=())
    model = Model()
    for action in actions:
        before, history = history, editor(history, action)
        if action != Undo(of="other"):
            model.apply(action)
        assert [*history.past, history.present, *history.future] == model.states
        assert len(history.past) == model.at <= LIMIT
        assert (history.can_undo, history.can_redo) == (model.at > 0, model.at < len(model.states) - 1)
        assert history is before or history != before


def test_however_long_a_session_no_more_is_kept_than_the_limit():
    editor = undoable(lambda count, _: count + 1, limit=10)
    history: Undoable[int] = Undoable(present=0)
    for _ in range(1000):
        history = editor(history, None)
    assert history.past == tuple(range(990, 1000))
