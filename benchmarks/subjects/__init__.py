"""The rows, one file for each subject, in the order of the table."""

from benchmarks.subjects import combination, dispatch, ingest, recording, replaying, unbuilt

ROWS = (
    *dispatch.ROWS,
    *combination.ROWS,
    *ingest.ROWS,
    *recording.ROWS,
    *replaying.ROWS,
    *unbuilt.ROWS,
)
