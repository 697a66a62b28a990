"""Redis keys of delivery: `session:{connection}`, and per scope `conns:`, `seq:` and `log:`.

The three keys of a scope carry it as hash tag, so that one script may change them on a cluster.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from convoke.backends import redis
from convoke.delivery import model

_SCOPE_FIELD = "scope:"

# KEYS seq, log, conns; ARGV first number, event body, log length, log ttl, seq ttl, members ttl
_APPEND = """
local seq = redis.call('INCR', KEYS[1])
if seq == 1 then
  seq = tonumber(ARGV[1])
  redis.call('SET', KEYS[1], string.format('%.0f', seq))
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
local id = string.format('%.0f', seq)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], id .. '-0', 'e', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('EXPIRE', KEYS[3], ARGV[6])
return {id, redis.call('SMEMBERS', KEYS[3])}
"""

# As _APPEND, but only for a scope that somebody has followed within the last day: who has been away for
# longer loads everything anew, and nothing is kept for them
_OFFER = "if redis.call('EXISTS', KEYS[1]) == 0 then return {false, {}} end" + _APPEND

# KEYS seq, conns; ARGV connection, first number, seq ttl, members ttl
_ENTER = """
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], ARGV[2], 'NX')
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('GET', KEYS[1])
"""

# KEYS seq, log; ARGV last number seen, most events. A number from another age costs no look into the log
_READ = """
local last = redis.call('GET', KEYS[1])
if not last then return {false, {}} end
local missed = tonumber(last) - tonumber(ARGV[1])
if missed < 1 or missed > tonumber(ARGV[2]) then return {last, {}} end
return {last, redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])}
"""

# KEYS session; ARGV mark of the closed, field, value, ...: only a record that is there and open is changed
_AMEND = """
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1
"""

# KEYS session; ARGV participant: one that the connection has entered as meanwhile stays
_DETACH = """
if redis.call('HGET', KEYS[1], 'participant_id') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'participant_id', 'meeting_id')
"""

_TAKE = """
local fields = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
return fields
"""

# KEYS session; ARGV ttl, mark. Never lengthens, so that a record does not come back to life
_FADE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], ARGV[2], '1') end
if redis.call('TTL', KEYS[1]) > tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return redis.call('HGETALL', KEYS[1])
"""


def _session(connection_id: str) -> str:
    return f"session:{{{connection_id}}}"


def _conns(scope: str) -> str:
    return f"conns:{{{scope}}}"


def _seq(scope: str) -> str:
    return f"seq:{{{scope}}}"


def _log(scope: str) -> str:
    return f"log:{{{scope}}}"


