"""The page of the docs that holds the table, between two marks."""

from __future__ import annotations

from pathlib import Path

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def with_figures(page: str, figures: str) -> str:
    """Return a page with new text between its marks.

    Raises:
        ValueError: it does not have both.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"expected a page with {BEGIN} and, further down, {END}")
    return f"{before}{BEGIN}\n\n{figures.strip()}\n\n{END}{after}"


def checked(name: str) -> Path:
    """Return the path of a page that figures can be written to.

    Raises:
        OSError: there is no such file.
        ValueError: it does not have both marks.
    """
    path = Path(name)
    with_figures(path.read_text(encoding="utf-8"), "")
    return path


def write(path: Path, figures: str) -> None:
    path.write_text(with_figures(path.read_text(encoding="utf-8"), figures), encoding="utf-8")
