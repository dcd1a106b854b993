"""What holds for README and docs as a whole: nothing is missing, nothing leads nowhere."""

from __future__ import annotations

import ast
import inspect
import re
import xml.dom.minidom
from pathlib import Path
from typing import Any

import pytest
from sybil.document import Document

import socketstore
import socketstore.testing
from tests.docs.blocks import NOT_RUN, ROOT, blocks, lexer, marked_command, saved_name
from tests.docs.pages import is_page

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
RUN = [page for page in PAGES if is_page(page)]

FREE = {"focus", "combine_reducers", "async_request"}
"""Names that the reference shows in use."""


def public(name: str) -> Any:
    return getattr(socketstore, name, None) or getattr(socketstore.testing, name, None)


def left_out(kind: Any) -> set[str]:
    """What the reference does not repeat in each row."""
    bases: tuple[Any, ...] = (socketstore.SocketAction, socketstore.Action, socketstore.RequestAction)
    inherited = {name for base in bases if kind is not base and is_a(kind, base) for name in base.model_fields}
    fault = socketstore.testing.Fault
    faulty = set(inspect.signature(fault).parameters) if kind is not fault and is_a(kind, fault) else set()
    return {"reading"} | ({"type"} if is_a(kind, socketstore.Action) else set()) | inherited | faulty


def is_a(kind: Any, base: type[Any]) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def signatures() -> dict[str, str]:
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)\(([^`]*)\)`", reference, re.MULTILINE))
    return {name: signature for name, signature in rows.items() if public(name) is not None and name not in FREE}


SIGNATURES = signatures()

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
every_page_that_is_run = pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))


def sources(page: Path, language: str) -> list[str]:
    document = Document.parse(str(page), lexer)
    regions = [region for _, region in document.regions]
    return [region.lexemes["source"] for region in regions if region.lexemes["language"].strip() == language]


def marked_commands() -> dict[str, str]:
    document = Document.parse(str(ROOT / "README.md"), lexer)
    marked = {}
    for _, region in document.regions:
        mark = marked_command.search(document.text, 0, region.start)
        if mark:
            marked[mark["name"]] = region.lexemes["source"]
    return marked


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_reference_has_every_public_name():
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    names = {*socketstore.__all__, *socketstore.testing.__all__}
    assert {name for name in names if not re.search(rf"^\| `{name}[`(]|`{name}\(", reference, re.MULTILINE)} == set()


def test_the_reference_names_nothing_that_is_not_public():
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    public = {*socketstore.__all__, *socketstore.testing.__all__}
    rows = set(re.findall(r"^\| `([A-Z]\w+)[`(]", reference, re.MULTILINE))
    assert rows - public == set()


def test_the_reference_says_everything_once():
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    firsts = re.findall(r"^\| (`[^|]*?) \|", reference, re.MULTILINE)
    names = [first.partition("(")[0].strip("`") for first in firsts]
    assert {name for name in names if names.count(name) > 1} == set()


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_signature_in_the_reference_is_that_of_the_code(name):
    kind = public(name)
    shown = ast.parse(f"def shown({SIGNATURES[name]}): ...").body[0].args  # type: ignore[attr-defined]
    given = {
        parameter.name: parameter
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.name not in left_out(kind)
    }
    plain = [*shown.args, *filter(None, [shown.vararg]), *shown.kwonlyargs, *filter(None, [shown.kwarg])]
    assert [argument.arg for argument in plain] == list(given)
    defaults = zip(shown.args[len(shown.args) - len(shown.defaults) :], shown.defaults, strict=True)
    for argument, default in (*defaults, *zip(shown.kwonlyargs, shown.kw_defaults, strict=True)):
        if isinstance(default, ast.Constant) and default.value is not ...:
            assert given[argument.arg].default == default.value


def test_the_page_of_errors_has_a_line_for_every_error():
    errors = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    kinds = [getattr(socketstore, name) for name in socketstore.__all__]
    names = [kind.__name__ for kind in kinds if isinstance(kind, type) and issubclass(kind, Exception)]
    assert [name for name in names if name != "SocketstoreError" and f"\n| `{name}`" not in errors] == []


def test_the_two_commands_are_marked_and_one_line_each():
    commands = marked_commands()
    assert set(commands) == {"demo", "test"}
    assert [command.count("\n") for command in commands.values()] == [1, 1]
    assert commands["demo"].rstrip().endswith("socketstore demo")
    assert commands["test"].rstrip().endswith("pytest")


def test_no_other_command_of_the_readme_is_left_out_of_the_tests():
    assert sources(ROOT / "README.md", "bash") == list(marked_commands().values())


@every_page
def test_every_link_leads_to_a_file_of_the_repository(page):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in (link for link in links if not link.startswith("https://")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_file_that_contributing_names_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = re.findall(r"`([\w.]+/[\w./]*)`", text)
    assert [
        name for name in names if not any((folder / name).exists() for folder in (ROOT, ROOT / "socketstore"))
    ] == []


@every_page_that_is_run
def test_every_file_that_a_page_saves_is_used_by_a_command_or_another_file(page):
    programs = sources(page, "python")
    used = "\n".join([*sources(page, "console"), *(program for program in programs if saved_name(program))])
    for name in filter(None, map(saved_name, programs)):
        module = name.removesuffix(".py").replace("/", ".")
        uses = re.findall(rf"\b{re.escape(module)}\b", used.replace(f"# {name}\n", ""))
        assert uses, f"{name} is saved and never run"


def test_the_readme_and_every_page_of_the_docs_are_run():
    assert {page for page in PAGES if page not in RUN} == {ROOT / "CONTRIBUTING.md", ROOT / "examples" / "README.md"}


@every_page_that_is_run
def test_every_block_of_a_page_becomes_a_test(page):
    fences = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)[::2]
    marked = len(marked_commands()) if page == ROOT / "README.md" else 0
    assert (
        len(list(Document.parse(str(page), blocks).examples()))
        == len([name for name in fences if name not in NOT_RUN]) - marked
    )


def test_the_picture_is_well_formed_and_describes_itself():
    picture = xml.dom.minidom.parse(str(ROOT / "docs" / "way-of-the-data.svg"))  # noqa: S318 - our own
    assert [len(picture.getElementsByTagName(name)) for name in ("title", "desc")] == [1, 1]