def _pairs(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def save_session(connection_id: str, fields: Mapping[str, str]) -> None:
    with redis.client().pipeline() as pipe:
        pipe.delete(_session(connection_id))
        pipe.hset(_session(connection_id), mapping=cast("dict[Any, Any]", fields))
        pipe.expire(_session(connection_id), model.SESSION_SECONDS)
        pipe.execute()


def load_session(connection_id: str) -> dict[str, str]:
    """The record, its life prolonged; empty when there is none."""
    with redis.client().pipeline(transaction=False) as pipe:
        pipe.hgetall(_session(connection_id))
        pipe.expire(_session(connection_id), model.SESSION_SECONDS)
        return cast("dict[str, str]", pipe.execute()[0])


def amend_session(connection_id: str, fields: Mapping[str, str]) -> bool:
    """False when the record is gone, or the connection was closed from here."""
    flat = [model.CLOSED, *(part for pair in fields.items() for part in pair)]
    return bool(redis.run(_AMEND, [_session(connection_id)], flat))


def detach_session(connection_id: str, participant_id: str) -> None:
    redis.run(_DETACH, [_session(connection_id)], [participant_id])


def take_session(connection_id: str) -> dict[str, str]:
    """The record for whoever comes first; afterwards there is none."""
    return _pairs(redis.run(_TAKE, [_session(connection_id)], []))


def fade_session(connection_id: str, *, mark: str = "") -> dict[str, str]:
    """Let the record die soon, with a mark of what has become of the connection."""
    return _pairs(redis.run(_FADE, [_session(connection_id)], [model.GONE_SESSION_SECONDS, mark]))


def principals(connection_ids: Iterable[str]) -> dict[str, str]:
    """The encoded principals of those connections that are known, in one round trip."""
    wanted = list(connection_ids)
    with redis.client().pipeline(transaction=False) as pipe:
        for connection_id in wanted:
            pipe.hget(_session(connection_id), "principal")
        found = pipe.execute()
    return {connection_id: text for connection_id, text in zip(wanted, found, strict=True) if text}


def scopes_in(fields: Mapping[str, str]) -> frozenset[str]:
    return frozenset(name.removeprefix(_SCOPE_FIELD) for name in fields if name.startswith(_SCOPE_FIELD))


def enter(connection_id: str, scope: str, now: datetime) -> int | None:
    """Put a connection into a scope; the scope's last number, or None when the connection is unknown."""
    if not amend_session(connection_id, {_SCOPE_FIELD + scope: "1"}):
        return None
    args = [connection_id, _first_number(now), model.SEQ_SECONDS, model.MEMBERS_SECONDS]
    return int(redis.run(_ENTER, [_seq(scope), _conns(scope)], args))


def exit_scopes(connection_id: str, scopes: Iterable[str]) -> None:
    with redis.client().pipeline(transaction=False) as pipe:
        for scope in scopes:
            pipe.srem(_conns(scope), connection_id)
            pipe.hdel(_session(connection_id), _SCOPE_FIELD + scope)
        pipe.execute()


def append(scope: str, body: str, now: datetime) -> tuple[int, list[str]]:
    """Number and keep an event; its number and who is to get it. One round trip."""
    seq, members = redis.run(_APPEND, *_appending(scope, body, now))
    return int(seq), list(members)


def offer(scopes: Sequence[str], body: str, now: datetime) -> list[tuple[int | None, list[str]]]:
    """The same for many scopes, in one round trip; no number where nobody has followed lately."""
    answers = redis.run_each(_OFFER, [_appending(scope, body, now) for scope in scopes])
    return [(None if seq is None else int(seq), list(members)) for seq, members in answers]


def _appending(scope: str, body: str, now: datetime) -> tuple[list[str], list[Any]]:
    ages = [model.LOG_EVENTS, model.LOG_SECONDS, model.SEQ_SECONDS, model.MEMBERS_SECONDS]
    return [_seq(scope), _log(scope), _conns(scope)], [_first_number(now), body, *ages]


def read(scope: str, after_seq: int) -> tuple[int | None, list[tuple[int, str]]]:
    """The scope's last number (None: not known any more) and the events kept after `after_seq`, if few."""
    last, entries = redis.run(_READ, [_seq(scope), _log(scope)], [after_seq, model.LOG_EVENTS])
    if last is None:
        return None, []
    return int(last), [(int(entry[0].split("-")[0]), entry[1][1]) for entry in entries]


def last_seq(scope: str, now: datetime) -> int:
    with redis.client().pipeline() as pipe:
        pipe.set(_seq(scope), _first_number(now), nx=True)
        pipe.expire(_seq(scope), model.SEQ_SECONDS)
        pipe.get(_seq(scope))
        return int(pipe.execute()[2])


def expire_scope(scope: str, seconds: int) -> None:
    with redis.client().pipeline() as pipe:
        for key in (_conns(scope), _log(scope), _seq(scope)):
            pipe.expire(key, seconds, lt=True)
        pipe.execute()


def members(scope: str) -> set[str]:
    return cast("set[str]", redis.client().smembers(_conns(scope)))


def how_many(scope: str) -> int:
    return int(redis.client().scard(_conns(scope)))


def members_of_each(scopes: Sequence[str]) -> list[set[str]]:
    with redis.client().pipeline(transaction=False) as pipe:
        for scope in scopes:
            pipe.smembers(_conns(scope))
        return cast("list[set[str]]", pipe.execute())


def _first_number(now: datetime) -> int:
    # Unix milliseconds: a log made anew reuses no number as long as a scope has < 1,000 events a second.
    return int(now.timestamp() * 1000)
