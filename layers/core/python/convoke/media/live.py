"""Redis keys of media: the node registry, `meeting:{id}:node` (where a meeting is) and `stream:{id}`.

The registry is only what heartbeats keep alive; after a flush the nodes' reports make all of it anew.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from convoke.backends import redis
from convoke.media.model import HEARTBEAT_SECONDS, HEARTBEAT_TTL_SECONDS, NodeReport, StreamReport
from convoke.media.placement import LiveNode

_NODES = "{nodes}"
_SINCE = "{nodes}:since"
_YOUNG = "{nodes}:young"
REGISTRY_SECONDS = 60
# Until every living node has reported once more, a registry made anew does not know what is where.
YOUNG_MILLISECONDS = int(HEARTBEAT_SECONDS * 1500)
PLACEMENT_SECONDS = 3600
SUSPECT_SECONDS = 10
STREAM_SECONDS = 3600
SAVED_SECONDS = 30
CAPACITY_SECONDS = 300

# KEYS nodes, since, young; ARGV node, heartbeat time, registry ttl, young ms
_ENLIST = """
if redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[3]) then
  redis.call('SET', KEYS[3], '1', 'PX', ARGV[4])
else
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
"""

# KEYS placement; ARGV node, ttl. The first to claim a meeting has it; answers who has it
_CLAIM = """
local holder = redis.call('GET', KEYS[1])
if holder then
  if holder == ARGV[1] then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
  return holder
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return ARGV[1]
"""

# KEYS placement; ARGV expected holder or '', new node, ttl. Compare and set; answers who has it
_MOVE = """
local holder = redis.call('GET', KEYS[1])
if (holder or '') ~= ARGV[1] then return holder or '' end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]
"""

# KEYS node; ARGV field, value: a node that is gone is not brought back by a count
_AMEND_NODE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
if ARGV[2] == '' then return redis.call('HINCRBY', KEYS[1], ARGV[1], 1) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""


def _node(node_id: str) -> str:
    return f"node:{{{node_id}}}"


def _suspect(node_id: str) -> str:
    return f"node:{{{node_id}}}:suspect"


def _saved(node_id: str) -> str:
    return f"node:{{{node_id}}}:saved"


def _placement(meeting_id: str) -> str:
    return f"meeting:{{{meeting_id}}}:node"


def _capacity(controller_id: str) -> str:
    return f"controller:{{{controller_id}}}:capacity"


def claim_rooms(node_id: str, meeting_ids: Iterable[str]) -> list[str]:
    """Say for each meeting on a node that it is there; those that another node has."""
    wanted = list(meeting_ids)
    if not wanted:
        return []
    client = redis.client()
    claim = client.register_script(_CLAIM)
    with client.pipeline(transaction=False) as pipe:
        for meeting_id in wanted:
            claim(keys=[_placement(meeting_id)], args=[node_id, PLACEMENT_SECONDS], client=pipe)
        holders = pipe.execute()
    return [meeting_id for meeting_id, holder in zip(wanted, holders, strict=True) if holder != node_id]


def save_report(report: NodeReport, now: datetime) -> bool:
    """Write a heartbeat; True when its database row is due (new, changed, or half a minute old)."""
    fields = report.model_dump(mode="json", exclude={"rooms", "streams", "codecs"})
    fields |= {
        "codecs": ",".join(report.codecs),
        "rooms": len(report.rooms),
        "participants": sum(report.rooms.values()),
        "placed": 0,
        "heartbeat_at": now.isoformat(),
    }
    with redis.client().pipeline(transaction=False) as pipe:
        pipe.hset(_node(report.node_id), mapping=cast("dict[Any, Any]", fields))
        pipe.expire(_node(report.node_id), HEARTBEAT_TTL_SECONDS)
        for stream in report.streams:
            _save_stream(pipe, stream, report.node_id)
        pipe.get(_saved(report.node_id))
        saved = pipe.execute()[-1]
    args = [report.node_id, now.timestamp(), REGISTRY_SECONDS, YOUNG_MILLISECONDS]
    redis.run(_ENLIST, [_NODES, _SINCE, _YOUNG], args)
    return bool(saved != _standing(report))


def _save_stream(pipe: Any, stream: StreamReport, node_id: str) -> None:
    key = f"stream:{{{stream.stream_id}}}"
    pipe.hset(key, mapping=stream.model_dump(mode="json") | {"node_id": node_id})
    pipe.expire(key, STREAM_SECONDS)


def note_saved(report: NodeReport) -> None:
    redis.client().set(_saved(report.node_id), _standing(report), ex=SAVED_SECONDS)


def _standing(report: NodeReport) -> str:
    return f"{report.status} {report.health} {report.control_url}"


def remove_node(node_id: str) -> None:
    with redis.client().pipeline(transaction=False) as pipe:
        pipe.delete(_node(node_id))
        pipe.delete(_saved(node_id))
        pipe.zrem(_NODES, node_id)
        pipe.execute()


def load_nodes() -> tuple[dict[str, dict[str, str]], bool]:
    """Nodes with a fresh heartbeat by id, each with its `suspect` mark; whether the registry is young."""
    with redis.client().pipeline(transaction=False) as pipe:
        pipe.zrange(_NODES, 0, -1)
        pipe.exists(_YOUNG)
        node_ids, young = pipe.execute()
        for node_id in node_ids:
            pipe.hgetall(_node(node_id))
            pipe.exists(_suspect(node_id))
        found = pipe.execute()
    nodes = {}
    for node_id, fields, suspect in zip(node_ids, found[::2], found[1::2], strict=True):
        # A count on an expired hash cannot recreate it, but a half-written one would not be a node.
        if "control_url" in fields:
            nodes[node_id] = fields | {"suspect": str(suspect)}
    return nodes, bool(young)


def live_node(fields: Mapping[str, str]) -> LiveNode:
    return LiveNode(
        node_id=fields["node_id"],
        region=fields["region"],
        control_url=fields["control_url"],
        status=fields["status"],
        health=fields["health"],
        max_streams=int(fields["max_streams"]),
        current_streams=int(fields["current_streams"]),
        max_bitrate_mbps=int(fields["max_bitrate_mbps"]),
        current_bitrate_mbps=float(fields["current_bitrate_mbps"]),
        placed=int(fields["placed"]),
        suspect=fields["suspect"] == "1",
    )


def mark_suspect(node_id: str) -> None:
    redis.client().set(_suspect(node_id), "1", ex=SUSPECT_SECONDS)


def mark_draining(node_id: str) -> None:
    """Ahead of the node's own next report, so that no meeting is placed there in between."""
    redis.run(_AMEND_NODE, [_node(node_id)], ["status", "draining"])


