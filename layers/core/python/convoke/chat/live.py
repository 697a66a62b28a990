"""Redis keys of chat: `chat:{id}`, the last 100 messages as JSON, newest first, for who comes in; and
`unread:{user}:chat`, how much somebody has not read.

The list holds private messages too: who reads it filters. What is said in breakout rooms is not in it: who
may read that, only the database knows. It is only trusted when it was built whole, so its tail is an empty
string, which also tells an empty chat from a lost list. A count names the state of chat and mark that it was
computed for, so it is right or not used at all.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

from convoke.backends import redis
from convoke.chat.model import RECENT_KEPT, StoredMessage

CHAT_SECONDS = 24 * 3600
UNREAD_SECONDS = 24 * 3600
_BASE = ""

# KEYS list, writes; ARGV message, length, ttl. A list that is not there is not begun: it would lack the past
_PUSH = """
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
if redis.call('LPUSHX', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""

# KEYS list, writes; ARGV message, its id, seq and changed_seq, length, ttl. Items begin with their id.
# A message that should be in the list and is not comes later than its change: the list is built anew
_CHANGE = """
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[6])
local items = redis.call('LRANGE', KEYS[1], 0, -1)
local found, oldest = false, nil
for place, item in ipairs(items) do
  if string.sub(item, 8, 43) == ARGV[2] then
    found = true
    if cjson.decode(item).changed_seq < tonumber(ARGV[4]) then
      redis.call('LSET', KEYS[1], place - 1, ARGV[1])
    end
  end
  if item ~= '' then oldest = item end
end
if found then return 1 end
local full = #items >= tonumber(ARGV[5])
if full and cjson.decode(oldest).seq > tonumber(ARGV[3]) then return 0 end
redis.call('DEL', KEYS[1])
return 0
"""

# KEYS list, writes; ARGV writes seen before the database was read, ttl, items newest first ...
_BUILD = """
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""


def _list(chat_id: str) -> str:
    return f"chat:{{{chat_id}}}"


def _writes(chat_id: str) -> str:
    return f"chat:{{{chat_id}}}:writes"


def _unread(key: str, chat_id: str) -> str:
    return f"unread:{{{key}}}:{chat_id}"


def _run(script: str, chat_id: str, args: list[Any]) -> Any:
    return redis.run(script, [_list(chat_id), _writes(chat_id)], args)


def push(message: StoredMessage) -> None:
    """Put a new message in front."""
    if message.breakout_id is not None:
        return
    _run(_PUSH, message.chat_id, [message.model_dump_json(), RECENT_KEPT, CHAT_SECONDS])


def change(message: StoredMessage) -> None:
    """Put a later state of a message in the place of the earlier one, if it is among the last."""
    if message.breakout_id is not None:
        return
    numbers = [message.seq, message.changed_seq, RECENT_KEPT, CHAT_SECONDS]
    _run(_CHANGE, message.chat_id, [message.model_dump_json(), message.id, *numbers])


def recent(chat_id: str) -> list[StoredMessage] | None:
    """The last messages, oldest first; None when the list is lost."""
    kept = cast("list[str]", redis.client().lrange(_list(chat_id), 0, -1))
    if not kept:
        return None
    # Functions push in the order they finish, a message may be there twice: its latest state counts.
    items = map(StoredMessage.model_validate_json, filter(None, kept))
    found = {item.id: item for item in sorted(items, key=lambda item: item.changed_seq)}
    return sorted(found.values(), key=lambda item: item.seq)


def writes(chat_id: str) -> str:
    """A number that every write raises, to be read before the database and given to `build`.

    It begins anywhere: after a flush of Redis it is another one, whatever was written in between.
    """
    with redis.client().pipeline() as pipe:
        pipe.set(_writes(chat_id), secrets.randbits(48), nx=True, ex=CHAT_SECONDS)
        pipe.get(_writes(chat_id))
        return str(pipe.execute()[1])


def build(chat_id: str, messages: list[StoredMessage], seen_writes: str) -> bool:
    """Make the list from its messages, oldest first, unless somebody wrote in between."""
    items = [message.model_dump_json() for message in reversed(messages)]
    return bool(_run(_BUILD, chat_id, [seen_writes, CHAT_SECONDS, *items, _BASE]))


def forget(chat_id: str) -> None:
    """Drop the list; the next reader builds it."""
    with redis.client().pipeline() as pipe:
        pipe.incr(_writes(chat_id))
        pipe.expire(_writes(chat_id), CHAT_SECONDS)
        pipe.delete(_list(chat_id))
        pipe.execute()


def unread(key: str, states: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """What is known of somebody's chats, each in this state (the chat's number, the mark's)."""
    if not states:
        return {}
    kept = cast("list[str | None]", redis.client().mget([_unread(key, chat_id) for chat_id in states]))
    known = {}
    for (chat_id, (last_seq, read_seq)), text in zip(states.items(), kept, strict=True):
        state, _, count = (text or "").rpartition(" ")
        if state == f"{last_seq} {read_seq}":
            known[chat_id] = int(count)
    return known


def keep_unread(key: str, counted: Sequence[tuple[str, int, int, int]]) -> None:
    """Chat, number, mark, and how much is unread in that state."""
    with redis.client().pipeline(transaction=False) as pipe:
        for chat_id, last_seq, read_seq, count in counted:
            pipe.set(_unread(key, chat_id), f"{last_seq} {read_seq} {count}", ex=UNREAD_SECONDS)
        pipe.execute()
