"""Redis: how many people somebody has invited within the hour."""

from datetime import datetime

from convoke.backends import redis

WINDOW_SECONDS = 3600

# KEYS counter; ARGV how many more, limit, ttl. All of them or none; 0 where they would be too many
_TAKE = """
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if taken + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3], 'NX')
return 1
"""


def take(what: str, who: str, amount: int, *, per_hour: int, now: datetime) -> bool:
    """Count `amount` more in this hour, unless that is more than `per_hour`."""
    window = int(now.timestamp()) // WINDOW_SECONDS * WINDOW_SECONDS
    key = f"ratelimit:{what}:{who}:{window}"
    return bool(redis.run(_TAKE, [key], [amount, per_hour, WINDOW_SECONDS]))


def seconds_left(now: datetime) -> int:
    return WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS
