"""The entry point: every error that was foreseen becomes one line and an exit code."""

from __future__ import annotations

import functools
import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Annotated, Any, cast

import typer

import socketstore
from socketstore.cli.bisect import bisect
from socketstore.cli.compact import compact
from socketstore.cli.convert import convert
from socketstore.cli.demo import demo
from socketstore.cli.diff import diff
from socketstore.cli.echo import echo
from socketstore.cli.failing import FAILED, TROUBLE, WRONG_USAGE, Failure, advised, complain, forget_stdout
from socketstore.cli.inspect import inspect
from socketstore.cli.output import use_any_encoding
from socketstore.cli.record import record
from socketstore.cli.repair import repair
from socketstore.cli.replay import replay
from socketstore.cli.serve import serve
from socketstore.cli.stats import stats
from socketstore.cli.verify import verify
from socketstore.cli.watch import watch
from socketstore.errors import SocketstoreError, UsageError

# Of typer's own errors only the most special one is public in all of its versions.
WrongUsage = cast(type[Exception], typer.BadParameter.__mro__[1])

REMEMBERED = 1_000  # warnings, which are not printed again

Version = Annotated[bool, typer.Option("--version", help="Show the version and exit.")]


def begin(context: typer.Context, version: Version = False) -> None:  # noqa: FBT002 - a switch
    """A state store fed by sockets: what a WebSocket does becomes typed actions, folded into one state."""
    if version:
        print(f"socketstore {socketstore.__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def quietly(command: Callable[..., None]) -> Callable[..., None]:
    """End a command without a word when nobody reads what it prints (``| head``)."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except BrokenPipeError:
            forget_stdout()

    return run


def answering(command: Callable[..., None]) -> Callable[..., None]:
    """End a command that answers a question as diff and grep do: 1 is an answer, and 2 that there is none."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            command(*arguments, **options)
        except BrokenPipeError:
            raise
        except (Failure, SocketstoreError, OSError) as error:
            raise Failure(advised(error), exit_code=TROUBLE) from error

    return run


app = typer.Typer(pretty_exceptions_enable=False)
app.callback(invoke_without_command=True)(begin)
PANELS: dict[str, tuple[Callable[..., None], ...]] = {
    "Live": (demo, echo, watch, record, serve),
    "Look into a recorded session": (
        *(inspect, stats, replay),
        *(answering(diff), answering(bisect), answering(verify)),
    ),
    "Change its file": (convert, repair, compact),
}
for panel, commands in PANELS.items():
    for each in commands:
        app.command(rich_help_panel=panel)(quietly(each))


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return the exit code."""
    use_any_encoding()
    logging.getLogger("websockets").setLevel(logging.CRITICAL)  # what it would log is told of as actions and events
    with warnings.catch_warnings():
        warnings.showwarning = _warning_once()
        try:
            return app(list(arguments), prog_name="socketstore", standalone_mode=False) or 0
        except Exception as error:  # noqa: BLE001 - what was not foreseen is raised again
            return _ended_by(error)


def _ended_by(error: Exception) -> int:
    match error:
        case Failure():
            return _failed(error, error.exit_code)
        case UsageError():
            return _failed(error, WRONG_USAGE)
        case SocketstoreError() | OSError():
            return _failed(advised(error), FAILED)
        case WrongUsage():
            return _failed(_with_help(error), WRONG_USAGE)
    raise error


def _failed(message: object, exit_code: int) -> int:
    complain(message)
    return exit_code


def _with_help(error: Any) -> str:
    path = error.ctx.command_path if error.ctx is not None else "socketstore"
    return f"{error.format_message().rstrip('.')}; see {path} --help"


def _warning_once() -> Callable[..., None]:
    """Make what prints warnings, the same one only once: a file that is read twice has the same to be warned of."""
    tell = functools.lru_cache(maxsize=REMEMBERED)(complain)
    return lambda message, *_, **__: tell(str(message))
