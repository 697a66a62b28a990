"""PostgreSQL: transactions that carry who is asking, in as few round trips as there can be.

Row-level security reads its context from settings local to the transaction (`set_config(…, true)`), which
RDS Proxy does not pin. Pipeline mode sends BEGIN, the context and the first query in one round trip.
"""

import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from convoke.settings import settings

CONNECT_TIMEOUT_SECONDS = 5
# A NAT or proxy may drop an idle connection without a word; after this long it is asked before it is used.
TRUSTED_IDLE_SECONDS = 60.0

_CONTEXT = """
SELECT set_config('app.user_id', %s, true), set_config('app.participant_id', %s, true),
       set_config('app.meeting_id', %s, true), set_config('app.role', %s, true)
"""


class Context(Protocol):
    """Who asks, as far as row-level security knows: `convoke.identity.model.Principal` or `System`."""

    @property
    def user_id(self) -> str | None: ...
    @property
    def participant_id(self) -> str | None: ...
    @property
    def meeting_id(self) -> str | None: ...
    @property
    def role(self) -> str: ...


@dataclass(frozen=True, slots=True)
class System:
    """The product itself: schedules, and the few look-ups made before it is known who asks."""

    user_id: str | None = None
    participant_id: str | None = None
    meeting_id: str | None = None
    role: str = "system"


_lock = threading.Lock()
_idle: list[tuple[psycopg.Connection[DictRow], float]] = []


@contextmanager
def transaction(context: Context) -> Iterator[psycopg.Connection[DictRow]]:
    """One transaction as `context`, committed at the end of the block, rolled back by an exception.

    The block runs in pipeline mode, so: a statement that is not fetched is sent along with the next one,
    or with COMMIT; its error comes at the next fetch or at the end of the block (catch it around the
    `with`); `rowcount` is not known before (use RETURNING). A single read may be fetched after the block:
    then it takes one round trip altogether. Two is the budget of a hot route.
    """
    conn = _take()
    try:
        with conn.pipeline():
            # The connection is in autocommit mode: psycopg's own BEGIN and commit() would each end in a
            # Sync of their own, which makes three round trips of this one.
            conn.execute("BEGIN")
            conn.execute(_CONTEXT, _context_values(context))
            yield conn
            committed = conn.execute("COMMIT")
        if committed.statusmessage != "COMMIT":
            # PostgreSQL answers COMMIT with ROLLBACK where the block has swallowed an error.
            raise psycopg.errors.InFailedSqlTransaction("an error inside the transaction was swallowed")
    except BaseException:
        _give_back_after_error(conn)
        raise
    _give_back(conn)


def close_connections() -> None:
    """Close what is idle: at the end of a process, and in tests when the database goes away."""
    with _lock:
        while _idle:
            _idle.pop()[0].close()


def ping(timeout_seconds: float) -> None:
    """Raise unless the database answers a new connection within the time."""
    with _connect(connect_timeout=max(1, round(timeout_seconds))) as conn:
        conn.execute("SELECT 1")


def _context_values(context: Context) -> tuple[str, str, str, str]:
    return (
        context.user_id or "",
        context.participant_id or "",
        context.meeting_id or "",
        context.role,
    )


def _take() -> psycopg.Connection[DictRow]:
    """An idle connection that is still there, or a new one. Lambda has one at a time, a node one a thread."""
    while True:
        with _lock:
            found = _idle.pop() if _idle else None
        if found is None:
            return _connect()
        conn, since = found
        if _is_alive(conn, idle_seconds=time.monotonic() - since):
            return conn
        conn.close()


def _is_alive(conn: psycopg.Connection[DictRow], *, idle_seconds: float) -> bool:
    if conn.closed or conn.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
        return False
    # An idle connection with something to read was closed by the server (or carries a notice, which is
    # rare enough to pay a reconnect for). Costs no round trip.
    poller = select.poll()
    poller.register(conn.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
    if poller.poll(0):
        return False
    if idle_seconds < TRUSTED_IDLE_SECONDS:
        return True
    try:
        conn.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _give_back(conn: psycopg.Connection[DictRow]) -> None:
    with _lock:
        _idle.append((conn, time.monotonic()))


def _give_back_after_error(conn: psycopg.Connection[DictRow]) -> None:
    try:
        conn.rollback()
    except psycopg.Error:
        conn.close()
    else:
        _give_back(conn)


def _connect(connect_timeout: int | None = None) -> psycopg.Connection[DictRow]:
    url = settings().database_url
    options: dict[str, Any] = {
        "connect_timeout": connect_timeout or CONNECT_TIMEOUT_SECONDS,
        "keepalives_idle": 30,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,
    }
    if settings().database_auth == "iam":
        options["password"] = _iam_token(url)
    # prepare_threshold=None: RDS Proxy pins a session that prepares statements.
    return psycopg.connect(url, autocommit=True, row_factory=dict_row, prepare_threshold=None, **options)


def _iam_token(url: str) -> str:
    """A password for RDS Proxy that is good for 15 minutes, signed locally: no network call."""
    import boto3  # noqa: PLC0415 (62 ms, and only where the cloud needs it)

    parts = conninfo_to_dict(url)
    token: str = boto3.client("rds", region_name=settings().region).generate_db_auth_token(
        DBHostname=str(parts["host"]), Port=int(parts.get("port") or 5432), DBUsername=str(parts["user"])
    )
    return token
