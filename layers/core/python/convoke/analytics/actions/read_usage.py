"""Usage over time, for admins."""

from collections import defaultdict
from datetime import date, timedelta
from heapq import nlargest

from convoke.analytics.actions.outage import told
from convoke.analytics.actions.side_by_side import side_by_side
from convoke.analytics.model.usage import UNITS, Dimension, Metric, Usage, UsagePoint, UsageSeries
from convoke.analytics.store import usage
from convoke.errors import forbidden, invalid
from convoke.identity import actions as identity
from convoke.identity.model import Principal

MAX_DAYS = 366
MAX_DAYS_OF_USERS = 92


def read_usage(
    principal: Principal,
    metric: Metric,
    dimension: Dimension,
    *,
    first: date,
    last: date,
    value: str | None = None,
    limit: int = 10,
) -> Usage:
    """The `limit` largest series, or that of one `value`. One partition is read for each day of the range."""
    if principal.role != "admin":
        raise forbidden("admin_only")
    days = (last - first).days + 1
    most = MAX_DAYS_OF_USERS if dimension is Dimension.USER and value is None else MAX_DAYS
    if days < 1:
        raise invalid("must not be before `from`", field="to")
    if days > most:
        raise invalid(f"at most {most} days", field="to")
    range_ = [first + timedelta(days=number) for number in range(days)]
    with told():
        found = side_by_side(lambda day: usage.of_dimension(day, metric, dimension, value), range_)
    return _usage(metric, dimension, range_, [dict(rows) for rows in found], limit)


def _usage(
    metric: Metric, dimension: Dimension, days: list[date], found: list[dict[str, int]], limit: int
) -> Usage:
    totals: dict[str, int] = defaultdict(int)
    for rows in found:
        for value, number in rows.items():
            # A day's peak is not added to another's.
            totals[value] = max(totals[value], number) if metric is Metric.PEAK else totals[value] + number
    largest = nlargest(limit, totals, key=lambda value: (totals[value], value))
    labels = identity.display_names(largest) if dimension is Dimension.USER and largest else {}
    return Usage(
        metric=metric,
        dimension=dimension,
        unit=UNITS[metric],
        first=days[0],
        last=days[-1],
        series=[
            UsageSeries(
                value=value,
                label=labels.get(value),
                total=totals[value],
                points=[
                    UsagePoint(date=day, value=rows.get(value, 0))
                    for day, rows in zip(days, found, strict=True)
                ],
            )
            for value in largest
        ],
        others=len(totals) - len(largest),
    )
