"""Every statement that the code can send is CQL that Cassandra and Keyspaces both accept.

Keyspaces documents its grammar; what is not in it (ALLOW FILTERING, aggregates, tuples in a relation, PER
PARTITION LIMIT, functions …) must not be here. Cassandra itself is asked by preparing each statement.
"""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import convoke.analytics.store
from local.cassandra import Cassandra
from migrations import cql
from tests.cassandra import connected

ROOT = Path(__file__).resolve().parents[3]
SENDERS = ("layers/core/python/convoke", "functions", "media_node")
STORE = ROOT / "layers/core/python/convoke/analytics/store"
_VERB = re.compile(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE)\b")
_NAME = r"[a-z][a-z0-9_]*"
_NAMES = rf"{_NAME}(?:, {_NAME})*"
_TYPES = "uuid|timestamp|text|date|tinyint|int|bigint|float|frozen<map<text, text>>"
_ORDER = rf"{_NAME}(?: ASC| DESC)?"
_SHAPES = tuple(
    re.compile(shape.replace("NAMES", _NAMES).replace("NAME", _NAME).replace("SORTED", _ORDER))
    for shape in (
        r"INSERT INTO (?P<table>NAME) \((?P<columns>NAMES)\) VALUES \((?P<marks>\?(?:, \?)*)\)",
        r"SELECT (?P<columns>NAMES) FROM (?P<table>NAME) WHERE (?P<where>.+?)"
        r"(?: ORDER BY SORTED(?:, SORTED)*)?(?: LIMIT (?:\?|\d+))?",
        r"DELETE FROM (?P<table>NAME) WHERE (?P<where>.+)",
        r"UPDATE (?P<table>NAME) SET (?P<set>NAME = \?(?:, NAME = \?)*) WHERE (?P<where>.+)",
    )
)
_RELATION = re.compile(rf"(?P<column>{_NAME}) (?P<sign>=|<|<=|>|>=|IN) (?:\?)")
_TABLE = re.compile(
    rf"CREATE TABLE IF NOT EXISTS (?P<name>{_NAME}) \(\s*(?P<columns>(?:{_NAME} (?:{_TYPES}),\s*)+)"
    rf"PRIMARY KEY \(\((?P<partition>{_NAMES})\)(?:, (?P<clustering>{_NAMES}))?\)\s*\)"
    rf"(?: WITH CLUSTERING ORDER BY \({_NAME} (?:ASC|DESC)(?:, {_NAME} (?:ASC|DESC))*\)\s+"
    r"AND default_time_to_live = \d+)"
)
_DROP = re.compile(rf"DROP TABLE IF EXISTS {_NAME}")


def _statements() -> dict[str, str]:
    """The constants of the store's modules that are sent to Cassandra, by where they stand."""
    found = {}
    for module in pkgutil.iter_modules(convoke.analytics.store.__path__):
        loaded = importlib.import_module(f"convoke.analytics.store.{module.name}")
        for name, value in vars(loaded).items():
            if name.isupper() and isinstance(value, str) and _VERB.match(value):
                found[f"{module.name}.{name}"] = value
    return found


def _tables() -> dict[str, re.Match[str]]:
    made = {}
    for path in sorted(cql.FOLDER.glob("*.up.cql")):
        for statement in cql.statements(path.read_text()):
            match = _TABLE.fullmatch(statement)
            assert match, f"{path.name}: outside of what both accept:\n{statement}"
            made[match["name"]] = match
    return made


STATEMENTS = _statements()


def _complaint(statement: str) -> str | None:
    """What is wrong with a statement, in words."""
    match = next(filter(None, (shape.fullmatch(statement) for shape in _SHAPES)), None)
    if match is None:
        return "not one of the known shapes"
    table = _tables().get(match["table"])
    if table is None:
        return f"no migration makes {match['table']}"
    groups = match.groupdict()
    known = {line.split()[0] for line in re.split(r",\s*\n\s*", table["columns"].strip()) if line}
    named = set((groups.get("columns") or "").split(", ")) - {""}
    if named - known:
        return f"unknown columns {named - known}"
    if groups.get("marks") and groups["marks"].count("?") != len(groups["columns"].split(", ")):
        return "not as many values as columns"
    return _complaint_of_key(groups, table, named)


def _complaint_of_key(groups: dict[str, str | None], table: re.Match[str], named: set[str]) -> str | None:
    partition, clustering = table["partition"].split(", "), (table["clustering"] or "").split(", ")
    if groups.get("where") is None:
        return None if {*partition, *clustering} - {""} <= named else "an insert without the whole key"
    signs: dict[str, str] = {}
    for relation in str(groups["where"]).split(" AND "):
        found = _RELATION.fullmatch(relation)
        if found is None:
            return f"not a relation of both: {relation}"
        signs.setdefault(found["column"], found["sign"])
    if any(signs.get(column, "") not in ("=", "IN") for column in partition):
        return "the partition is not named"
    if set(signs) - {*partition, *clustering}:
        return "a condition on what is no key needs filtering"
    return None


def _sent_elsewhere() -> Iterator[str]:
    """Text in the code outside the store that reads like CQL on one of the tables."""
    tables = "|".join(_tables())
    for folder in SENDERS:
        for path in (ROOT / folder).rglob("*.py"):
            if path.is_relative_to(STORE):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                    continue
                if _VERB.match(node.value) and re.search(rf"\b({tables})\b", node.value):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_is_in_the_subset(name: str) -> None:
    assert _complaint(STATEMENTS[name]) is None, STATEMENTS[name]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT event_id FROM meeting_events WHERE user_id = ? ALLOW FILTERING",
        "SELECT count(*) FROM meeting_events WHERE meeting_id = ?",
        "SELECT event_id FROM meeting_events WHERE meeting_id = ? AND (event_time, event_id) < (?, ?)",
        "SELECT event_id FROM meeting_events WHERE meeting_id = ? PER PARTITION LIMIT 2",
        "SELECT event_id FROM meeting_events WHERE event_time > ?",
        "SELECT event_id FROM events_by_day WHERE day = ?",
        "SELECT event_id FROM meeting_events WHERE meeting_id = ? AND event_type = ?",
        "SELECT nothing FROM meeting_events WHERE meeting_id = ?",
        "INSERT INTO meeting_events (meeting_id, event_time) VALUES (?, ?)",
        "INSERT INTO meeting_events (meeting_id, event_time, event_id) VALUES (?, ?, now())",
        "INSERT INTO meeting_events (meeting_id, event_time, event_id) VALUES (?, ?)",
        "TRUNCATE meeting_events",
        "UPDATE daily_usage_stats SET metric_value = metric_value + ? WHERE date = ? AND metric_name = ?",
        "DELETE FROM users WHERE user_id = ?",
    ],
)
def test_what_is_outside_is_refused(statement: str) -> None:
    assert _complaint(statement)


def test_there_are_statements_of_every_table() -> None:
    told = " ".join(STATEMENTS.values())
    assert [table for table in _tables() if table not in told] == []


def test_no_other_place_sends_cql() -> None:
    assert list(_sent_elsewhere()) == []


def test_migrations_go_back_by_what_both_accept() -> None:
    for path in cql.FOLDER.glob("*.down.cql"):
        for statement in cql.statements(path.read_text()):
            assert _DROP.fullmatch(statement), statement


def test_cassandra_takes_every_statement(cassandra: Cassandra) -> None:
    with connected(cassandra.port, "convoke") as session:
        for statement in STATEMENTS.values():
            session.prepare(statement)
