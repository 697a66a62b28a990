"""Several partitions read at once, or the reason why not, soon."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from convoke.backends import cassandra

T = TypeVar("T")
R = TypeVar("R")
IN_FLIGHT = 8


def side_by_side(read: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """In the order of `items`. A store that is away is waited for once, not once for each item."""
    cassandra.session()
    pool = ThreadPoolExecutor(IN_FLIGHT)
    try:
        return list(pool.map(read, items))
    finally:
        pool.shutdown(cancel_futures=True)