def placed_on(meeting_id: str) -> str | None:
    return cast("str | None", redis.client().get(_placement(meeting_id)))


def move(meeting_id: str, expected: str | None, node_id: str) -> str:
    """Place a meeting if it still is where `expected` says; where it is now."""
    args = [expected or "", node_id, PLACEMENT_SECONDS]
    holder = str(redis.run(_MOVE, [_placement(meeting_id)], args))
    if holder == node_id and holder != expected:
        redis.run(_AMEND_NODE, [_node(node_id)], ["placed", ""])
    return holder


def keep(meeting_id: str) -> None:
    redis.client().expire(_placement(meeting_id), PLACEMENT_SECONDS)


def forget_meeting(meeting_id: str) -> str | None:
    """Where the meeting was; it is nowhere afterwards."""
    return cast("str | None", redis.client().getdel(_placement(meeting_id)))


def save_capacity(controller_id: str, fields: Mapping[str, str | int]) -> None:
    with redis.client().pipeline() as pipe:
        pipe.hset(_capacity(controller_id), mapping=cast("dict[Any, Any]", fields))
        pipe.expire(_capacity(controller_id), CAPACITY_SECONDS)
        pipe.execute()


def capacity(controller_id: str) -> dict[str, str]:
    return cast("dict[str, str]", redis.client().hgetall(_capacity(controller_id)))
