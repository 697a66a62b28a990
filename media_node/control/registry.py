"""Tells the registry every two seconds that this node lives and what it carries.

The reporting action blocks (PostgreSQL, Redis) and has a thread of its own: media never waits for a store.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from convoke import __version__
from convoke.media.model import HEARTBEAT_SECONDS, NodeHealth, NodeReport, StreamReport
from media_node.control.rooms import Rooms
from media_node.control.settings import NodeSettings
from media_node.forwarding.contract import PlaneStats
from media_node.transport.codecs import CODECS
from media_node.transport.forwarder import Forwarder

LEAVE_SECONDS = 3.0
LOAD_SECONDS = 30.0  # the log line that the service scales on
SLOW_LOOP_SECONDS = 0.1
STUCK_LOOP_SECONDS = 1.0

logger = logging.getLogger(__name__)

# Returns the rooms that are placed on another node by now: their participants here are sent there.
Report = Callable[[NodeReport], list[str]]
Withdraw = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is to others, once its ports are open."""

    settings: NodeSettings
    control_url: str
    media_port: int


class Registry:
    """Heartbeats from `run()`; a report that fails is logged and the next one tried."""

    def __init__(
        self, identity: Identity, rooms: Rooms, forwarder: Forwarder, *, report: Report, withdraw: Withdraw
    ) -> None:
        self._identity = identity
        self._rooms = rooms
        self._forwarder = forwarder
        self._report = report
        self._withdraw = withdraw
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="registry")
        self._now = asyncio.Event()
        self._load_due = 0.0

    def report_soon(self) -> None:
        """Does not wait for the next heartbeat (draining is known at once)."""
        self._now.set()

    async def run(self) -> None:
        """Heartbeats until cancelled."""
        loop = asyncio.get_running_loop()
        due, lag, failed = time.monotonic(), 0.0, 0
        while True:
            self._now.clear()
            report = self.compose(time.monotonic(), lag)
            if time.monotonic() >= self._load_due:
                self._load_due = time.monotonic() + LOAD_SECONDS
                load = {"streams": report.current_streams, "bitrate_mbps": report.current_bitrate_mbps}
                logger.info("load", extra=load)
            try:
                elsewhere = await loop.run_in_executor(self._thread, self._report, report)
                self._rooms.send_away(elsewhere)
                failed = 0
            except Exception as error:
                failed += 1  # the whole story once, then a line each time
                logger.error("heartbeat failed", exc_info=failed == 1, extra={"reason": repr(error)})
            due = max(due + HEARTBEAT_SECONDS, time.monotonic())
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._now.wait()
            lag = max(0.0, time.monotonic() - due)

    async def leave(self) -> None:
        """Takes the node out of the registry; a failure leaves it to its time-to-live."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await loop.run_in_executor(self._thread, self._withdraw, self._identity.settings.node_id)
        except Exception:
            logger.exception("withdrawal failed")
        self._thread.shutdown(wait=False)

    def compose(self, now: float, lag: float) -> NodeReport:
        """The report of this moment. `lag`: by how many seconds the event loop woke late."""
        settings, plane = self._identity.settings, self._forwarder.plane.stats(now)
        streams = self._streams(plane)
        egress = sum(stream.bitrate * max(1, stream.subscribers) for stream in plane.streams)
        return NodeReport(
            node_id=settings.node_id,
            region=settings.region,
            control_url=self._identity.control_url,
            media_address=settings.media_address,
            media_port=self._identity.media_port,
            version=__version__,
            codecs=list(CODECS),
            status="draining" if self._rooms.draining else "serving",
            health=_health(lag),
            max_streams=settings.max_streams,
            current_streams=len(streams),
            max_bitrate_mbps=settings.max_bitrate_mbps,
            current_bitrate_mbps=round(egress / 1e6, 3),
            rooms={room.room_id: len(room.participants) for room in self._rooms.rooms.values()},
            streams=streams,
        )

    def _streams(self, plane: PlaneStats) -> list[StreamReport]:
        measured = {stream.stream_id: stream for stream in plane.streams}
        return [
            StreamReport(
                stream_id=stream.stream_id,
                participant_id=stream.participant_id,
                meeting_id=room.room_id,
                type=stream.type,
                codec=stream.media.codec.name,
                max_bitrate=measured[stream.stream_id].bitrate,
                subscribers=measured[stream.stream_id].subscribers,
            )
            for room in self._rooms.rooms.values()
            for stream in room.streams()
            if stream.stream_id in measured
        ]


def _health(lag: float) -> NodeHealth:
    if lag > STUCK_LOOP_SECONDS:
        return NodeHealth.UNHEALTHY
    return NodeHealth.DEGRADED if lag > SLOW_LOOP_SECONDS else NodeHealth.HEALTHY
