"""A new file that gets its name when it is whole: whoever finds the name finds all of it, whatever happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from socketstore.log.files import refuse_if_there, sync_folder, translated

BESIDE = ("", "-wal", "-shm", "-lock")
"""What the names of files end in that belong to a new one, if it is a database."""


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Yield the name under which a new file is to be written and closed; afterwards it has that of the target.

    If anything fails nothing is left behind. If the program is killed the file keeps the name ``a.unfinished.db``, and
    there is no ``a.db``.

    Raises:
        LogUnavailable: the target is there already, or what a killed program has left.
    """
    draft = target.with_name(f"{target.stem}.unfinished{target.suffix}")
    refuse_if_there(target)
    refuse_if_there(draft)
    try:
        yield draft
        refuse_if_there(target)
        with translated("write", target):
            draft.replace(target)
            sync_folder(target)
    except BaseException:
        for ending in BESIDE:
            with suppress(OSError):  # what is wrong has been said
                draft.with_name(f"{draft.name}{ending}").unlink(missing_ok=True)
        raise
