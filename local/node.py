"""Media node processes: started with the stack, replaced when they die, drained at its end."""

import asyncio
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from local.process import CannotStart, Child

READY_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0
_log = logging.getLogger(__name__)


class MediaNode:
    """One place for a node: as on ECS, every process in it is a new node with a new id.

    `environment(node_id)` gives its variables; `root` is the folder that has the package media_node.
    """

    def __init__(
        self, number: int, *, root: Path, log: Path, environment: Callable[[str], Mapping[str, str]]
    ) -> None:
        self.number = number
        self.node_id = ""
        self.control_url = ""
        self.media_port = 0
        self._root = root
        self._log = log
        self._environment = environment
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._came = asyncio.Condition()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child and self._child.running else None

    async def start(self) -> None:
        """Starts it and waits for its ready line; CannotStart with the end of its log otherwise."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep())

    def kill(self) -> None:
        """Ends the process as a crash does; another takes its place half a second later."""
        if self._child:
            self._child.kill()

    async def replaced(self, node_id: str) -> None:
        """Waits until another node than this one is ready in its place."""
        async with self._came:
            await self._came.wait_for(lambda: self.node_id != node_id and bool(self.control_url))

    def drain(self) -> None:
        """SIGTERM, as ECS sends it."""
        if self._child:
            self._child.send(signal.SIGTERM)

    async def stop(self) -> None:
        """Drains, and does not wait for those who are still in a meeting."""
        if self._keeper:
            self._keeper.cancel()
        if self._child:
            self._child.send(signal.SIGTERM)
            await asyncio.sleep(0.1)
            await self._child.stopped(first=signal.SIGTERM, grace=5)

    async def _spawn(self) -> None:
        self.control_url = ""
        self.media_port = 0
        self.node_id = f"local-{self.number}-{secrets.token_hex(3)}"
        path = f"{self._root}:{self._root / 'layers/core/python'}"
        start = self._log.stat().st_size if self._log.exists() else 0
        self._child = await asyncio.to_thread(
            Child,
            [sys.executable, "-m", "media_node"],
            log=self._log,
            env={"PATH": os.defpath, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
            | dict(self._environment(self.node_id)),
            cwd=self._root,
        )
        await asyncio.to_thread(
            self._child.wait_until,
            lambda: self._ready(start),
            what=f"media node {self.number}",
            seconds=READY_SECONDS,
        )
        async with self._came:
            self._came.notify_all()

    def _ready(self, start: int) -> bool:
        with self._log.open("rb") as log:
            log.seek(start)
            for line in log.read().splitlines():
                if b'"control_url"' in line and b'"ready"' in line:
                    ready = json.loads(line)
                    self.control_url, self.media_port = str(ready["control_url"]), int(ready["media_port"])
                    return True
        return False

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while self._child:
            status = await self._child.ended()
            _log.warning("media node %d (%s) ended with status %d", self.number, self.node_id, status)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
            try:
                await self._spawn()
                pause = _FIRST_PAUSE
            except CannotStart:
                _log.exception("media node %d could not be replaced", self.number)
