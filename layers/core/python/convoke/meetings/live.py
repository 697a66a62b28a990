"""Redis keys of meetings: the heartbeat of each participant, and the guesses at a meeting's password."""

from datetime import datetime
from typing import Any, cast

from convoke.backends import redis

# Clients ping every 20 s: three missed ones, and a slow network.
HEARTBEAT_SECONDS = 75
GUESS_WINDOW_SECONDS = 900

# KEYS participant; ARGV connection: a newer connection's heartbeat is not dropped by the older one's end
_DROP = """
if redis.call('HGET', KEYS[1], 'connection_id') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


# KEYS participant; ARGV connection, ttl, meeting, time. Answers 0 when another connection has the place
_BEAT = """
local holder = redis.call('HGET', KEYS[1], 'connection_id')
if holder and holder ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'connection_id', ARGV[1], 'meeting_id', ARGV[3], 'last_heartbeat', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""


def _participant(participant_id: str) -> str:
    return f"participant:{{{participant_id}}}"


def touch(participant_id: str, meeting_id: str, connection_id: str, now: datetime) -> None:
    """A participant is there, by this connection from now on."""
    key = _participant(participant_id)
    fields: dict[Any, Any] = {
        "meeting_id": meeting_id,
        "connection_id": connection_id,
        "last_heartbeat": now.isoformat(),
    }
    with redis.client().pipeline(transaction=True) as pipe:
        pipe.hset(key, mapping=fields)
        pipe.expire(key, HEARTBEAT_SECONDS)
        pipe.execute()


def beat(participant_id: str, meeting_id: str, connection_id: str, now: datetime) -> bool:
    """A participant is still there; False when a newer connection has the place."""
    args = [connection_id, HEARTBEAT_SECONDS, meeting_id, now.isoformat()]
    return bool(redis.run(_BEAT, [_participant(participant_id)], args))


def drop(participant_id: str, connection_id: str) -> None:
    redis.run(_DROP, [_participant(participant_id)], [connection_id])


def present(participant_ids: list[str]) -> list[bool]:
    """Which of them have a heartbeat, in one round trip."""
    with redis.client().pipeline(transaction=False) as pipe:
        for participant_id in participant_ids:
            pipe.exists(_participant(participant_id))
        return [bool(found) for found in pipe.execute()]


def _guesses(meeting_id: str, who: str, now: datetime) -> str:
    window = int(now.timestamp()) // GUESS_WINDOW_SECONDS * GUESS_WINDOW_SECONDS
    return f"ratelimit:meeting_password:{meeting_id}:{who}:{window}"


def count_guess(meeting_id: str, who: str, now: datetime) -> int:
    """Count a guess before it is checked, so that many at once do not slip through together."""
    key = _guesses(meeting_id, who, now)
    with redis.client().pipeline(transaction=True) as pipe:
        pipe.incr(key)
        pipe.expire(key, GUESS_WINDOW_SECONDS, nx=True)
        return cast("int", pipe.execute()[0])


def forgive_guess(meeting_id: str, who: str, now: datetime) -> None:
    """It was right: a class behind one address must not lock itself out."""
    key = _guesses(meeting_id, who, now)
    with redis.client().pipeline(transaction=True) as pipe:
        pipe.decr(key)
        pipe.expire(key, GUESS_WINDOW_SECONDS, nx=True)
        pipe.execute()


def seconds_left(now: datetime) -> int:
    return GUESS_WINDOW_SECONDS - int(now.timestamp()) % GUESS_WINDOW_SECONDS
