"""Identity's keys in Redis: revoked sessions and one-time tickets."""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from convoke.backends import redis


def _blacklist_key(session_id: str) -> str:
    return f"token:blacklist:{hashlib.sha256(session_id.encode()).hexdigest()}"


def blacklist(session_id: str, reason: str, ttl_seconds: int) -> None:
    """Refuse all access tokens of a session from now on; they outlive the entry by nothing."""
    redis.client().set(_blacklist_key(session_id), reason, ex=ttl_seconds)


def is_blacklisted(session_id: str) -> bool:
    return bool(redis.client().exists(_blacklist_key(session_id)))


def keep_ticket(ticket: str, fields: Mapping[str, str], ttl_seconds: int) -> None:
    pipeline = redis.client().pipeline(transaction=True)
    pipeline.hset(f"wt:token:{ticket}", mapping=dict[Any, Any](fields))
    pipeline.expire(f"wt:token:{ticket}", ttl_seconds)
    pipeline.execute()


def take_ticket(ticket: str) -> dict[str, str]:
    """The ticket's fields, and the ticket is gone; empty when there is none. Two takers: one gets it."""
    pipeline = redis.client().pipeline(transaction=True)
    pipeline.hgetall(f"wt:token:{ticket}")
    pipeline.delete(f"wt:token:{ticket}")
    return cast("dict[str, str]", pipeline.execute()[0])
