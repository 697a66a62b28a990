"""Numbered CQL files on Cassandra or Keyspaces, as runner.py does it on PostgreSQL, but without transactions.

Every statement can be repeated (IF NOT EXISTS), so what was cut short, or run twice at once, is run again.
In the cloud CloudFormation makes the same tables and this is not run.
"""

import os
import re
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cassandra import ConsistencyLevel, InvalidRequest
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, NoHostAvailable
from cassandra.policies import RoundRobinPolicy

from migrations.runner import Applied, MigrationError, agree, read_folder

FOLDER = Path(__file__).parent / "cassandra"
KEYSPACE = "convoke"
# Keyspaces takes 20 to 60 s to make a table.
DDL_SECONDS = 180.0
_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version int, name text, checksum text, applied_at timestamp, PRIMARY KEY ((version)))
"""
_DDL = re.compile(r"(CREATE|DROP|ALTER) TABLE(?: IF (?:NOT )?EXISTS)? (\w+)", re.IGNORECASE)


def up(hosts: str, target: int | None = None, *, folder: Path = FOLDER) -> list[str]:
    """Apply what is missing, up to `target`; returns what was applied, as "0001_name"."""
    migrations = read_folder(folder, "cql")
    with _connected(hosts) as session:
        applied = _applied(session)
        agree(migrations, applied)
        wanted = migrations[len(applied) : target]
        for migration in wanted:
            _run(session, migration.up)
            session.execute(
                "INSERT INTO schema_migrations (version, name, checksum, applied_at) "
                "VALUES (%s, %s, %s, toTimestamp(now()))",
                (migration.version, migration.name, migration.checksum),
            )
    return [f"{migration.version:04}_{migration.name}" for migration in wanted]


def down(hosts: str, target: int, *, folder: Path = FOLDER) -> list[str]:
    """Take back, latest first, what is above `target` (0: everything)."""
    migrations = read_folder(folder, "cql")
    with _connected(hosts) as session:
        applied = _applied(session)
        agree(migrations, applied)
        wanted = migrations[target : len(applied)][::-1]
        for migration in wanted:
            _run(session, migration.down)
            session.execute("DELETE FROM schema_migrations WHERE version = %s", (migration.version,))
    return [f"{migration.version:04}_{migration.name}" for migration in wanted]


def status(hosts: str, *, folder: Path = FOLDER) -> list[tuple[str, bool]]:
    """Each migration with whether it is applied."""
    migrations = read_folder(folder, "cql")
    with _connected(hosts) as session:
        applied = _applied(session)
    agree(migrations, applied)
    return [(f"{item.version:04}_{item.name}", item.version <= len(applied)) for item in migrations]


def statements(script: str) -> list[str]:
    """A file's statements, without comments."""
    bare = re.sub(r"--[^\n]*", "", script)
    return [statement.strip() for statement in bare.split(";") if statement.strip()]


def wait_for(session: Any, table: str, *, there: bool, seconds: float = DDL_SECONDS) -> None:
    """Until the table is there (Keyspaces: ACTIVE), or gone: DDL is only a request on Keyspaces."""
    ends = time.monotonic() + seconds
    while _state(session, table) != ("ACTIVE" if there else None):
        if time.monotonic() > ends:
            raise MigrationError(f"{table} was not {'there' if there else 'gone'} after {seconds:.0f} s")
        time.sleep(0.2)


def _run(session: Any, script: str) -> None:
    for statement in statements(script):
        session.execute(statement)
        match = _DDL.match(statement)
        if match:
            wait_for(session, match[2], there=match[1].upper() != "DROP")


def _state(session: Any, table: str) -> str | None:
    """Keyspaces has its own list, with a state; Cassandra's table is there or it is not."""
    try:
        found = session.execute(
            "SELECT status FROM system_schema_mcs.tables WHERE keyspace_name = %s AND table_name = %s",
            (KEYSPACE, table),
        ).one()
    except InvalidRequest:  # no such keyspace: a Cassandra
        query = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = %s AND table_name = %s"
        return "ACTIVE" if session.execute(query, (KEYSPACE, table)).one() else None
    return str(found.status) if found else None


def _applied(session: Any) -> Sequence[Applied]:
    rows = session.execute("SELECT version, name, checksum FROM schema_migrations")
    return sorted((Applied(*row) for row in rows), key=lambda applied: applied.version)


@contextmanager
def _connected(hosts: str) -> Iterator[Any]:
    """In the keyspace, made where missing. CASSANDRA_USER and CASSANDRA_PASSWORD: over TLS (Keyspaces)."""
    user = os.environ.get("CASSANDRA_USER")
    addresses = [_address(host) for host in hosts.split(",")]
    secured: dict[str, Any] = {}
    if user:
        secured = {
            "auth_provider": PlainTextAuthProvider(user, os.environ.get("CASSANDRA_PASSWORD", "")),
            "ssl_context": ssl.create_default_context(),
            "ssl_options": {"server_hostname": addresses[0][0]},
        }
    profile = ExecutionProfile(
        RoundRobinPolicy(), consistency_level=ConsistencyLevel.LOCAL_QUORUM, request_timeout=60
    )
    cluster = Cluster(
        addresses,
        protocol_version=4,
        connect_timeout=10,
        control_connection_timeout=10,  # the driver's own is 2 s, too little for a server just up
        schema_metadata_enabled=False,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        **secured,
    )
    try:
        session = cluster.connect()
        _make_keyspace(session)
        session.execute(_HISTORY)
        wait_for(session, "schema_migrations", there=True)
        yield session
    except NoHostAvailable as error:
        raise MigrationError(f"Cassandra does not answer: {error}") from error
    finally:
        cluster.shutdown()


def _make_keyspace(session: Any) -> None:
    """Three copies in the data centre, where there are so many nodes; one that is there is left as it is."""
    query = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = %s"
    if not session.execute(query, (KEYSPACE,)).one():
        centre, nodes = _centre(session)
        session.execute(
            f"CREATE KEYSPACE IF NOT EXISTS {KEYSPACE} WITH replication = "
            f"{{'class': 'NetworkTopologyStrategy', '{centre}': {min(3, nodes)}}}"
        )
    session.set_keyspace(KEYSPACE)


def _centre(session: Any) -> tuple[str, int]:
    """The data centre of the node that answers, and how many nodes it has."""
    local = session.execute("SELECT data_center FROM system.local").one().data_center
    peers = session.execute("SELECT data_center FROM system.peers")
    return local, 1 + sum(peer.data_center == local for peer in peers)


def _address(host: str) -> tuple[str, int]:
    name, _, port = host.strip().rpartition(":")
    return (name, int(port)) if name else (port, 9042)
