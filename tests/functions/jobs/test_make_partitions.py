"""The daily job: the months ahead are there, and it may run twice."""

from collections.abc import Callable
from datetime import UTC, datetime

from functions.jobs.make_partitions import handler
from tests.conftest import Product
from tests.gateway import CONTEXT


def months_of(product: Product, table: str) -> list[str]:
    rows = product.rows(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = %s::regclass ORDER BY 1",
        table,
    )
    return [row["name"].removeprefix(f"{table}_") for row in rows]


def test_the_coming_months_are_made_and_nothing_twice(
    product: Product, stop_clock: Callable[..., None]
) -> None:
    now = datetime.now(UTC)
    stop_clock(now, "make_partitions")
    ahead = [(now.month - 1 + step) for step in range(4)]
    expected = {f"y{now.year + month // 12}m{month % 12 + 1:02}" for month in ahead}
    for name in months_of(product, "audit_logs"):
        if name == "default":
            continue
        product.owner.execute(f"DROP TABLE audit_logs_{name}".encode())
    assert handler({}, CONTEXT)["audit_logs"] == 4
    assert handler({}, CONTEXT) == {"audit_logs": 0, "meetings": 0}
    for table in ("audit_logs", "meetings"):
        assert expected <= set(months_of(product, table))
