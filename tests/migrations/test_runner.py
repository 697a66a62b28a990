"""The runner: up, down, up again; what it refuses; two at once."""

import itertools
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from migrations import runner
from tests.conftest import Stores

_numbers = itertools.count(1)
NAMES = [f"{migration.version:04}_{migration.name}" for migration in runner.read()]
SCHEMA = """
SELECT kind, name FROM (
    SELECT 'relation ' || relkind::text AS kind, oid::regclass::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'policy', polname || ' on ' || polrelid::regclass FROM pg_policy
    UNION ALL SELECT 'trigger', tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'type', oid::regtype::text FROM pg_type WHERE typnamespace = 'public'::regnamespace
) AS everything ORDER BY kind, name
"""


@pytest.fixture
def empty(stores: Stores) -> Iterator[str]:
    """The address of an empty database, as owner."""
    name = f"migrating_{next(_numbers)}"
    with psycopg.connect(stores.postgres.url(database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield stores.postgres.url(database=name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(runner.FOLDER, tmp_path / "postgres"))


def schema(url: str) -> list[tuple[str, str]]:
    with psycopg.connect(url) as conn:
        return conn.execute(SCHEMA.encode()).fetchall()


def test_up_down_and_up_again_end_where_they_began(empty: str) -> None:
    assert runner.up(empty) == NAMES
    complete = schema(empty)
    assert runner.down(empty, 0) == NAMES[::-1]
    left = [name for _, name in schema(empty) if not name.startswith("schema_migrations")]
    assert left == []
    assert runner.up(empty) == NAMES
    assert schema(empty) == complete
    assert runner.up(empty) == []


@pytest.mark.parametrize("version", range(1, len(NAMES) + 1))
def test_each_migration_takes_back_exactly_itself(version: int, empty: str) -> None:
    runner.up(empty, version - 1)
    before = schema(empty)
    assert runner.up(empty, version) == NAMES[version - 1 : version]
    assert runner.down(empty, version - 1) == NAMES[version - 1 : version]
    added = set(schema(empty)) - set(before)
    assert not {name for _, name in added if not name.startswith("schema_migrations")}


def test_status_says_what_is_applied_also_of_an_empty_database(empty: str) -> None:
    assert runner.status(empty) == [(name, False) for name in NAMES]
    runner.up(empty, 1)
    assert runner.status(empty) == [(name, number == 0) for number, name in enumerate(NAMES)]


def test_a_file_that_was_changed_after_it_was_applied_is_refused(empty: str, folder: Path) -> None:
    runner.up(empty, folder=folder)
    changed = folder / f"{NAMES[0]}.up.sql"
    changed.write_text(changed.read_text() + "-- a thought\n")
    with pytest.raises(runner.MigrationError, match="was changed after it was applied"):
        runner.up(empty, folder=folder)
    with pytest.raises(runner.MigrationError, match="was changed after it was applied"):
        runner.down(empty, 0, folder=folder)


def test_a_database_that_is_newer_than_the_files_is_refused(empty: str, folder: Path) -> None:
    runner.up(empty, folder=folder)
    for path in folder.glob(f"{NAMES[-1]}.*"):
        path.unlink()
    with pytest.raises(runner.MigrationError, match="newer"):
        runner.up(empty, folder=folder)


def test_a_failing_migration_leaves_nothing_of_itself(empty: str, folder: Path) -> None:
    number = len(NAMES) + 1
    (folder / f"{number:04}_broken.up.sql").write_text("CREATE TABLE half (x int); SELECT 1 / 0;")
    (folder / f"{number:04}_broken.down.sql").write_text("DROP TABLE half;")
    with pytest.raises(psycopg.errors.DivisionByZero):
        runner.up(empty, folder=folder)
    assert [applied for _, applied in runner.status(empty, folder=folder)] == [True] * len(NAMES) + [False]
    assert "half" not in {name for _, name in schema(empty)}


@pytest.mark.parametrize(
    ("name", "message"),
    [("0099_gap.up.sql", "without a gap"), ("1_x.up.sql", "not NNNN_name"), ("0001_other.up.sql", "gap")],
)
def test_files_that_are_out_of_order_are_refused(name: str, message: str, folder: Path) -> None:
    (folder / name).write_text("SELECT 1;")
    (folder / name.replace(".up.", ".down.")).write_text("SELECT 1;")
    with pytest.raises(runner.MigrationError, match=message):
        runner.read(folder)


def test_a_migration_without_a_way_back_is_refused(folder: Path) -> None:
    (folder / f"{NAMES[0]}.down.sql").unlink()
    with pytest.raises(runner.MigrationError, match="is missing"):
        runner.read(folder)


def test_of_two_runners_at_once_one_does_the_work(empty: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: runner.up(empty), range(4)))
    assert sorted(done) == sorted([NAMES, [], [], []])


def test_two_databases_may_be_migrated_side_by_side(stores: Stores) -> None:
    names = [f"beside_{number}" for number in range(3)]
    with psycopg.connect(stores.postgres.url(database="postgres"), autocommit=True) as admin:
        for name in names:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with ThreadPoolExecutor(3) as pool:
                done = list(pool.map(lambda name: runner.up(stores.postgres.url(database=name)), names))
        finally:
            for name in names:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    assert done == [NAMES] * 3


def test_the_command_says_what_it_did(empty: str) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "migrations", *arguments, "--database-url", empty]
        return subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)

    assert run("up").stdout.split() == [word for name in NAMES for word in ("applied", name)]
    assert run("down", "1").returncode == 0
    assert run("status").stdout.splitlines()[:2] == [f"applied  {NAMES[0]}", f"missing  {NAMES[1]}"]
    missing = run("down")
    assert (missing.returncode, "needs the version" in missing.stderr) == (2, True)
