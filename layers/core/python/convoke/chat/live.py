"""Redis keys of chat: `chat:{id}`, the last 100 messages as JSON, newest first, for who comes in.

The list holds private messages too: who reads it filters. It is only trusted when it was built whole, so
its tail is an empty string, which also tells an empty chat from a lost list.
"""

from typing import Any, cast

from convoke.backends import redis
from convoke.chat.model import RECENT_KEPT, StoredMessage

CHAT_SECONDS = 24 * 3600
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

# KEYS list, writes; ARGV writes seen before the database was read, ttl, items newest first ...
_BUILD = """
if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""


def _list(chat_id: str) -> str:
    return f"chat:{{{chat_id}}}"


def _writes(chat_id: str) -> str:
    return f"chat:{{{chat_id}}}:writes"


def _run(script: str, chat_id: str, args: list[Any]) -> Any:
    return redis.run(script, [_list(chat_id), _writes(chat_id)], args)


def push(message: StoredMessage) -> None:
    _run(_PUSH, message.chat_id, [message.model_dump_json(), RECENT_KEPT, CHAT_SECONDS])


def recent(chat_id: str) -> list[StoredMessage] | None:
    """The last messages, oldest first; None when the list is lost."""
    kept = cast("list[str]", redis.client().lrange(_list(chat_id), 0, -1))
    if not kept:
        return None
    # By id: functions push in the order they finish, and a message may be pushed twice.
    found = {item.id: item for item in map(StoredMessage.model_validate_json, filter(None, kept))}
    return [found[message_id] for message_id in sorted(found)]


def writes(chat_id: str) -> str:
    """How often was written, to be read before the database and given to `build`."""
    return cast("str | None", redis.client().get(_writes(chat_id))) or "0"


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
