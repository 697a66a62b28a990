"""UUIDv7 identifiers (RFC 9562 section 5.7), made here because Aurora may lag behind PostgreSQL's uuidv7().

Rows sort by creation, and a table partitioned by month over its id needs no second key column.
"""

import re
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The one form in which ids are written: lower case, with hyphens.
UUID_FORM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COUNTER_LIMIT = 1 << 12


class _Series:
    """Ids of one clock: within a millisecond the 12 bits of rand_a count up (RFC 9562 6.2, method 1)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = -1
        self._counter = 0

    def next(self, millisecond: int, *, monotonic: bool) -> UUID:
        with self._lock:
            if monotonic:
                # The system clock may step back; ids of one process must not.
                millisecond = max(millisecond, self._millisecond)
            if millisecond == self._millisecond:
                self._counter += 1
                if self._counter == _COUNTER_LIMIT:
                    millisecond, self._counter = millisecond + 1, 0
            else:
                # The top bit starts at 0, so that a burst has at least 2,048 steps before it borrows time.
                self._counter = secrets.randbits(11)
            self._millisecond = millisecond
            return _compose(millisecond, self._counter, secrets.randbits(62))


def _compose(millisecond: int, rand_a: int, rand_b: int) -> UUID:
    return UUID(int=(millisecond << 80) | (7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


_clock = _Series()
_given = _Series()


def _milliseconds(instant: datetime) -> int:
    # Integer arithmetic: timestamp() is a float and may round down a millisecond.
    return (instant - EPOCH) // timedelta(milliseconds=1)


def new_id(now: datetime | None = None) -> str:
    """A new UUIDv7 as text, of this instant or of `now` (time-zone aware)."""
    if now is None:
        return str(_clock.next(time.time_ns() // 1_000_000, monotonic=True))
    return str(_given.next(_milliseconds(now), monotonic=False))


def instant_of(identifier: str) -> datetime:
    """When a UUIDv7 was made, in UTC, to the millisecond."""
    value = UUID(identifier)
    if value.version != 7:
        raise ValueError("not a UUIDv7")
    return EPOCH + timedelta(milliseconds=value.int >> 80)


def lowest_id_at(instant: datetime) -> str:
    """The lowest UUIDv7 of that millisecond: the bound of a partition, or of a page by time."""
    return str(_compose(_milliseconds(instant), 0, 0))
