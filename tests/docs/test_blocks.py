"""The machine that runs the blocks can fail, and lets nothing escape."""

from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace

import pytest
from sybil import Document
from sybil.example import SybilFailure

from socketstore import Action
from socketstore.actions import known
from tests.docs.blocks import PAGE, Page, blocks, transcript
from tests.docs.pages import forget, in_page_order

FENCE = "```"


@pytest.fixture
def page(tmp_path):
    return Page(tmp_path, port=1234)


def document(page: Page, *parts: tuple[str, str]) -> Document:
    text = "\n".join(f"{FENCE}{language}\n{source}\n{FENCE}\n" for language, source in parts)
    path = page.folder / "page.md"
    path.write_text(text)
    parsed = Document.parse(str(path), blocks)
    parsed.namespace[PAGE] = page
    return parsed


def run(page: Page, *parts: tuple[str, str]) -> Document:
    parsed = document(page, *parts)
    for example in parsed.examples():
        example.evaluate()
    return parsed


def test_blocks_of_a_page_share_one_namespace(page):
    run(page, ("python", "a = 1"), ("python", "assert a == 1"))


def test_a_block_is_compiled_as_the_readers_own_file_would_be(page):
    run(page, ("python", "def f(a: int): ...\nassert f.__annotations__['a'] is int"))


def test_a_block_that_raises_fails(page):
    with pytest.raises(ZeroDivisionError):
        run(page, ("python", "1 / 0"))


@pytest.mark.parametrize("language", ["", "pyhton", "python3", "sh", "yaml", "python title=x"])
def test_a_block_of_an_unknown_language_fails(page, language):
    with pytest.raises(SybilFailure, match="expected one of bash, console"):
        run(page, (language, "whatever"))


@pytest.mark.parametrize("language", ["json", "text", "js", "html"])
def test_a_block_that_is_no_program_is_not_run(page, language):
    assert list(document(page, (language, "1 / 0")).examples()) == []


def test_a_marked_command_is_left_to_ci(page):
    text = f"<!-- command: demo -->\n{FENCE}bash\nexit 1\n{FENCE}\n"
    (page.folder / "page.md").write_text(text)
    assert list(Document.parse(str(page.folder / "page.md"), blocks).examples()) == []


def test_a_mark_counts_for_the_next_block_only(page):
    text = f"<!-- command: demo -->\n{FENCE}bash\nexit 1\n{FENCE}\n\n{FENCE}bash\nexit 1\n{FENCE}\n"
    (page.folder / "page.md").write_text(text)
    assert len(list(Document.parse(str(page.folder / "page.md"), blocks).examples())) == 1


def test_output_is_compared_with_what_was_printed(page):
    run(page, ("python", "print('one\\ntwo')"), ("output", "one\nt..."))


def test_wrong_output_fails(page):
    with pytest.raises(SybilFailure, match="expected"):
        run(page, ("python", "print(1)"), ("output", "2"))


def test_output_that_was_not_printed_by_a_block_just_before_fails(page):
    with pytest.raises(SybilFailure, match="just before"):
        run(page, ("python", "print(1)"), ("output", "1"), ("output", "1"))


def test_a_named_block_is_saved_for_the_commands_behind_it(page):
    run(page, ("python", "# hello.py\nprint('Hi')"), ("console", "$ python hello.py\nHi"))


def test_a_named_block_may_be_in_a_folder(page):
    run(
        page,
        ("python", "# app/parts/words.py\nHELLO = 'Hi'"),
        ("python", "# app/main.py\nfrom app.parts.words import HELLO\nprint(HELLO)"),
        ("console", "$ python -m app.main\nHi"),
    )


@pytest.mark.parametrize("name", ["../outside.py", "/outside.py", "a//outside.py"])
def test_a_block_is_not_saved_outside_the_folder_of_its_page(page, name):
    run(page, ("python", f"# {name}\nprint('executed')"), ("output", "executed"))


def test_a_command_that_does_not_print_what_the_page_says_fails(page):
    with pytest.raises(SybilFailure, match="expected the line 'two'"):
        run(page, ("console", "$ echo one\ntwo"))


def test_a_number_with_a_point_stands_for_any(page):
    run(page, ("console", "$ echo '   1.234  said'\n   0.001  said"))


def test_lines_in_another_order_than_on_the_page_fail(page):
    with pytest.raises(SybilFailure, match="expected the line 'one'"):
        run(page, ("console", "$ printf 'one\\ntwo\\n'\ntwo\none"))


@pytest.mark.parametrize(("language", "source"), [("console", "$ exit 3"), ("bash", "exit 3"), ("bash", "false\ntrue")])
def test_a_command_that_ends_badly_fails(page, language, source):
    with pytest.raises(SybilFailure, match="exit code"):
        run(page, (language, source))


def test_a_command_is_interrupted_where_the_page_says_so(page):
    waits = "# waits.py\nimport signal\nprint('waiting')\ntry:\n    signal.pause()\nexcept KeyboardInterrupt:\n    pass"
    run(page, ("python", waits), ("console", "$ python waits.py\nwaiting\n^C"))


def test_a_command_that_takes_too_long_is_ended(page, monkeypatch):
    monkeypatch.setattr("tests.docs.blocks.TIME_LIMIT", 0.05)
    with pytest.raises(SybilFailure, match="exit code -9"):
        run(page, ("console", "$ cat /dev/zero > /dev/null"))


def test_the_address_of_the_echo_server_is_the_pages_own(page):
    run(page, ("python", "assert 'ws://localhost:8080/x' == 'ws://127.0.0.1:' + '1234/x'"))


def test_a_transcript_is_commands_and_the_lines_below_them():
    assert transcript("$ a\n1\n\n2\n$ b\n") == [("a", ["1", "2"]), ("b", [])]


def test_line_numbers_are_those_of_the_page(page):
    with pytest.raises(ZeroDivisionError) as raised:
        run(page, ("python", "a = 1"), ("python", "a = 2\n1 / 0"))
    assert raised.traceback[-1].lineno + 1 == 7
    assert raised.traceback[-1].path == Path(page.folder / "page.md")


def test_the_action_classes_of_a_page_are_gone_after_it(page):
    source = "from socketstore import Action\nclass OnlyOnThisPage(Action):\n    pass\n"
    parsed = run(page, ("python", source))
    assert "OnlyOnThisPage" in {kind.__name__ for kind in known(Action)}
    forget(parsed.namespace)
    assert "OnlyOnThisPage" not in {kind.__name__ for kind in known(Action)}


def test_shuffled_blocks_are_put_back_into_the_order_of_their_page(monkeypatch):
    monkeypatch.setattr("tests.docs.pages.Block", SimpleNamespace)
    items = [SimpleNamespace(parent=page, example=SimpleNamespace(line=line)) for page in "ab" for line in range(5)]
    shuffled = [*items, "a test"]
    random.shuffle(shuffled)
    shuffled = in_page_order(shuffled)
    assert shuffled[0] == "a test"
    for page in "ab":
        places = [place for place, item in enumerate(shuffled[1:]) if item.parent == page]
        assert [shuffled[1:][place].example.line for place in places] == [0, 1, 2, 3, 4]
        assert places == list(range(places[0], places[0] + 5))
