"""What media nodes tell of the media they carry."""

from collections.abc import Sequence
from datetime import datetime

from convoke.analytics.model.measures import Forwarded, QualitySample
from convoke.analytics.store import quality
from convoke.backends.postgres import System, transaction
from convoke.events import emit


def record_quality(samples: Sequence[QualitySample]) -> None:
    """Keep them for 30 days. Unavailable where Cassandra is not: the caller tries them all again later."""
    quality.insert(samples)


def record_forwarded(amounts: Sequence[Forwarded], now: datetime) -> None:
    """An event each, by the outbox like all others: bytes are counted once even where Cassandra is away."""
    with transaction(System()) as conn:
        for amount in amounts:
            emit(
                conn,
                kind="media.forwarded",
                meeting_id=str(amount.meeting_id),
                participant_id=str(amount.participant_id),
                data={"bytes": amount.octets},
                now=now,
            )
