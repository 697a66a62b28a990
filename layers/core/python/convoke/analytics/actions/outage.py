"""What is told when Cassandra is away: meetings go on, looking back has to wait."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from convoke.backends.cassandra import Unavailable
from convoke.errors import Problem

logger = logging.getLogger(__name__)


@contextmanager
def told() -> Iterator[None]:
    """Turns Unavailable into the problem that a reader gets; the reason is for the log."""
    try:
        yield
    except Unavailable as error:
        logger.warning("analytics are away: %s", error)
        raise Problem(
            "analytics_unavailable",
            503,
            "Statistics are not available right now",
            "The store of statistics does not answer. Meetings are not affected, and nothing is lost.",
            headers={"retry-after": "30"},
        ) from error
