"""Redis keys of calls: `call:{id}:beats`, when each person in a call was last heard of.

A socket that the network has cut off stays open for minutes: the others in a call look whether one is silent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from convoke.backends import redis
from convoke.calls.rules import SILENCE

BEATS_SECONDS = 300

# KEYS beats; ARGV person, time, silent before, ttl. Answers whether the call was known, and who is silent
_BEAT = """
local known = redis.call('EXISTS', KEYS[1])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return {known, redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])}
"""


def _beats(call_id: str) -> str:
    return f"call:{{{call_id}}}:beats"


def beat(call_id: str, user_id: str, now: datetime) -> tuple[bool, list[str]]:
    """Somebody in a call lives; whether anybody had before (not so after a flush), and who is silent."""
    args = [user_id, now.timestamp(), (now - SILENCE).timestamp(), BEATS_SECONDS]
    known, silent = redis.run(_BEAT, [_beats(call_id)], args)
    return bool(known), list(silent)


def silent(call_ids: Sequence[str], now: datetime) -> list[list[str]]:
    """Who is silent in each of these calls, in one round trip."""
    with redis.client().pipeline(transaction=False) as pipe:
        for call_id in call_ids:
            pipe.zrangebyscore(_beats(call_id), "-inf", f"({(now - SILENCE).timestamp()}")
        return [list(found) for found in pipe.execute()]


def forget(call_id: str, user_ids: Iterable[str]) -> None:
    """They have left: their silence means nothing any more."""
    redis.client().zrem(_beats(call_id), *user_ids)


def close(call_id: str) -> None:
    redis.client().delete(_beats(call_id))
