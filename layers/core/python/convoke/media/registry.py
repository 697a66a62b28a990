"""Which media nodes and regional deployments there are, how full, and whether they live."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import psycopg

from convoke import __version__
from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, forbidden, not_found
from convoke.identity.model import Principal
from convoke.media import live, node, store
from convoke.media.model import (
    Controller,
    ControllerAddress,
    MediaNode,
    NodeHealth,
    NodeReport,
)
from convoke.media.node import NodeError
from convoke.operations.actions import audit
from convoke.settings import settings

# Operators want to see a node that died today, not all that ever were.
LISTED_SECONDS = 24 * 3600
CONTROLLER_TTL_SECONDS = live.CAPACITY_SECONDS
# What one deployment takes before its limits are raised: API Gateway's 500 new connections/s, 20 minutes.
MAX_MEETINGS = 10_000
MAX_PARTICIPANTS = 100_000

logger = logging.getLogger(__name__)


def report_node(report: NodeReport, *, now: datetime) -> list[str]:
    """Take a node's heartbeat. The meetings it has that are placed on another node by now.

    The node sends the participants of those away (`drain`), so that a meeting that had to move while some
    were still connected comes together again. What is in Redis is made anew by these reports alone.
    """
    serving = report.status == "serving"
    elsewhere = live.claim_rooms(report.node_id, report.rooms) if serving else []
    if live.save_report(report, now):
        live.note_saved(report)
        # Not in this thread: a database that hangs must not make a healthy node look dead.
        _saver().submit(_save_node, report, now)
    return elsewhere


def withdraw_node(node_id: str, *, now: datetime | None = None) -> None:
    """A node says goodbye."""
    live.remove_node(node_id)
    _saver().submit(_mark_gone, node_id, now or datetime.now(UTC)).result()


def settle() -> None:
    """Wait until the rows of all heartbeats taken so far are written: before a process ends."""
    _saver().submit(lambda: None).result()


def nodes(principal: Principal, *, now: datetime) -> list[MediaNode]:
    """The last day's nodes that did not say goodbye; without a heartbeat unhealthy. Admins only."""
    _only_admins(principal)
    with transaction(System()) as conn:
        rows = store.nodes_seen_since(conn, now - timedelta(seconds=LISTED_SECONDS))
    alive = live.load_nodes()[0]
    known: dict[str, dict[str, Any]] = {
        row["node_id"]: row | {"health": NodeHealth.UNHEALTHY} for row in rows
    }
    known |= {node_id: _from_heartbeat(fields) for node_id, fields in alive.items()}
    return [MediaNode.model_validate(known[node_id]) for node_id in sorted(known)]


def drain(principal: Principal, node_id: str, *, now: datetime) -> None:
    """No new meetings for this node, and its clients move on. Admins only; 404 when it does not live."""
    _only_admins(principal)
    fields = live.load_nodes()[0].get(node_id)
    if fields is None:
        raise not_found()
    with transaction(principal) as conn:
        audit(
            conn,
            principal,
            event_type="media_node_drained",
            action="drain",
            target_type="media_node",
            target_id=node_id,
            now=now,
        )
    live.mark_draining(node_id)
    try:
        node.call(fields["control_url"], "POST", "/drain", now=now)
    except NodeError as error:
        raise Problem("media_unavailable", 503, "The media node does not answer") from error


def controller(region: str | None = None) -> ControllerAddress:
    """The deployment that clients of a region connect to: this one, or the region's own if it lives."""
    here = ControllerAddress(
        id=settings().controller_id, endpoint=settings().socket_url, region=settings().region
    )
    if region is None or region == here.region:
        return here
    now = datetime.now(UTC)
    for other in _controllers(now):
        if other.region == region and other.health == NodeHealth.HEALTHY:
            return ControllerAddress(id=other.id, endpoint=other.endpoint, region=other.region)
    return here


def controllers(*, now: datetime) -> list[Controller]:
    """All regional deployments. This one reports itself first if nobody has done so for a while."""
    if not live.capacity(settings().controller_id):
        report_controller(now)
    return _controllers(now)


def report_controller(now: datetime) -> None:
    """Write this deployment's load, as its nodes report it, to `controller:{id}:capacity` and to its row."""
    here = controller()
    alive = [fields for fields in live.load_nodes()[0].values() if fields["region"] == here.region]
    load: dict[str, str | int] = {
        "max_meetings": MAX_MEETINGS,
        "current_meetings": sum(int(fields["rooms"]) for fields in alive),
        "max_participants": MAX_PARTICIPANTS,
        "current_participants": sum(int(fields["participants"]) for fields in alive),
        "health": _health(alive),
    }
    live.save_capacity(here.id, {**load, "last_update": now.isoformat()})
    row = load | {
        "controller_id": here.id,
        "region": here.region,
        "endpoint": here.endpoint,
        "version": __version__,
    }
    with transaction(System()) as conn:
        store.save_controller(conn, row, now)


def _health(alive: list[dict[str, str]]) -> str:
    """Healthy as long as a node takes meetings: without any, people meet but do not see each other."""
    healths = {fields["health"] for fields in alive if fields["status"] == "serving"}
    if NodeHealth.HEALTHY in healths:
        return NodeHealth.HEALTHY
    return NodeHealth.DEGRADED if healths else NodeHealth.UNHEALTHY


def _controllers(now: datetime) -> list[Controller]:
    with transaction(System()) as conn:
        rows = store.controllers(conn)
    fresh = now - timedelta(seconds=CONTROLLER_TTL_SECONDS)
    found = []
    for row in rows:
        health = row["health"] if row["last_heartbeat_at"] >= fresh else NodeHealth.UNHEALTHY
        found.append(Controller.model_validate(row | {"id": row.pop("controller_id"), "health": health}))
    return found


def _only_admins(principal: Principal) -> None:
    if principal.role != "admin":
        raise forbidden("admin_only")


def _from_heartbeat(fields: dict[str, str]) -> dict[str, Any]:
    return {name: fields[name] for name in MediaNode.model_fields if name in fields} | {
        "codecs": [codec for codec in fields["codecs"].split(",") if codec],
        "meetings": fields["rooms"],
        "participants": fields["participants"],
        "last_heartbeat_at": fields["heartbeat_at"],
    }


def _save_node(report: NodeReport, now: datetime) -> None:
    try:
        with transaction(System()) as conn:
            store.save_node(conn, report, now)
    except (psycopg.Error, OSError):
        logger.exception("the row of media node %s could not be written", report.node_id)


def _mark_gone(node_id: str, now: datetime) -> None:
    try:
        with transaction(System()) as conn:
            store.mark_gone(conn, node_id, now)
    except (psycopg.Error, OSError):
        logger.exception("the row of media node %s could not be written", node_id)


@cache
def _saver() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="media-registry")
