"""The rate limits' counters and the idempotency slots in Redis."""

from typing import cast

from convoke.backends import redis

# Hash of fingerprint and, once there is one, answer; an empty reply means the slot is the caller's now.
_RESERVE = """
local known = redis.call('HGETALL', KEYS[1])
if #known == 0 then
    redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1])
    redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return known
"""


def count(key: str, ttl_seconds: int) -> int:
    """Add one to a counter that goes away `ttl_seconds` after its first hit; returns the new count."""
    # MULTI: a counter without a time to live would lock its owner out for good.
    pipeline = redis.client().pipeline(transaction=True)
    pipeline.incr(key)
    pipeline.expire(key, ttl_seconds, nx=True)
    counted: int = pipeline.execute()[0]
    return counted


def reserve(key: str, fingerprint: str, ttl_seconds: int) -> dict[str, str] | None:
    """Take the slot and return None, or return the fields that are in it."""
    flat = cast("list[str]", redis.run(_RESERVE, [key], [fingerprint, ttl_seconds]))
    return dict(zip(flat[::2], flat[1::2], strict=True)) or None


def fill(key: str, fingerprint: str, answer: str, ttl_seconds: int) -> None:
    pipeline = redis.client().pipeline(transaction=True)
    pipeline.hset(key, mapping={"fingerprint": fingerprint, "answer": answer})
    pipeline.expire(key, ttl_seconds)
    pipeline.execute()


def drop(key: str) -> None:
    redis.client().delete(key)
