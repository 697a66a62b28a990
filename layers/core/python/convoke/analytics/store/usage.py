"""CQL of `daily_usage_stats`: a partition for each day and metric."""

from collections.abc import Iterable, Iterator
from datetime import date

from convoke.analytics.model.usage import Dimension, Metric
from convoke.analytics.store.confirmed import write_confirmed
from convoke.backends import cassandra

UPSERT = (
    "INSERT INTO daily_usage_stats (date, metric_name, dimension_key, dimension_value, metric_value) "
    "VALUES (?, ?, ?, ?, ?)"
)
DELETE = (
    "DELETE FROM daily_usage_stats "
    "WHERE date = ? AND metric_name = ? AND dimension_key = ? AND dimension_value = ?"
)
SELECT_DAY = (
    "SELECT dimension_key, dimension_value, metric_value FROM daily_usage_stats "
    "WHERE date = ? AND metric_name = ?"
)
SELECT_DIMENSION = (
    "SELECT dimension_value, metric_value FROM daily_usage_stats "
    "WHERE date = ? AND metric_name = ? AND dimension_key = ?"
)
SELECT_VALUE = (
    "SELECT dimension_value, metric_value FROM daily_usage_stats "
    "WHERE date = ? AND metric_name = ? AND dimension_key = ? AND dimension_value = ?"
)


def of_day(day: date, metric: Metric) -> Iterator[tuple[str, str, int]]:
    """Dimension, its value and the number: the whole partition, streamed."""
    for row in cassandra.read(SELECT_DAY, (day, metric.value), fetch_size=5000):
        yield row[0], row[1], row[2]


def of_dimension(day: date, metric: Metric, dimension: Dimension, value: str | None) -> list[tuple[str, int]]:
    """The values of one dimension, or one of them: in one partition either way."""
    if value is None:
        rows = cassandra.read(SELECT_DIMENSION, (day, metric.value, dimension.value), fetch_size=5000)
    else:
        rows = cassandra.read(SELECT_VALUE, (day, metric.value, dimension.value, value))
    return [(row[0], row[1]) for row in rows]


def change(day: date, changes: Iterable[tuple[Metric, str, str, int | None]]) -> None:
    """Write numbers as (metric, dimension, value, number); None takes the row away."""
    write_confirmed(
        (DELETE, (day, metric.value, dimension, value))
        if number is None
        else (UPSERT, (day, metric.value, dimension, value, number))
        for metric, dimension, value, number in changes
    )
