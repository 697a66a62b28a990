"""Redis keys of presence: `presence:{user}` with a field for each device, `watchers:{user}`, `waiting:{user}`
(whom they looked for in vain), `presence:due` (whom the sweep looks at when) and `typing:{chat}:{user}`.

One script changes a person's devices and says what that makes of the person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from convoke.backends import redis
from convoke.presence import model
from convoke.presence.model import State

DUE = "presence:due"
DUE_SECONDS = 24 * 3600

# KEYS presence; ARGV now, oldest beat that counts, ttl, save if saved before, the states from best to worst;
# for news of a device: its name, what happened, a value. Times in ms. All news but "gone" are a beat, and a
# beat keeps what the device was; "release" makes no device where there is none.
_CHANGE = """
local now, oldest = tonumber(ARGV[1]), tonumber(ARGV[2])
local device, event = ARGV[6] and 'd:' .. ARGV[6], ARGV[7]
if event == 'gone' then
  redis.call('HDEL', KEYS[1], device)
elseif device then
  local known = redis.call('HGET', KEYS[1], device)
  local activity, engagement = 'online', ''
  if known then activity, engagement = string.match(known, '^(.-),(.-),') end
  if event == 'activity' then activity = ARGV[8] end
  if event == 'engage' then engagement = ARGV[8] end
  if event == 'release' then engagement = '' end
  if known or event ~= 'release' then
    redis.call('HSET', KEYS[1], device, activity .. ',' .. engagement .. ',' .. ARGV[1])
  end
end
local there, last, saved, before, at = {}, 0, 0, 'offline', 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local name, value = all[i], all[i + 1]
  if name == 'state' then before = value
  elseif name == 'saved' then saved = tonumber(value)
  elseif name == 'at' then at = tonumber(value)
  else
    local activity, engagement, beat = string.match(value, '^(.-),(.-),(%d+)$')
    beat = tonumber(beat)
    last = math.max(last, beat)
    if beat < oldest then redis.call('HDEL', KEYS[1], name)
    else there[engagement ~= '' and engagement or activity] = true end
  end
end
local after = 'offline'
for state in string.gmatch(ARGV[5], '[^ ]+') do
  if there[state] then after = state break end
end
if before ~= after then at = math.max(now, at + 1) end
if after == 'offline' then
  redis.call('DEL', KEYS[1])
  -- A function that began before this one may tell only now that they have come back: that is later than this
  if at > 0 then
    redis.call('HSET', KEYS[1], 'at', string.format('%.0f', at))
    redis.call('EXPIRE', KEYS[1], ARGV[3])
  end
  return {before, after, string.format('%.0f', at), string.format('%.0f', last), 1}
end
local due = saved < tonumber(ARGV[4]) and 1 or 0
if due == 1 then redis.call('HSET', KEYS[1], 'saved', ARGV[1]) end
redis.call('HSET', KEYS[1], 'state', after, 'at', string.format('%.0f', at))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {before, after, string.format('%.0f', at), string.format('%.0f', last), due}
"""

# KEYS due; ARGV now, people
_FORGET = """
for i = 2, #ARGV do
  local at = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if at and tonumber(at) <= tonumber(ARGV[1]) then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
"""

# KEYS typing; ARGV ttl, how long ago the last one must be: 1 for who may be shown typing now
_TYPE = """
local left = redis.call('PTTL', KEYS[1])
if left > tonumber(ARGV[1]) - tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
return 1
"""


@dataclass(frozen=True)
class Device:
    """Something that happened to a device: beat, activity, engage, release, gone."""

    user_id: str
    connection_id: str
    event: str
    value: str = ""


@dataclass(frozen=True)
class Change:
    """What a person was and is. `save`: it is time to keep `last_beat`, which is 0 where it is not known."""

    user_id: str
    before: State
    after: State
    at: int
    last_beat: int
    save: bool


def _presence(user_id: str) -> str:
    return f"presence:{{{user_id}}}"


def _watchers(user_id: str) -> str:
    return f"watchers:{{{user_id}}}"


def _waiting(user_id: str) -> str:
    return f"waiting:{{{user_id}}}"


def change(devices: Sequence[Device], now: datetime) -> list[Change]:
    """Each device's news, in one round trip."""
    calls = [(device.user_id, [device.connection_id, device.event, device.value]) for device in devices]
    return _run(calls, now)


def settle(user_ids: Sequence[str], now: datetime) -> list[Change]:
    """Drop the devices that have been silent for too long."""
    return _run([(user_id, []) for user_id in user_ids], now)


