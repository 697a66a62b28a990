"""Open and close connections, put them into scopes, publish to a scope and replay what was missed."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from convoke.backends import push
from convoke.delivery import live, model
from convoke.delivery.model import ConnectionState
from convoke.errors import Problem
from convoke.identity.model import Principal


def open_connection(connection_id: str, principal: Principal, now: datetime) -> None:
    """Remember a new socket and put it into its principal's `user` scope.

    Raises Problem 429 `too_many_sockets`.
    """
    _require_room(model.user_scope(principal.key))
    fields = {"principal": model.encode_principal(principal), "opened_at": now.isoformat()}
    if principal.participant_id and principal.meeting_id:
        fields |= {"participant_id": principal.participant_id, "meeting_id": principal.meeting_id}
    live.save_session(connection_id, fields)
    live.enter(connection_id, model.user_scope(principal.key), now)


def connection(connection_id: str) -> ConnectionState | None:
    """Whose socket this is, and keep it alive; None when its state is lost (the client then reconnects), or
    when it was closed from here: a close that did not reach API Gateway counts all the same."""
    fields = live.load_session(connection_id)
    return None if model.CLOSED in fields else _state(connection_id, fields)


def close_connection(connection_id: str) -> ConnectionState | None:
    """Forget a socket and take it out of its scopes. The state is returned once, to the first who closes."""
    fields = live.take_session(connection_id)
    live.exit_scopes(connection_id, live.scopes_in(fields))
    return _state(connection_id, fields)


def bind(connection_id: str, *, participant_id: str, meeting_id: str) -> None:
    """From now on this socket stands for that participant. Raises Problem `connection_unknown`."""
    if not live.amend_session(connection_id, {"participant_id": participant_id, "meeting_id": meeting_id}):
        raise connection_unknown()


def unbind(connection_id: str, participant_id: str) -> None:
    """This socket stands for that participant no longer, if it did: it stays its principal's."""
    live.detach_session(connection_id, participant_id)


def subscribe(connection_id: str, scope: str, *, now: datetime | None = None) -> int:
    """Deliver a scope's events to this socket; the number of the last event before.

    To repair a gap: first subscribe, then replay, so that nothing falls between.
    """
    seq = live.enter(connection_id, scope, now or datetime.now(UTC))
    if seq is None:
        raise connection_unknown()
    return seq


def unsubscribe(connection_id: str, scope: str) -> None:
    live.exit_scopes(connection_id, [scope])


def last_seq(scope: str, now: datetime) -> int:
    """The number of a scope's last event, as `join` and `resume` tell it to the client."""
    return live.last_seq(scope, now)


def publish(
    scope: str,
    event: str,
    data: dict[str, Any],
    *,
    now: datetime,
) -> int:
    """Number an event, keep it for replay and push it to every socket in the scope; its number.

    Whoever has caused the event gets it too: a number that does not come is a hole, which clients repair.
    """
    body = model.event_body(event, data)
    seq, members = live.append(scope, body, now)
    gone = push.post_many(members, model.event_frame(scope, seq, body).encode())
    for connection_id in gone:
        _forget(connection_id, scope, now)
    return seq


def publish_to_principal(
    key: str,
    event: str,
    data: dict[str, Any],
    *,
    now: datetime,
) -> int:
    """Publish to all sockets of one principal (`Principal.key`: user id, or a guest's participant id)."""
    return publish(model.user_scope(key), event, data, now=now)


def publish_to_many(
    keys: Iterable[str],
    event: str,
    data: dict[str, Any],
    *,
    now: datetime,
) -> None:
    """Publish to all sockets of many principals, in each one's own `user` scope under its own number.

    One round trip to Redis and one post a socket, however many they are. For who had no socket within the
    last day nothing is kept.
    """
    body = model.event_body(event, data)
    scopes = [model.user_scope(key) for key in dict.fromkeys(keys)]
    offered = live.offer(scopes, body, now)
    posts: dict[str, tuple[str, bytes]] = {}
    for scope, (seq, members) in zip(scopes, offered, strict=True):
        if seq is not None and members:
            frame = model.event_frame(scope, seq, body).encode()
            posts |= dict.fromkeys(members, (scope, frame))
    gone = push.post_each((member, frame) for member, (_, frame) in posts.items())
    for connection_id in gone:
        _forget(connection_id, posts[connection_id][0], now)


