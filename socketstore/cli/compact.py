"""``socketstore compact``: a session without what stands before its last snapshot."""

from __future__ import annotations

from rich.filesize import decimal

from socketstore.cli.failing import Failure
from socketstore.cli.options import OneJson, Session
from socketstore.cli.output import Screen, as_json
from socketstore.cli.words import entries_of
from socketstore.errors import UsageError
from socketstore.log.opening import open_log


def compact(
    session: Session,
    json: OneJson = False,  # noqa: FBT002 - a switch
) -> None:
    """Drop the entries before the last snapshot that holds a state, for good; the others keep their numbers."""
    open_log(session).close()  # is it there? To open it for writing would make it
    with open_log(session, mode="a") as log:
        try:
            compacted = log.compact()
        except UsageError as error:  # there is no snapshot: the command line was right
            raise Failure(str(error)) from error
    if json:
        print(as_json({"first": compacted.first, "dropped": compacted.dropped, "freed": compacted.freed}))
    else:
        freed = decimal(max(compacted.freed, 0))
        Screen().write(
            (f"Dropped {entries_of(compacted.dropped)}, {freed}.", "bold"),
            f" {session} begins with entry {compacted.first} now.",
        )
