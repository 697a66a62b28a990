"""What every noun owes the people who run the product: who did what, and how often it may be asked."""

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import psycopg

from convoke.backends.postgres import System, transaction
from convoke.errors import rate_limited
from convoke.ids import new_id
from convoke.operations import live, store

WINDOW_SECONDS = 60
DAY_SECONDS = 24 * 3600
USER_AGENT_LIMIT = 400
# Longer than a function may run (29 s behind API Gateway): a process killed half-way frees its slot then.
IN_PROGRESS_SECONDS = 60
REPLAY_SECONDS = 24 * 3600
PARTITIONED_BY_MONTH = ("audit_logs", "meetings")
MONTHS_AHEAD = 3


class Actor(Protocol):
    """Who did it: `convoke.identity.model.Principal`, which stands above this package."""

    @property
    def user_id(self) -> str | None: ...
    @property
    def participant_id(self) -> str | None: ...
    @property
    def role(self) -> str: ...
    @property
    def ip(self) -> str | None: ...
    @property
    def user_agent(self) -> str | None: ...


def audit(
    conn: psycopg.Connection[Any],
    principal: Actor,
    *,
    event_type: str,
    action: str,
    target_type: str,
    target_id: str | None,
    result: str = "success",
    metadata: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write a row of the audit log, in the transaction of `conn`. No secret and no content in `metadata`."""
    row = {
        "audit_id": new_id(now),
        "event_type": event_type,
        "action": action,
        "actor_type": principal.role,
        "actor_user_id": principal.user_id,
        "actor_participant_id": principal.participant_id,
        "target_type": target_type,
        "target_id": target_id,
        "result": result,
        "ip": address_or_none(principal.ip),
        "user_agent": (principal.user_agent or "")[:USER_AGENT_LIMIT] or None,
        "metadata": metadata or {},
    }
    store.insert_audit(conn, row, now)


def limit(endpoint: str, who: str, *, per_minute: int, now: datetime) -> None:
    """Raise a 429 Problem when `who` asks `endpoint` more than `per_minute` times in this minute's window."""
    _limit(endpoint, who, per_minute, WINDOW_SECONDS, now)


def limit_daily(endpoint: str, who: str, *, per_day: int, now: datetime) -> None:
    """The same within a day (UTC), for what a patient program would do minute by minute."""
    _limit(endpoint, who, per_day, DAY_SECONDS, now)


def network_of(ip: str | None) -> str:
    """Whom an address stands for in a limit: one IPv6 subscriber has a whole /64 to change addresses in."""
    address = address_or_none(ip)
    if address is None:
        return "unknown"
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address) + "/64"
    return str(parsed)


def address_or_none(ip: str | None) -> str | None:
    """The address as PostgreSQL's inet takes it, or None: a log entry must not fail for a strange header."""
    if not ip:
        return None
    try:
        return str(ipaddress.ip_address(ip.split("%", 1)[0]))
    except ValueError:
        return None


def reserve_answer(slot: str, fingerprint: str) -> dict[str, str] | None:
    """Take an idempotency slot for a request that begins now (None), or tell what stands there already."""
    return live.reserve(f"idempotency:{slot}", fingerprint, IN_PROGRESS_SECONDS)


def keep_answer(slot: str, fingerprint: str, answer: str) -> None:
    live.fill(f"idempotency:{slot}", fingerprint, answer, REPLAY_SECONDS)


def forget_answer(slot: str) -> None:
    live.drop(f"idempotency:{slot}")


def make_partitions(now: datetime) -> dict[str, int]:
    """Make the missing partitions of this month and the next ones; how many were made, by table.

    Three months ahead: a schedule that fails for weeks is seen long before a write has nowhere to go.
    """
    # As system: the partitions hold everybody's rows. One transaction each, so that a table whose lock
    # cannot be had does not keep the others from theirs.
    made: dict[str, int] = {}
    failed: list[psycopg.Error] = []
    for table in PARTITIONED_BY_MONTH:
        try:
            with transaction(System()) as conn:
                made[table] = store.make_month_partitions(conn, table, now.date(), MONTHS_AHEAD + 1)
        except psycopg.Error as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("not all partitions could be made", failed)
    return made


def _limit(endpoint: str, who: str, most: int, seconds: int, now: datetime) -> None:
    instant = int(now.timestamp())
    window = instant - instant % seconds
    counted = live.count(f"ratelimit:{endpoint}:{who}:{window}", seconds)
    if counted > most:
        raise rate_limited(window + seconds - instant)
