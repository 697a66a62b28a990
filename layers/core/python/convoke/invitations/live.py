"""Redis: how many people somebody has invited within the hour."""

from collections.abc import Mapping
from datetime import datetime

from convoke.backends import redis

WINDOW_SECONDS = 3600

# KEYS counters; ARGV how many more, ttl, the limit of each. All or none; 0 where one would be too much
_TAKE = """
for place, key in ipairs(KEYS) do
    local taken = tonumber(redis.call('GET', key) or '0')
    if taken + tonumber(ARGV[1]) > tonumber(ARGV[place + 2]) then return 0 end
end
for _, key in ipairs(KEYS) do
    redis.call('INCRBY', key, ARGV[1])
    redis.call('EXPIRE', key, ARGV[2], 'NX')
end
return 1
"""


def take(limits: Mapping[str, int], amount: int, now: datetime) -> bool:
    """Count `amount` more in this hour, in every counter, unless that is more than one of them has left."""
    window = int(now.timestamp()) // WINDOW_SECONDS * WINDOW_SECONDS
    keys = [f"ratelimit:{counter}:{window}" for counter in limits]
    return bool(redis.run(_TAKE, keys, [amount, WINDOW_SECONDS, *limits.values()]))


def seconds_left(now: datetime) -> int:
    return WINDOW_SECONDS - int(now.timestamp()) % WINDOW_SECONDS
