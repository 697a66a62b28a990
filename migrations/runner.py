"""Numbered SQL files, up and down, each in one transaction of its own, one runner at a time.

Imports none of the product: a migration must mean the same after the code has moved on.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

FOLDER = Path(__file__).parent / "postgres"
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.up\.\w+")
# Any number that is nobody else's; the lock is per database.
_LOCK = 7_265_113_411
# A migration that waits for a lock makes every later query wait behind it: better to fail and run again.
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "10min"


class MigrationError(Exception):
    """The files and the database do not agree; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    up: str
    down: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.up.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Applied:
    version: int
    name: str
    checksum: str


def read(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder in order: 1, 2, 3 … without a gap, each with its way back."""
    return read_folder(folder, "sql")


def read_folder(folder: Path, language: str) -> list[Migration]:
    """As `read`; `language` is how the files' names end."""
    found: list[Migration] = []
    for path in sorted(folder.glob(f"*.up.{language}")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise MigrationError(f"{path.name}: not NNNN_name.up.{language}")
        back = path.with_name(f"{match[1]}_{match[2]}.down.{language}")
        if not back.exists():
            raise MigrationError(f"{back.name} is missing")
        found.append(Migration(int(match[1]), match[2], path.read_text(), back.read_text()))
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise MigrationError("versions must count up from 0001 without a gap")
    return found


def up(database_url: str, target: int | None = None, *, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing, up to `target`; returns what was applied, as "0001_name"."""
    migrations = read(folder)
    with _locked(database_url) as conn:
        applied = _applied(conn)
        agree(migrations, applied)
        wanted = migrations[len(applied) : target]
        for migration in wanted:
            _run(conn, migration.up)
            conn.execute(
                "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
                (migration.version, migration.name, migration.checksum),
            )
            conn.commit()
    return [f"{migration.version:04}_{migration.name}" for migration in wanted]


def down(database_url: str, target: int, *, folder: Path = FOLDER) -> list[str]:
    """Take back, latest first, what is above `target` (0: everything)."""
    migrations = read(folder)
    with _locked(database_url) as conn:
        applied = _applied(conn)
        agree(migrations, applied)
        wanted = migrations[target : len(applied)][::-1]
        for migration in wanted:
            _run(conn, migration.down)
            conn.execute("DELETE FROM schema_migrations WHERE version = %s", (migration.version,))
            conn.commit()
    return [f"{migration.version:04}_{migration.name}" for migration in wanted]


def status(database_url: str, *, folder: Path = FOLDER) -> list[tuple[str, bool]]:
    """Each migration with whether it is applied."""
    migrations = read(folder)
    with psycopg.connect(database_url) as conn:
        exists = conn.execute("SELECT to_regclass('schema_migrations') IS NOT NULL").fetchone()
        applied = _applied(conn) if exists and exists[0] else []
    agree(migrations, applied)
    return [(f"{item.version:04}_{item.name}", item.version <= len(applied)) for item in migrations]


def _locked(database_url: str) -> psycopg.Connection[tuple[object, ...]]:
    """A connection that holds the runners' lock until it is closed; a second runner waits here."""
    conn = psycopg.connect(database_url)
    conn.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    conn.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    conn.commit()
    return conn


def _applied(conn: psycopg.Connection[tuple[object, ...]]) -> list[Applied]:
    with conn.cursor(row_factory=psycopg.rows.class_row(Applied)) as cursor:
        return cursor.execute(
            "SELECT version, name, checksum FROM schema_migrations ORDER BY version"
        ).fetchall()


def agree(migrations: Sequence[Migration], applied: Sequence[Applied]) -> None:
    """Raises unless what was applied is how these files begin."""
    if len(applied) > len(migrations):
        raise MigrationError("the database is newer than these files")
    for migration, done in zip(migrations, applied, strict=False):
        if (migration.version, migration.name) != (done.version, done.name):
            raise MigrationError(f"{done.version:04}_{done.name} was applied, and is not among these files")
        if migration.checksum != done.checksum:
            raise MigrationError(f"{done.version:04}_{done.name} was changed after it was applied")


def _run(conn: psycopg.Connection[tuple[object, ...]], script: str) -> None:
    for name, value in (("lock_timeout", LOCK_TIMEOUT), ("statement_timeout", STATEMENT_TIMEOUT)):
        conn.execute(sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value)))
    # Without parameters psycopg uses the simple protocol, which takes a script of many statements.
    conn.execute(script.encode())
