"""A stack for callers that are not coroutines (tests that drive a browser): in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from local.stack import Stack

T = TypeVar("T")


class RunningStack:
    """`stack` is read freely; what it does is asked for by `call` and `run`, in its own thread."""

    def __init__(self, stack: Stack, loop: asyncio.AbstractEventLoop) -> None:
        self.stack = stack
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 60) -> T:
        """Awaits a coroutine of the stack: `running.run(stack.fire("functions.jobs.make_partitions"))`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Calls a plain method of the stack: `running.call(stack.gateway.sockets.drop, connection_id)`."""

        async def called() -> T:
            return function(*arguments)

        return self.run(called())


@contextmanager
def running(stack: Stack, seconds: float = 120) -> Iterator[RunningStack]:
    """The stack, started; stopped at the end."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stack", daemon=True)
    thread.start()
    handle = RunningStack(stack, loop)
    try:
        handle.run(stack.start(), seconds)
        try:
            yield handle
        finally:
            handle.run(stack.stop())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
