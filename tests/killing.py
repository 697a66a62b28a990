"""Kill a function in the middle of a request: it waits in PostgreSQL for a lock that the test holds."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import psycopg
from psycopg import sql

from tests.conftest import Product

_PROGRAM = """
import json, sys
from tests import gateway
method, path, body, token = sys.argv[1:]
gateway.call(method, path, json.loads(body), token=token)
"""
_ITS_SESSION = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name = 'doomed'"


def kill_while_blocked(  # noqa: PLR0917 (a request)
    product: Product, lock: sql.SQL | sql.Composed, method: str, path: str, body: Any, token: str
) -> None:
    """Send the request from a process of its own, kill it once it waits, and wait for its session's end."""
    arguments = [method, path, json.dumps(body), token]
    environment = {**os.environ, "PGAPPNAME": "doomed"}
    with psycopg.connect(product.database.owner_url) as blocker:
        blocker.execute(lock)
        child = subprocess.Popen([sys.executable, "-c", _PROGRAM, *arguments], env=environment)
        _await(product, _ITS_SESSION + " AND wait_event_type = 'Lock'", there=True)
        child.kill()
        child.wait()
    _await(product, _ITS_SESSION, there=False)


def _await(product: Product, query: str, *, there: bool) -> None:
    """PostgreSQL tells of its sessions only when asked."""
    deadline = time.monotonic() + 120
    while bool(product.rows(query, product.database.name)) is not there:
        assert time.monotonic() < deadline, "the session did not come to where it should be"
        time.sleep(0.02)
