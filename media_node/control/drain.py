"""How the node stops: the first signal drains, the second ends it at once."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress


class Stopping:
    """SIGTERM or SIGINT once: drain. A second time: now."""

    def __init__(self, began: Callable[[], None]) -> None:
        self._began = began
        self.draining = asyncio.Event()
        self.at_once = asyncio.Event()

    def watch_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.signalled)

    def signalled(self) -> None:
        if self.draining.is_set():
            self.at_once.set()
        else:
            self.begin()

    def begin(self) -> None:
        """Starts to drain; again does nothing."""
        if not self.draining.is_set():
            self.draining.set()
            self._began()

    async def finished(self, emptied: asyncio.Event, seconds: float) -> None:
        """Returns once draining began and the node is empty, time is over or a second signal came."""
        await self.draining.wait()
        waits = [asyncio.ensure_future(emptied.wait()), asyncio.ensure_future(self.at_once.wait())]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
            with suppress(asyncio.CancelledError):
                await wait
