"""Cassandra or Amazon Keyspaces: one session per process, opened when first needed, prepared statements only.

What cannot be done because the store is away, slow or not set up is `Unavailable`, which every caller must
expect: analytics never stand in the way of a meeting.
"""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from convoke.settings import settings

if TYPE_CHECKING:
    from cassandra.cluster import Cluster, Session
    from cassandra.query import PreparedStatement

KEYSPACE = "convoke"
CONNECT_TIMEOUT_SECONDS = 5.0
REQUEST_TIMEOUT_SECONDS = 5.0
# Keyspaces takes no more in one unlogged batch.
BATCH_LIMIT = 30
# The newest that Keyspaces speaks.
PROTOCOL = 4

Write: TypeAlias = tuple[str, Sequence[Any]]
"""A statement's text and its values, in the order of its question marks."""


class Unavailable(Exception):  # noqa: N818 - reads as what it says
    """The store cannot be used now; later it may. The text says why."""


class Refused(Exception):  # noqa: N818 - reads as what it says
    """The store will never take these values. The text is its reason."""


_lock = threading.RLock()
_session: "Session | None" = None
_prepared: "dict[str, PreparedStatement]" = {}


def available() -> bool:
    """Whether there is a store at all; it may be down all the same."""
    return bool(settings().cassandra_hosts)


def session() -> "Session":
    """The process's session, a new one when all hosts are down; Unavailable when none can be had."""
    global _session  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _session is None or not any(host.is_up for host in _session.cluster.metadata.all_hosts()):
            close()
            _session = _connect()
        return _session


def close() -> None:
    """End the session: at the end of a process, and in tests when the store goes away."""
    global _session  # noqa: PLW0603
    with _lock:
        if _session is not None:
            _session.cluster.shutdown()
        _session = None
        _prepared.clear()


def read(statement: str, values: Sequence[Any] = (), *, fetch_size: int = 1000) -> Iterator[Any]:
    """Rows as named tuples, fetched by `fetch_size`: a partition of any size in constant memory."""
    with _translated():
        bound = _prepare(statement).bind(values)
        bound.fetch_size = fetch_size
        yield from session().execute(bound)


def write(statement: str, values: Sequence[Any]) -> None:
    """One write, confirmed by a local quorum when this returns."""
    with _translated():
        session().execute(_prepare(statement).bind(values))


def write_all(
    groups: Iterable[Sequence[Write]], *, in_flight: int = 64, seconds: float = 8.0
) -> list[Refused | Unavailable | None]:
    """What became of each group, in order; None: confirmed. Ends within `seconds`.

    A group of up to 30 writes travels as one unlogged batch: fewer requests, no promise of all or nothing, so
    every write must be repeatable. After the first Unavailable nothing more is sent.
    """
    return _Sending(groups, in_flight, seconds).outcomes()


def aware(value: datetime) -> datetime:
    """A timestamp as read: the driver gives UTC without saying so."""
    return value.replace(tzinfo=UTC)


class _Sending:
    """Groups on their way, at most `in_flight` unanswered. The driver's own thread takes the answers."""

    def __init__(self, groups: Iterable[Sequence[Write]], in_flight: int, seconds: float) -> None:
        self._groups = list(groups)
        self._ends = time.monotonic() + seconds
        self._free = threading.Semaphore(in_flight)
        self._in_flight = in_flight
        self._stopped: Unavailable | None = None
        # What is not answered in time counts as not done; the writes are repeatable.
        late = Unavailable("not answered in time")
        self._outcomes: list[Refused | Unavailable | None] = [late] * len(self._groups)

    def outcomes(self) -> list[Refused | Unavailable | None]:
        for number, group in enumerate(self._groups):
            if not self._free.acquire(timeout=self._left()):
                self._stopped = self._stopped or Unavailable("out of time")
            if self._stopped:
                self._outcomes[number:] = [self._stopped] * (len(self._groups) - number)
                break
            self._send(number, group)
        for _ in range(self._in_flight):
            if not self._free.acquire(timeout=self._left()):
                break
        return list(self._outcomes)

    def _left(self) -> float:
        return max(0.0, self._ends - time.monotonic())

    def _send(self, number: int, group: Sequence[Write]) -> None:
        try:
            with _translated():
                request = session().execute_async(
                    _bound(group), timeout=min(REQUEST_TIMEOUT_SECONDS, self._left())
                )
        except (Refused, Unavailable) as error:
            self._done(number, error)
            return
        request.add_callbacks(
            lambda _: self._done(number, None), lambda error: self._done(number, _meaning(error))
        )

    def _done(self, number: int, outcome: Refused | Unavailable | None) -> None:
        self._outcomes[number] = outcome
        if isinstance(outcome, Unavailable):
            self._stopped = outcome
        self._free.release()