def connected(keys: Iterable[str]) -> frozenset[str]:
    """Those principals who have an open socket, as far as is known."""
    wanted = list(dict.fromkeys(keys))
    members = live.members_of_each([model.user_scope(key) for key in wanted])
    return frozenset(key for key, found in zip(wanted, members, strict=True) if found)


def push_ephemeral(
    keys: Iterable[str],
    event: str,
    data: dict[str, Any],
    *,
    scope: str,
    now: datetime,
) -> None:
    """Show something to the open sockets of many principals that is worth nothing a moment later.

    It has no number and is not kept. `scope` is what clients are told that it concerns.
    """
    scopes = [model.user_scope(key) for key in dict.fromkeys(keys)]
    frame = model.ephemeral_frame(scope, model.event_body(event, data)).encode()
    found = {
        member: user
        for user, members in zip(scopes, live.members_of_each(scopes), strict=True)
        for member in members
    }
    for connection_id in push.post_many(found, frame):
        _forget(connection_id, found[connection_id], now)


def replay(scope: str, after_seq: int) -> list[dict[str, Any]] | None:
    """Events after `after_seq`, oldest first, as frames; None: not all are kept, the client loads afresh."""
    last, entries = live.read(scope, after_seq)
    # The counts first: what a client says it has seen may be any number.
    if last is None or len(entries) != last - after_seq:
        return None
    if any(seq != after_seq + place for place, (seq, _) in enumerate(entries, start=1)):
        return None
    return model.frames(scope, entries)


def close_scope(scope: str, ttl: int) -> None:
    """Let a scope die in `ttl` seconds: late events still arrive, late clients still get their replay."""
    live.expire_scope(scope, ttl)


def disconnect(connection_id: str) -> None:
    """Close a socket from here. Its record stays for `$disconnect`, which API Gateway sends afterwards."""
    _shut(connection_id)
    push.disconnect(connection_id)


def disconnect_session(key: str, session_id: str) -> int:
    """Close all sockets of a principal that this session has opened; how many. To be called after its end."""
    known = live.principals(live.members(model.user_scope(key)))
    own = [each for each, text in known.items() if model.decode_principal(text).session_id == session_id]
    for connection_id in own:
        _shut(connection_id)
    push.disconnect_many(own)
    return len(own)


def tell(connection_id: str, problem: Problem) -> None:
    """A problem that no request has asked for, to one socket alone: it is no event and has no number."""
    frame = {"reply_to": None, "ok": False, "error": problem.document()}
    push.post_many([connection_id], json.dumps(frame).encode())


def connection_unknown() -> Problem:
    """The answer to a socket whose state was lost: open a new one and resume."""
    return Problem(
        "connection_unknown", 410, "This connection is not known any more", "Connect again, resume."
    )


def _require_room(scope: str) -> None:
    """Room for one socket more; those that no record is left of are none any more."""
    if live.how_many(scope) < model.SOCKETS_MOST:
        return
    known = live.members(scope)
    lost = known - live.principals(known).keys()
    for connection_id in lost:
        live.exit_scopes(connection_id, [scope])
    if len(known) - len(lost) >= model.SOCKETS_MOST:
        raise Problem("too_many_sockets", 429, "Too many open connections", "Close some of them first.")


def _forget(connection_id: str, scope: str, now: datetime) -> None:
    """A push found nobody. The record fades (a late `$disconnect` still needs it), the scopes go at once."""
    opened_at = live.load_session(connection_id).get("opened_at")
    connecting = timedelta(seconds=model.CONNECTING_SECONDS)
    if opened_at and now - datetime.fromisoformat(opened_at) < connecting:
        return
    live.exit_scopes(connection_id, live.scopes_in(live.fade_session(connection_id)) | {scope})


def _shut(connection_id: str) -> None:
    fields = live.fade_session(connection_id, mark=model.CLOSED)
    live.exit_scopes(connection_id, live.scopes_in(fields))


def _state(connection_id: str, fields: dict[str, str]) -> ConnectionState | None:
    if "principal" not in fields:
        return None
    return ConnectionState(
        connection_id=connection_id,
        principal=model.decode_principal(fields["principal"]),
        participant_id=fields.get("participant_id"),
        meeting_id=fields.get("meeting_id"),
        scopes=live.scopes_in(fields),
    )
