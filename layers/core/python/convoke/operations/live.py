"""The rate limits' counters in Redis."""

from convoke.backends import redis


def count(key: str, ttl_seconds: int) -> int:
    """Add one to a counter that goes away `ttl_seconds` after its first hit; returns the new count."""
    # MULTI: a counter without a time to live would lock its owner out for good.
    pipeline = redis.client().pipeline(transaction=True)
    pipeline.incr(key)
    pipeline.expire(key, ttl_seconds, nx=True)
    counted: int = pipeline.execute()[0]
    return counted
