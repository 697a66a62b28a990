"""Connections, scopes and events: what is delivered to whom, and under which number."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from convoke.identity.model import Principal

USER_SCOPE = "user"
"""What a client calls its principal's own scope; inside it is `user:<key>`."""

LOG_EVENTS = 500
LOG_SECONDS = 600
# Outlives the log: a scope that was quiet for longer than the log lives goes on counting without a gap.
SEQ_SECONDS = 24 * 3600
MEMBERS_SECONDS = 24 * 3600
# API Gateway closes a socket after 10 idle minutes; a record without a message for longer belongs to none.
SESSION_SECONDS = 660
# Kept for a late `$disconnect`, which still has to find out whose connection that was.
GONE_SESSION_SECONDS = 120
# Field of a record: the product has closed this connection, whatever becomes of the socket.
CLOSED = "closed"
# A post during `$connect` answers 410 although the connection is about to live.
CONNECTING_SECONDS = 10
# Tabs and devices of one person. Each event for them is posted to every one, while whoever caused it waits.
SOCKETS_MOST = 200
# A reply is 128 KB at most and carries three scopes and the roster: a larger replay is a reload.
REPLAY_BYTES = 32 * 1024


@dataclass(frozen=True)
class ConnectionState:
    """One open socket: whose it is, and which participant it stands for."""

    connection_id: str
    principal: Principal
    participant_id: str | None
    meeting_id: str | None
    scopes: frozenset[str]


def user_scope(key: str) -> str:
    """The scope that all sockets of one principal (`Principal.key`) are in."""
    return f"{USER_SCOPE}:{key}"


def wire_scope(scope: str) -> str:
    """The name under which clients know a scope: nobody needs to see a principal's key."""
    return USER_SCOPE if scope.startswith(f"{USER_SCOPE}:") else scope


def event_body(event: str, data: dict[str, Any]) -> str:
    """What the log keeps of an event: JSON members without the braces, so that frames need no parsing."""
    text = json.dumps({"event": event, "data": data}, ensure_ascii=False, separators=(",", ":"))
    return text[1:-1]


def event_frame(scope: str, seq: int, body: str) -> str:
    """`{"scope", "seq", "event", "data"}` as it goes over the socket."""
    return f'{{"scope":{json.dumps(wire_scope(scope))},"seq":{seq},{body}}}'


def ephemeral_frame(scope: str, body: str) -> str:
    """A frame without a number: it is kept for nobody, and missed by nobody."""
    return f'{{"scope":{json.dumps(wire_scope(scope))},{body}}}'


def frames(scope: str, entries: list[tuple[int, str]]) -> list[dict[str, Any]] | None:
    """Kept events as frames, or None when they would not fit into one reply."""
    texts = [event_frame(scope, seq, body) for seq, body in entries]
    if sum(len(text.encode()) for text in texts) > REPLAY_BYTES:
        return None
    return [json.loads(text) for text in texts]


def encode_principal(principal: Principal) -> str:
    return json.dumps(asdict(principal))


def decode_principal(text: str) -> Principal:
    return Principal(**json.loads(text))
