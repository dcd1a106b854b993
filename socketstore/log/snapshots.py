"""What a recorder writes of the state itself: now and then, and wherever no action says how it came about."""

from __future__ import annotations

from typing import Any

from socketstore.codec import parse, short
from socketstore.errors import DecodeError, EncodeError
from socketstore.log.entries import RedactedSnapshot, SnapshotEntry
from socketstore.log.log import Log
from socketstore.log.packed import unpacked
from socketstore.log.redaction import Redaction, dumped
from socketstore.log.states import digest, state_from_json, state_to_json


class Snapshots:
    """Writes the state of one store, or its digest, into a log.

    Args:
        log: where to.
        snapshot_every: after how many actions the state is written; ``None``: not for that.
        digest_every: after how many its digest is.

    Attributes:
        wanted: whether any are to be written now and then.
    """

    def __init__(self, log: Log, snapshot_every: int | None, digest_every: int | None) -> None:
        self.wanted = snapshot_every is not None or digest_every is not None
        self._log = log
        self._snapshot_every = snapshot_every
        self._digest_every = digest_every
        self._actions = 0

    def begin(self, state: Any) -> None:
        """Write the state with which recording begins, if there are actions before it, or if it is wanted.

        A state that has no JSON form stands there as its digest: whether the actions before it lead to it is seen when
        they are replayed.

        Raises:
            EncodeError: it cannot be written.
            LogUnavailable: it could not be written.
        """
        if _holds_actions(self._log):
            self._go_on(state)
        elif self.wanted:
            self._write(state, whole=self._snapshot_every is not None)

    def jump(self, state: Any) -> None:
        """Write a state to which no action leads.

        Raises:
            EncodeError: it cannot be written.
            LogUnavailable: it could not be written.
        """
        self._write(state, whole=True, jumped=True)

    def after_action(self, state: Any) -> None:
        """Write the state after an action, if it is time to.

        Raises:
            EncodeError: it cannot be written.
            LogUnavailable: it could not be written.
        """
        self._actions += 1
        if self._is_time(self._snapshot_every):
            self._write(state, whole=True)
        elif self._is_time(self._digest_every):
            self._write(state, whole=False)

    def _go_on(self, state: Any) -> None:
        try:
            self.jump(state)
        except EncodeError:
            self._log.write(SnapshotEntry(digest=digest(state), jumped=True))

    def _is_time(self, every: int | None) -> bool:
        return every is not None and self._actions % every == 0

    def _write(self, state: Any, *, whole: bool, jumped: bool = False) -> None:
        if self._log.redaction is not None:
            entry = _redacted(self._log.redaction, state, whole=whole, jumped=jumped)
        elif whole:
            entry = SnapshotEntry(digest=digest(state), state=state_to_json(state), jumped=jumped)
        else:
            entry = SnapshotEntry(digest=digest(state))
        self._log.write(entry)


def _redacted(redaction: Redaction, state: Any, *, whole: bool, jumped: bool) -> SnapshotEntry:
    """Make the entry from the state that a replay of the redacted actions leads to: without the secrets.

    Raises:
        EncodeError: the state has no JSON form, or cannot do without its secrets.
    """
    written = state_to_json(state)
    shown = _without_secrets(redaction, written, state)
    if shown is not written:
        try:
            state = state_from_json(shown, state)
        except DecodeError as error:
            message = f"the state cannot be redacted: without its secrets it is none any more: {error}"
            raise EncodeError(message) from error
    if whole:
        return RedactedSnapshot(digest=digest(state), state=shown, jumped=jumped)
    return RedactedSnapshot(digest=digest(state))


def _without_secrets(redaction: Redaction, written: Any, state: Any) -> Any:
    """Return what was written of a state without its secrets; the same object if there are none.

    Raises:
        EncodeError: that cannot be done.
    """
    whole = dumped({"state": written})
    content = unpacked(redaction, SnapshotEntry.kind, whole, state)
    shown = redaction.json(SnapshotEntry.kind, content) if redaction.suspects(content) else content
    if shown == whole:
        return written
    try:
        return parse(shown)["state"]
    except (DecodeError, LookupError, TypeError) as error:
        message = f"redact= left of the state {short(shown)}, which is none: {error!r}"
        raise EncodeError(message) from error


def _holds_actions(log: Log) -> bool:
    return log.last > 0 and any(_kind(line.text) in ("action", "value", "snapshot") for line in log.lines())


def _kind(line: bytes) -> Any:
    fields = parse(line)
    return fields.get("kind") if isinstance(fields, dict) else None
