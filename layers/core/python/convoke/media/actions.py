"""Bring a participant's media to the node that has the meeting, and keep one node per meeting.

Signalling after the first answer runs between client and node; see docs/protocol/media.md.
"""

import logging
from datetime import UTC, datetime, timedelta

from convoke.backends.postgres import System, transaction
from convoke.errors import Problem
from convoke.media import live, node, placement, store
from convoke.media.model import NodePause, NodeSession, NodeSessionRequest, StreamType
from convoke.media.node import NodeError
from convoke.media.placement import LiveNode
from convoke.media.registry import (
    controller,
    controllers,
    drain,
    nodes,
    report_controller,
    report_node,
    settle,
    withdraw_node,
)
from convoke.settings import settings

__all__ = [
    "close_room",
    "connect",
    "controller",
    "controllers",
    "disconnect",
    "drain",
    "nodes",
    "pause",
    "report_controller",
    "report_node",
    "restart",
    "settle",
    "withdraw_node",
]

ATTEMPTS = 2
# Placement is compare-and-set; who loses looks again. Three losses in a row were never seen.
PLACEMENT_ROUNDS = 4
# A node whose row is older had lost its heartbeat before Redis was flushed.
RECENT_SECONDS = live.SAVED_SECONDS + 15

logger = logging.getLogger(__name__)


def connect(
    meeting_id: str, participant_id: str, request: NodeSessionRequest, *, now: datetime
) -> NodeSession:
    """Make (or make anew) a participant's session on the meeting's node; both SDP answers.

    A node that does not answer is suspect, and one other is tried: the meeting moves there. Raises Problem
    `media_unavailable` (503) when there is none, or the node's own refusal (400 `malformed_sdp`).
    """
    failed: set[str] = set()
    for _ in range(ATTEMPTS):
        target = _place(meeting_id, failed, now)
        if target is None:
            break
        path = node.participant_path(meeting_id, participant_id)
        try:
            answer = node.call(target.control_url, "PUT", path, request.model_dump_json(), now=now)
        except NodeError as error:
            _suspect(target, error)
            failed.add(target.node_id)
        else:
            return NodeSession.model_validate_json(answer)
    raise media_unavailable()


def restart(
    meeting_id: str, participant_id: str, request: NodeSessionRequest, *, now: datetime
) -> NodeSession:
    """ICE restart of a session that is there. Problem 404 `unknown_session`: the client connects anew."""
    target = _present(meeting_id)
    if target is None:
        raise unknown_session()
    path = node.participant_path(meeting_id, participant_id) + "/restart"
    try:
        answer = node.call(target.control_url, "POST", path, request.model_dump_json(), now=now)
    except NodeError as error:
        _suspect(target, error)
        raise unknown_session() from error
    return NodeSession.model_validate_json(answer)


def disconnect(meeting_id: str, participant_id: str, *, now: datetime | None = None) -> None:
    """End a participant's session. A node that does not answer drops it by itself after 30 s of silence."""
    _tell(meeting_id, "DELETE", node.participant_path(meeting_id, participant_id), now=now)


def pause(
    meeting_id: str,
    participant_id: str,
    kind: StreamType,
    *,
    revoked: bool = False,
    now: datetime | None = None,
) -> None:
    """Stop forwarding one stream: a host muted it. The client itself may lift that, but not if `revoked`."""
    path = node.participant_path(meeting_id, participant_id) + "/pause"
    _tell(meeting_id, "POST", path, NodePause(type=kind, revoked=revoked).model_dump_json(), now=now)


def close_room(meeting_id: str, *, now: datetime | None = None) -> None:
    """End all sessions of a meeting and forget where it was."""
    _tell(meeting_id, "DELETE", node.room_path(meeting_id), now=now)
    live.forget_meeting(meeting_id)


def media_unavailable() -> Problem:
    """No node can take the participant now; the client tries `media.connect` again."""
    return Problem(
        "media_unavailable",
        503,
        "No media node is available",
        "The meeting goes on without media; try again.",
        headers={"retry-after": "1"},
    )


def unknown_session() -> Problem:
    return Problem("unknown_session", 404, "No such media session", "Connect anew by media.connect.")


def _place(meeting_id: str, failed: set[str], now: datetime) -> LiveNode | None:
    """The node that has the meeting, after giving it one if it has none that lives."""
    for _ in range(PLACEMENT_ROUNDS):
        holder = live.placed_on(meeting_id)
        found, young = live.load_nodes()
        alive = {node_id: live.live_node(fields) for node_id, fields in found.items()}
        kept = alive.get(holder) if holder else None
        if kept and kept.node_id not in failed and placement.may_keep(kept):
            live.keep(meeting_id)
            return kept
        if holder is None and young and _some_have_yet_to_report(set(alive), now):
            return None
        ranked = placement.rank(alive.values(), settings().region, without=failed)
        if not ranked:
            return None
        if live.move(meeting_id, holder, ranked[0].node_id) == ranked[0].node_id:
            return ranked[0]
    return None


def _some_have_yet_to_report(reported: set[str], now: datetime) -> bool:
    """After a flush of Redis: a node that lived a moment ago may have this meeting and will say so.

    Reads as the system: the registry is nobody's.
    """
    with transaction(System()) as conn:
        known = store.nodes_seen_since(conn, now - timedelta(seconds=RECENT_SECONDS))
    return any(row["node_id"] not in reported for row in known)


def _present(meeting_id: str) -> LiveNode | None:
    holder = live.placed_on(meeting_id)
    fields = live.load_nodes()[0].get(holder) if holder else None
    return live.live_node(fields) if fields else None


def _tell(
    meeting_id: str, method: str, path: str, body: str | None = None, *, now: datetime | None = None
) -> None:
    target = _present(meeting_id)
    if target is None:
        return
    try:
        node.call(target.control_url, method, path, body, now=now or datetime.now(UTC))
    except NodeError as error:
        _suspect(target, error)
    except Problem as problem:
        if problem.status != 404:
            raise


def _suspect(target: LiveNode, error: NodeError) -> None:
    logger.warning("media node %s does not answer: %s", target.node_id, error)
    live.mark_suspect(target.node_id)
