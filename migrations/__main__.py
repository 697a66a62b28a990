"""python -m migrations [up [N] | down N | status] --database-url … (or DATABASE_URL), run as the owner."""

import argparse
import os
import sys

import psycopg

from migrations import runner


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m migrations", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["up", "down", "status"], default="up")
    parser.add_argument("target", nargs="?", type=int, help="the version to stop at; needed by down")
    parser.add_argument("--database-url", default=os.environ.get("DATABASE_URL"))
    asked = parser.parse_args(arguments)
    if not asked.database_url:
        parser.error("--database-url or DATABASE_URL is needed")
    if asked.command == "down" and asked.target is None:
        parser.error("down needs the version to go back to (0: an empty database)")
    try:
        _perform(asked.command, asked.target, asked.database_url)
    except (runner.MigrationError, psycopg.Error) as error:
        print(f"migrations: {error}", file=sys.stderr)
        return 1
    return 0


def _perform(command: str, target: int | None, database_url: str) -> None:
    if command == "status":
        for name, applied in runner.status(database_url):
            print(f"{'applied' if applied else 'missing'}  {name}")
    elif command == "up":
        for name in runner.up(database_url, target):
            print(f"applied  {name}")
    else:
        for name in runner.down(database_url, target or 0):
            print(f"taken back  {name}")


if __name__ == "__main__":
    sys.exit(main())