def _bound(group: Sequence[Write]) -> Any:
    from cassandra import ConsistencyLevel  # noqa: PLC0415
    from cassandra.query import BatchStatement, BatchType  # noqa: PLC0415

    if len(group) == 1:
        statement, values = group[0]
        return _prepare(statement).bind(values)
    batch = BatchStatement(BatchType.UNLOGGED, consistency_level=ConsistencyLevel.LOCAL_QUORUM)
    for statement, values in group:
        batch.add(_prepare(statement), values)
    return batch


def _prepare(statement: str) -> "PreparedStatement":
    with _lock:
        known = _prepared.get(statement)
        if known is None or _session is None:
            current = session()
            try:
                known = _prepared[statement] = current.prepare(statement)
            except Exception as error:
                # A table or column that is missing is the schema's fault and not that of any value.
                raise Unavailable(f"cannot prepare: {error}") from error
        return known


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (Refused, Unavailable):
        raise
    except Exception as error:
        meaning = _meaning(error)
        raise meaning from error


def _meaning(error: BaseException) -> Refused | Unavailable:
    """The driver's many exceptions, by what one can do about them."""
    from cassandra import InvalidRequest  # noqa: PLC0415

    text = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, (InvalidRequest, TypeError, ValueError, OverflowError)):
        return Refused(text)
    return Unavailable(text)


def _connect() -> "Session":
    if not settings().cassandra_hosts:
        raise Unavailable("CASSANDRA_HOSTS is not set")
    cluster = _cluster()
    try:
        return cluster.connect(KEYSPACE)
    except Exception as error:
        cluster.shutdown()
        raise Unavailable(f"cannot connect: {error}") from error


def _cluster() -> "Cluster":
    from cassandra import ConsistencyLevel  # noqa: PLC0415 (25 ms, and only where events are kept or read)
    from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile  # noqa: PLC0415
    from cassandra.policies import ConstantReconnectionPolicy, RoundRobinPolicy  # noqa: PLC0415

    # Each warning of the server (a batch over many partitions, which is meant) would be a line in the log.
    logging.getLogger("cassandra").setLevel(logging.ERROR)
    profile = ExecutionProfile(
        load_balancing_policy=RoundRobinPolicy(),
        consistency_level=ConsistencyLevel.LOCAL_QUORUM,
        request_timeout=REQUEST_TIMEOUT_SECONDS,
    )
    return Cluster(
        [_address(host) for host in settings().cassandra_hosts.split(",")],
        protocol_version=PROTOCOL,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        control_connection_timeout=CONNECT_TIMEOUT_SECONDS,
        reconnection_policy=ConstantReconnectionPolicy(1.0, max_attempts=None),
        # Without it a request of more than 4 KiB waits 40 ms for an acknowledgement (Nagle): 2,000 instead of
        # 7,000 events a second.
        sockopts=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        schema_metadata_enabled=False,
        token_metadata_enabled=False,
        **_security(),
    )


def _address(host: str) -> tuple[str, int]:
    name, _, port = host.strip().rpartition(":")
    return (name, int(port)) if name else (port, 9142 if settings().cassandra_auth == "sigv4" else 9042)


def _security() -> dict[str, Any]:
    if settings().cassandra_auth == "none":
        return {}
    import ssl  # noqa: PLC0415 (cloud only)

    from convoke.backends.cassandra_sigv4 import SigV4  # noqa: PLC0415

    name = _address(settings().cassandra_hosts.split(",")[0])[0]
    return {
        "auth_provider": SigV4(settings().region),
        "ssl_context": ssl.create_default_context(),
        "ssl_options": {"server_hostname": name},
    }
