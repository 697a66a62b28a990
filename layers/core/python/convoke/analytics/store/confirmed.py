"""Many writes of which every one counts: all confirmed, or an exception."""

import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

from convoke.backends import cassandra
from convoke.backends.cassandra import Write

T = TypeVar("T")

# One partition takes about 500 writes a second of these; blocks keep what is in memory small.
GROUP = 10
BLOCK_GROUPS = 100
IN_FLIGHT = 8
BLOCK_SECONDS = 20.0


def write_confirmed(writes: Iterable[Write]) -> None:
    """Raises Unavailable or Refused at the first block not wholly confirmed; to repeat is harmless."""
    for block in _chunks(_chunks(iter(writes), GROUP), BLOCK_GROUPS):
        outcomes = cassandra.write_all(block, in_flight=IN_FLIGHT, seconds=BLOCK_SECONDS)
        failed = next((outcome for outcome in outcomes if outcome is not None), None)
        if failed is not None:
            raise failed


def _chunks(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(itertools.islice(items, size)):
        yield chunk
