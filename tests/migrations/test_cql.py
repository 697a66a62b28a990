"""CQL migrations on a real Cassandra: up, down, again, and DDL that takes its time."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.cassandra import Cassandra
from migrations import __main__ as command
from migrations import cql
from migrations.runner import MigrationError, read_folder
from tests.cassandra import connected


@pytest.fixture
def session(cassandra: Cassandra) -> Iterator[Any]:
    with connected(cassandra.port) as session:
        yield session


def tables(session: Any) -> set[str]:
    rows = session.execute("SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'convoke'")
    return {row.table_name for row in rows}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Another set of migrations, that begins with those that are applied."""
    for path in cql.FOLDER.glob("*.cql"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    number = len(list(tmp_path.glob("*.up.cql"))) + 1
    (tmp_path / f"{number:04}_more.up.cql").write_text(
        "-- One; and two.\nCREATE TABLE IF NOT EXISTS more (id uuid, PRIMARY KEY ((id)));\n"
        "CREATE TABLE IF NOT EXISTS most (id uuid, PRIMARY KEY ((id)));\n"
    )
    (tmp_path / f"{number:04}_more.down.cql").write_text(
        "DROP TABLE IF EXISTS most;\nDROP TABLE IF EXISTS more;\n"
    )
    return tmp_path


def test_what_is_applied_is_not_applied_again(cassandra: Cassandra) -> None:
    assert cql.up(cassandra.hosts) == []
    assert all(applied for _, applied in cql.status(cassandra.hosts))


def test_a_migration_goes_up_and_down_and_up_again(cassandra: Cassandra, folder: Path, session: Any) -> None:
    last = len(read_folder(folder, "cql"))
    for _ in range(2):
        assert cql.up(cassandra.hosts, folder=folder) == [f"{last:04}_more"]
        assert {"more", "most"} <= tables(session)
        assert cql.down(cassandra.hosts, last - 1, folder=folder) == [f"{last:04}_more"]
        assert not {"more", "most"} & tables(session)


def test_one_that_was_cut_short_is_completed(cassandra: Cassandra, folder: Path, session: Any) -> None:
    session.execute("CREATE TABLE convoke.more (id uuid, PRIMARY KEY ((id)))")
    last = len(read_folder(folder, "cql"))
    assert cql.up(cassandra.hosts, folder=folder) == [f"{last:04}_more"]
    assert {"more", "most"} <= tables(session)
    cql.down(cassandra.hosts, last - 1, folder=folder)


def test_a_file_changed_after_it_was_applied_is_refused(cassandra: Cassandra, folder: Path) -> None:
    first = folder / "0001_analytics.up.cql"
    first.write_text(first.read_text() + "-- and more\n")
    with pytest.raises(MigrationError, match="changed after it was applied"):
        cql.up(cassandra.hosts, folder=folder)


def test_the_command_says_what_is_applied(cassandra: Cassandra, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["status", "--cassandra-hosts", cassandra.hosts]) == 0
    assert "applied  0001_analytics" in capsys.readouterr().out


def test_the_command_fails_in_words_where_nothing_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["up", "--cassandra-hosts", "127.0.0.1:9"]) == 1
    assert "Cassandra does not answer" in capsys.readouterr().err


def test_ddl_of_keyspaces_is_awaited_until_the_table_is_active(cassandra: Cassandra, session: Any) -> None:
    """Keyspaces lists a table as CREATING first. The same list, on a Cassandra that lets one make it."""
    replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}"
    session.execute(f"CREATE KEYSPACE system_schema_mcs WITH replication = {replication}")
    session.execute(
        "CREATE TABLE system_schema_mcs.tables (keyspace_name text, table_name text, status text, "
        "PRIMARY KEY (keyspace_name, table_name))"
    )
    state = (
        "INSERT INTO system_schema_mcs.tables (keyspace_name, table_name, status) VALUES ('convoke', 't', %s)"
    )
    try:
        session.execute(state, ("CREATING",))
        with pytest.raises(MigrationError, match="was not there after"):
            cql.wait_for(session, "t", there=True, seconds=0.5)
        waiting = threading.Thread(target=cql.wait_for, args=(session, "t"), kwargs={"there": True})
        waiting.start()
        session.execute(state, ("ACTIVE",))
        waiting.join()
    finally:
        session.execute("DROP KEYSPACE system_schema_mcs")
