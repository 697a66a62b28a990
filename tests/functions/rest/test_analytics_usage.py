"""GET /v1/analytics/usage."""

import csv
import io
import socket
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from convoke.analytics.store import usage
from convoke.backends import cassandra
from convoke.settings import settings
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
PATH = "/v1/analytics/usage"
_days = iter(date(2032, 1, 1) + timedelta(days=10 * number) for number in range(100))


@pytest.fixture
def day(analytics: Product) -> date:
    """The first of ten days that are this test's own."""
    return next(_days)


@pytest.fixture
def admin(call: Call, sign_up: SignUp, product: Product) -> str:
    """An administrator's access token."""
    person = sign_up("Root")
    product.owner.execute("UPDATE users SET role = 'admin' WHERE user_id = %s", (person.id,))
    answer = call("POST", "/v1/auth/login", {"email": person.email, "password": person.password})
    return str(answer.body["access_token"])


def put(day: date, metric: str, dimension: str, value: str, number: int) -> None:
    cassandra.write(usage.UPSERT, (day, metric, dimension, value, number))


def span(day: date, days: int = 3) -> dict[str, str]:
    return {"from": str(day), "to": str(day + timedelta(days=days - 1))}


def test_a_metric_by_day_with_zeros_where_nothing_was(call: Call, admin: str, day: date) -> None:
    put(day, "total_meetings", "total", "all", 5)
    put(day + timedelta(days=2), "total_meetings", "total", "all", 7)
    put(day, "total_meetings", "region", "eu-central-1", 5)
    answer = call("GET", PATH, token=admin, query=span(day))
    assert answer.status == 200, answer
    assert answer.body == {
        "metric": "total_meetings",
        "dimension": "total",
        "unit": "count",
        "first": str(day),
        "last": str(day + timedelta(days=2)),
        "series": [
            {
                "value": "all",
                "label": None,
                "total": 12,
                "points": [
                    {"date": str(day), "value": 5},
                    {"date": str(day + timedelta(days=1)), "value": 0},
                    {"date": str(day + timedelta(days=2)), "value": 7},
                ],
            }
        ],
        "others": 0,
    }


def test_the_largest_come_first_and_the_others_are_counted(call: Call, admin: str, day: date) -> None:
    for number in range(1, 6):
        put(day, "messages", "region", f"region-{number}", number)
    query = {**span(day), "metric": "messages", "dimension": "region", "limit": "2"}
    body = call("GET", PATH, token=admin, query=query).body
    assert [series["value"] for series in body["series"]] == ["region-5", "region-4"]
    assert body["others"] == 3
    one = call("GET", PATH, token=admin, query={**query, "value": "region-1"}).body
    assert [series["total"] for series in one["series"]] == [1]


def test_users_are_told_by_name(call: Call, admin: str, sign_up: SignUp, day: date) -> None:
    person = sign_up("Grace")
    put(day, "participant_minutes", "user_id", person.id, 90)
    put(day, "participant_minutes", "user_id", "01990000-0000-7000-8000-000000000000", 10)
    query = {**span(day), "metric": "participant_minutes", "dimension": "user_id"}
    body = call("GET", PATH, token=admin, query=query).body
    assert [(series["label"], series["total"]) for series in body["series"]] == [("Grace", 90), (None, 10)]
    assert body["unit"] == "minutes"


def test_a_peak_over_days_is_the_highest_of_them(call: Call, admin: str, day: date) -> None:
    put(day, "peak_concurrent", "total", "all", 30)
    put(day + timedelta(days=1), "peak_concurrent", "total", "all", 20)
    body = call("GET", PATH, token=admin, query={**span(day), "metric": "peak_concurrent"}).body
    assert body["series"][0]["total"] == 30


def test_without_dates_it_is_the_last_thirty_days(
    still_clock: datetime, call: Call, admin: str, day: date
) -> None:
    today = still_clock.date()
    body = call("GET", PATH, token=admin).body
    assert (body["first"], body["last"]) == (str(today - timedelta(days=29)), str(today))


def test_as_a_spreadsheet_by_header_or_address(call: Call, admin: str, sign_up: SignUp, day: date) -> None:
    person = sign_up("Mallory")
    call("PATCH", "/v1/me", {"display_name": "=HYPERLINK(1)"}, token=person.access_token)
    put(day, "messages", "user_id", person.id, 3)
    query = {**span(day, 1), "metric": "messages", "dimension": "user_id"}
    by_header = call("GET", PATH, token=admin, query=query, headers={"accept": "text/csv, */*;q=0.1"})
    by_address = call("GET", PATH, token=admin, query={**query, "format": "csv"})
    assert by_header.body == by_address.body
    assert by_header.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_header.headers["content-disposition"].startswith('attachment; filename="usage-messages-')
    rows = list(csv.reader(io.StringIO(by_header.body)))
    assert rows[0] == ["date", "metric_name", "dimension_key", "dimension_value", "name", "metric_value"]
    assert rows[1] == [str(day), "messages", "user_id", person.id, "'=HYPERLINK(1)", "3"]


def test_it_is_for_admins(call: Call, sign_up: SignUp, day: date) -> None:
    assert call("GET", PATH, token=sign_up().access_token, query=span(day)).problem == "admin_only"
    assert call("GET", PATH, query=span(day)).status == 401


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "everything"},
        {"dimension": "metric_name"},
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"from": "2026-01-01", "to": "2026-06-01", "dimension": "user_id"},
        {"from": "0001-01-01", "to": "0001-01-01", "limit": "0"},
        {"limit": "1001"},
        {"value": "x" * 101},
        {"format": "xml"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    call: Call, admin: str, day: date, query: dict[str, str]
) -> None:
    answer = call("GET", PATH, token=admin, query=query)
    assert answer.problem == "validation", answer


def test_one_partition_is_read_for_each_day(
    call: Call, admin: str, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, tuple[object, ...]]] = []
    real = cassandra.read

    def read(statement: str, values: tuple[object, ...] = (), *, fetch_size: int = 1000) -> object:
        asked.append((statement, values))
        return real(statement, values, fetch_size=fetch_size)

    monkeypatch.setattr(cassandra, "read", read)
    query = {**span(day, 7), "metric": "messages", "dimension": "device_type"}
    assert call("GET", PATH, token=admin, query=query).status == 200
    # The partition key is (date, metric_name): both are bound, and each pair once.
    assert all("WHERE date = ? AND metric_name = ?" in statement for statement, _ in asked)
    assert sorted(str(values[0]) for _, values in asked) == [str(day + timedelta(days=n)) for n in range(7)]
    assert {values[1] for _, values in asked} == {"messages"}


def test_without_cassandra_it_says_so_and_that_nothing_is_lost(call: Call, admin: str) -> None:
    answer = call("GET", PATH, token=admin)
    assert answer.problem == "analytics_unavailable"
    assert answer.status == 503
    assert answer.headers["retry-after"] == "30"
    assert "nothing is lost" in answer.body["detail"]


def test_a_cassandra_that_says_nothing_is_told_as_away(
    call: Call, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as silent:  # takes connections and never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("CASSANDRA_HOSTS", f"127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(cassandra, "CONNECT_TIMEOUT_SECONDS", 0.5)
        settings.cache_clear()
        assert call("GET", PATH, token=admin).problem == "analytics_unavailable"
