"""CQL of `call_quality_metrics`: one partition a participant, written every 10 s, read as a whole."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from convoke.analytics.model.measures import Measures, QualitySample
from convoke.analytics.store.confirmed import write_confirmed
from convoke.backends import cassandra

COLUMNS = tuple(Measures.__dataclass_fields__)
INSERT = (
    "INSERT INTO call_quality_metrics (meeting_id, participant_id, metric_time, source, "  # noqa: S608
    f"{', '.join(COLUMNS)}) "
    f"VALUES ({', '.join('?' * (4 + len(COLUMNS)))})"
)
SELECT = (
    f"SELECT metric_time, source, {', '.join(COLUMNS)} FROM call_quality_metrics "  # noqa: S608
    "WHERE meeting_id = ? AND participant_id = ?"
)


def insert(samples: Iterable[QualitySample]) -> None:
    """Raises Unavailable when not all could be written; to write them again changes nothing."""
    from cassandra.query import UNSET_VALUE  # noqa: PLC0415 (25 ms, only where it is used)

    def values(sample: QualitySample) -> list[Any]:
        # Unset and not null: a null is a tombstone, and most reports lack something.
        measured = (getattr(sample.measures, name) for name in COLUMNS)
        return [
            sample.meeting_id,
            sample.participant_id,
            sample.at,
            sample.source,
            *(UNSET_VALUE if value is None else value for value in measured),
        ]

    write_confirmed((INSERT, values(sample)) for sample in samples)


def of_participant(
    meeting_id: UUID, participant_id: UUID
) -> Iterator[tuple[datetime, str, Mapping[str, Any]]]:
    """Moment, source and measures, newest first."""
    for row in cassandra.read(SELECT, (meeting_id, participant_id)):
        values = dict(zip(COLUMNS, row[2:], strict=True))
        yield cassandra.aware(row[0]), row[1], values