def _run(calls: Sequence[tuple[str, list[str]]], now: datetime) -> list[Change]:
    ms = model.milliseconds(now)
    common = [
        ms,
        ms - model.DEVICE_SECONDS * 1000,
        model.KEY_SECONDS,
        ms - model.SAVE_SECONDS * 1000,
        " ".join(model.BEST_FIRST),
    ]
    answers = redis.run_each(_CHANGE, [([_presence(user_id)], [*common, *more]) for user_id, more in calls])
    return [
        Change(user_id, State(before), State(after), int(at), int(last), save == 1)
        for (user_id, _), (before, after, at, last, save) in zip(calls, answers, strict=True)
    ]


def look(user_ids: Sequence[str]) -> list[dict[str, str]]:
    """The hashes of these people, as they are."""
    with redis.client().pipeline(transaction=False) as pipe:
        for user_id in user_ids:
            pipe.hgetall(_presence(user_id))
        return cast("list[dict[str, str]]", pipe.execute())


def expect(due: Mapping[str, datetime]) -> None:
    """The sweep shall look at these people at these times."""
    if not due:
        return
    scores: dict[Any, Any] = {user_id: model.milliseconds(at) for user_id, at in due.items()}
    with redis.client().pipeline(transaction=True) as pipe:
        pipe.zadd(DUE, scores)
        pipe.expire(DUE, DUE_SECONDS)
        pipe.execute()


def forget_due(user_ids: Sequence[str], now: datetime) -> None:
    """No more looks at these people, but for who has come back meanwhile and is due later."""
    if user_ids:
        redis.run(_FORGET, [DUE], [model.milliseconds(now), *user_ids])


def due(now: datetime, limit: int) -> list[str]:
    found = redis.client().zrangebyscore(DUE, "-inf", model.milliseconds(now), start=0, num=limit)
    return cast("list[str]", found)


def watch(user_ids: Sequence[str], viewer: str, connection_id: str, now: datetime) -> list[dict[str, str]]:
    """Follow these people, then look at them: what changes in between is both told and seen. Whom one follows
    one does not wait for."""
    watcher = model.watcher_name(viewer, connection_id)
    with redis.client().pipeline(transaction=False) as pipe:
        pipe.zrem(_waiting(viewer), *user_ids)
        for user_id in user_ids:
            pipe.zadd(_watchers(user_id), {watcher: model.milliseconds(now) + model.WATCH_SECONDS * 1000})
            pipe.expire(_watchers(user_id), model.WATCH_SECONDS)
        for user_id in user_ids:
            pipe.hgetall(_presence(user_id))
        return cast("list[dict[str, str]]", pipe.execute()[1 + 2 * len(user_ids) :])


def wait(viewer: str, user_ids: Sequence[str], now: datetime) -> None:
    """Remember whom a viewer asks for, the latest of them, until they are followed."""
    scores: dict[Any, Any] = {user_id: model.milliseconds(now) for user_id in user_ids}
    with redis.client().pipeline(transaction=True) as pipe:
        pipe.zadd(_waiting(viewer), scores)
        pipe.zremrangebyrank(_waiting(viewer), 0, -model.WAITING_MAX - 1)
        pipe.expire(_waiting(viewer), model.WATCH_SECONDS)
        pipe.execute()


def waits(viewer: str, user_id: str) -> bool:
    return redis.client().zscore(_waiting(viewer), user_id) is not None


def unwatch(user_ids: Sequence[str], watchers: Sequence[str]) -> None:
    with redis.client().pipeline(transaction=False) as pipe:
        for user_id in user_ids:
            pipe.zrem(_watchers(user_id), *watchers)
        pipe.execute()


def watchers(user_ids: Sequence[str], now: datetime) -> list[list[str]]:
    """Who follows each of them; those who have not renewed it are dropped."""
    ms = model.milliseconds(now)
    with redis.client().pipeline(transaction=False) as pipe:
        for user_id in user_ids:
            pipe.zremrangebyscore(_watchers(user_id), "-inf", ms)
            pipe.zrange(_watchers(user_id), 0, -1)
        return cast("list[list[str]]", pipe.execute()[1::2])


def may_type(chat_id: str, key: str) -> bool:
    """Whether this typing is to be shown: the last one was some time ago."""
    args = [model.TYPING_MS, model.TYPING_EVERY_MS]
    return bool(redis.run(_TYPE, [f"typing:{{{chat_id}}}:{key}"], args))
