"""python -m migrations [up [N] | down N | status] --database-url … (or DATABASE_URL), run as the owner.

With --cassandra-hosts host:port,… instead: the tables of analytics in Cassandra.
"""

import argparse
import os
import sys
from types import ModuleType

import psycopg

from migrations import runner


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["up", "down", "status"], default="up")
    parser.add_argument("target", nargs="?", type=int, help="the version to stop at; needed by down")
    parser.add_argument("--database-url", default=os.environ.get("DATABASE_URL"))
    parser.add_argument("--cassandra-hosts", help="host:port,…: migrate Cassandra, not PostgreSQL")
    asked = parser.parse_args(arguments)
    if not asked.database_url and not asked.cassandra_hosts:
        parser.error("--database-url or DATABASE_URL is needed")
    if asked.command == "down" and asked.target is None:
        parser.error("down needs the version to go back to (0: an empty database)")
    try:
        _perform(asked.command, asked.target, asked.database_url, asked.cassandra_hosts)
    except (runner.MigrationError, psycopg.Error) as error:
        print(f"migrations: {error}", file=sys.stderr)
        return 1
    return 0


def _perform(command: str, target: int | None, database_url: str, cassandra_hosts: str | None) -> None:
    if cassandra_hosts:
        from migrations import cql  # noqa: PLC0415 (its driver is not everywhere that migrates PostgreSQL)

        store: ModuleType = cql
    else:
        store = runner
    address = cassandra_hosts or database_url
    if command == "status":
        for name, applied in store.status(address):
            print(f"{'applied' if applied else 'missing'}  {name}")
    elif command == "up":
        for name in store.up(address, target):
            print(f"applied  {name}")
    else:
        for name in store.down(address, target or 0):
            print(f"taken back  {name}")


if __name__ == "__main__":
    sys.exit(main())
