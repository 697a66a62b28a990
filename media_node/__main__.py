"""A media node process: `python -m media_node`, configured by its environment."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_address
from random import SystemRandom

from aiohttp import web

from convoke.analytics.actions.record_quality import record_forwarded, record_quality
from convoke.analytics.model.measures import Forwarded
from convoke.identity.actions import verify_node_token
from convoke.media.actions import report_node, withdraw_node
from convoke.media.model import NodeReport
from media_node.control.address import with_task_addresses
from media_node.control.drain import Stopping
from media_node.control.log import log_to_stdout
from media_node.control.quality import Quality
from media_node.control.registry import Identity, Registry
from media_node.control.rooms import Rooms
from media_node.control.server import application
from media_node.control.settings import NodeSettings, node_settings
from media_node.control.speakers import INTERVAL_SECONDS
from media_node.forwarding.plane import Plane
from media_node.transport.dtls import Certificate
from media_node.transport.forwarder import Forwarder
from media_node.transport.peer import Place
from media_node.transport.port import Port

logger = logging.getLogger("media_node")


def _verify(token: str) -> None:
    verify_node_token(token, datetime.now(UTC))


def _report(report: NodeReport) -> list[str]:
    return report_node(report, now=datetime.now(UTC))


def _forwarded(amounts: Sequence[Forwarded]) -> None:
    record_forwarded(amounts, now=datetime.now(UTC))


async def _announce_speakers(speak: Callable[[float], None]) -> None:
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        speak(time.monotonic())


async def _serve(runner: web.AppRunner, settings: NodeSettings) -> str:
    """Starts the control API; its address as others reach it."""
    await runner.setup()
    site = web.TCPSite(runner, settings.control_host, settings.control_port)
    await site.start()
    port = runner.addresses[0][1]
    if not ip_address(runner.addresses[0][0]).is_loopback:  # the container's health check asks from inside
        await web.TCPSite(runner, "127.0.0.1", port).start()
    return settings.control_url or f"http://{settings.control_host}:{port}"


async def run(settings: NodeSettings) -> None:
    """Serves until drained."""
    forwarder = Forwarder(Port(settings.media_bind, settings.media_port), Plane(SystemRandom()))
    rooms = Rooms(Place(forwarder, Certificate(), settings.media_address), settings.node_id)
    stopping = Stopping(rooms.drain)
    runner = web.AppRunner(
        application(rooms, forwarder, verify=_verify, drain=stopping.begin), access_log=None
    )
    forwarder.open()
    rooms.start()
    identity = Identity(settings, await _serve(runner, settings), forwarder.port.number)
    registry = Registry(identity, rooms, forwarder, report=_report, withdraw=withdraw_node)
    stopping.watch_signals()
    quality = Quality(rooms, forwarder, record=record_quality, forwarded=_forwarded)
    tasks = [
        asyncio.create_task(work) for work in (registry.run(), _announce_speakers(rooms.speak), quality.run())
    ]
    logger.info("ready", extra={"control_url": identity.control_url, "media_port": identity.media_port})
    try:
        await stopping.draining.wait()
        logger.info("draining", extra={"rooms": len(rooms.rooms)})
        registry.report_soon()
        await stopping.finished(rooms.emptied, settings.drain_seconds)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await rooms.stop()
        await asyncio.gather(quality.leave(), registry.leave())
        await runner.cleanup()
        forwarder.close()
    logger.info("stopped")


def main() -> None:
    log_to_stdout()
    asyncio.run(run(node_settings(with_task_addresses(os.environ))))
    sys.stdout.flush()
    os._exit(0)  # a reporting thread that hangs on a store must not keep the process


if __name__ == "__main__":
    main()
