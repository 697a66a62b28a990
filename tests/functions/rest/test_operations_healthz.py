"""GET /healthz."""

from collections.abc import Callable

import pytest

from tests.conftest import forget_everything
from tests.gateway import Answer

Call = Callable[..., Answer]


def test_with_both_stores_there_all_is_well(call: Call) -> None:
    answer = call("GET", "/healthz")
    assert (answer.status, answer.body) == (200, {"status": "ok", "postgres": "ok", "redis": "ok"})


@pytest.mark.parametrize(
    ("variable", "value", "store"),
    [
        ("DATABASE_URL", "postgresql://convoke_app@127.0.0.1:1/convoke", "postgres"),
        ("REDIS_URL", "redis://127.0.0.1:1/0", "redis"),
    ],
)
def test_a_store_that_is_away_is_named(
    variable: str, value: str, store: str, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    forget_everything()
    answer = call("GET", "/healthz")
    expected = {"status": "away", "postgres": "ok", "redis": "ok", store: "away"}
    assert (answer.status, answer.body) == (503, expected)
