"""Runs functions as Lambda does: `awslambdaric` processes, one request at a time, started on demand."""

import asyncio
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from local.assembly import FunctionSpec
from local.process import Child
from local.runtime_api import Invocation, Outcome, RuntimeApi

# Lambda gives 10 s to import the handler, then begins anew within the first request's time: 40 s in all.
INIT_SECONDS = 40.0
STARTS_AT_ONCE = os.cpu_count() or 1  # per function: more at a time only make each other late
IDLE_SECONDS = 300.0
CONCURRENCY = 10  # per function; an account has 1,000, a laptop a few cores
EVENT_LIMIT = 6 * 1024 * 1024


class TooManyRequests(Exception):  # noqa: N818 - Lambda's own name for it
    """Every worker of the function stayed busy until the caller's time was over (Lambda: throttled)."""


class Worker:
    """One execution environment: a process and its Runtime API."""

    def __init__(self, function: "Function") -> None:
        self.function = function
        self.api = RuntimeApi(lambda: function.worker_idle(self))
        self.child: Child | None = None
        self.idle_since = monotonic()
        self.ended: asyncio.Task[None] | None = None

    async def start(self) -> None:
        address = await self.api.listen()
        spec = self.function.spec
        self.child = await asyncio.to_thread(
            Child,
            [sys.executable, "-m", "awslambdaric", spec.handler],
            log=self.function.log,
            env=self.function.environment | {"AWS_LAMBDA_RUNTIME_API": address},
            cwd=spec.code,
        )
        self.ended = asyncio.create_task(self._ended(self.child))
        self.function.processes.add(self.ended)
        self.ended.add_done_callback(self.function.processes.discard)

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child else None

    async def settle(self, invocation: Invocation) -> Outcome:
        """The outcome of what it was assigned, or the time-out after which the process is killed."""
        try:
            await asyncio.wait_for(self.api.ready.wait(), INIT_SECONDS)
        except TimeoutError:
            self.kill()
            return Outcome.failed("Sandbox.Timedout", f"{invocation.request_id} not imported in time")
        finally:
            self.function.started(self)
        try:
            if self.api.init_error:
                return self.api.init_error
            return await asyncio.wait_for(asyncio.shield(invocation.outcome), invocation.seconds)
        except TimeoutError:
            self.kill()
            text = f"{invocation.request_id} Task timed out after {invocation.seconds:.2f} seconds"
            return Outcome.failed("Sandbox.Timedout", text)

    def kill(self) -> None:
        self.function.forget(self)
        self.api.close()
        if self.child:
            self.child.kill()

    async def _ended(self, child: Child) -> None:
        status = await child.ended()
        self.function.forget(self)
        self.api.close()
        self.api.ready.set()
        if self.api.current:
            text = f"RequestId: {self.api.current.request_id} Error: Runtime exited with status {status}"
            self.api.current.settle(Outcome.failed("Runtime.ExitError", text))


class Function:
    """A function and its workers. `environment` is complete: nothing is inherited."""

    def __init__(
        self, spec: FunctionSpec, environment: Mapping[str, str], log: Path, concurrency: int = CONCURRENCY
    ) -> None:
        self.spec = spec
        self.environment = _base_environment(spec) | dict(environment)
        self.log = log
        self.workers: set[Worker] = set()  # those that may get work
        self.processes: set[asyncio.Task[None]] = set()  # every one that has not ended yet
        self._idle: list[Worker] = []  # last in, first out: the others may be reaped
        self._starting: set[Worker] = set()
        self._news = asyncio.Event()  # a worker is idle, or one has started
        self._slots = asyncio.Semaphore(min(concurrency, spec.reserved_concurrency or concurrency))

    async def invoke(self, event: Any, *, wait_seconds: float = 29.0) -> Outcome:
        """Runs the handler on one JSON event. TooManyRequests when no worker was free in `wait_seconds`."""
        payload = event if isinstance(event, bytes) else json.dumps(event, separators=(",", ":")).encode()
        if len(payload) > EVENT_LIMIT:
            return Outcome.failed("RequestTooLargeException", f"the event has {len(payload)} bytes")
        try:
            await asyncio.wait_for(self._slots.acquire(), wait_seconds)
        except TimeoutError as error:
            raise TooManyRequests(self.spec.name) from error
        try:
            return await self._run(payload)
        finally:
            self._slots.release()

    async def warm(self) -> None:
        """Starts a worker ahead of its first event, when there is none."""
        if not self.workers:
            worker = await self._new_worker()
            await worker.api.ready.wait()

    def worker_idle(self, worker: Worker) -> None:
        if worker in self.workers and worker not in self._idle:
            worker.idle_since = monotonic()
            self._idle.append(worker)
            self._news.set()

    def started(self, worker: Worker) -> None:
        self._starting.discard(worker)
        self._news.set()

    def forget(self, worker: Worker) -> None:
        self.workers.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)

    async def stop(self) -> None:
        for worker in list(self.workers):
            worker.kill()
        await asyncio.gather(*self.processes)

    def reap(self, idle_seconds: float) -> None:
        for worker in list(self._idle):
            if monotonic() - worker.idle_since > idle_seconds:
                worker.kill()

    async def _run(self, payload: bytes) -> Outcome:
        invocation = Invocation(payload, self.spec.arn, self.spec.timeout)
        while (worker := self._idle_worker()) is None and len(self._starting) >= STARTS_AT_ONCE:
            self._news.clear()
            await self._news.wait()
        was_ready = worker is not None
        if worker is None:
            worker = await self._new_worker(invocation)
        else:
            worker.api.assign(invocation)
        outcome = await worker.settle(invocation)
        if outcome.error == "Runtime.ExitError" and was_ready and worker.api.untouched:
            return await self._run(payload)  # it died while idle: nobody has seen the event
        return outcome

    def _idle_worker(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.child and worker.child.running:  # its end may not have been noticed yet
                return worker
        return None

    async def _new_worker(self, first: Invocation | None = None) -> Worker:
        """A started one. Its first event is assigned before it can ask: asking, it would be idle for all."""
        worker = Worker(self)
        if first:
            worker.api.assign(first)
            self._starting.add(worker)
        self.workers.add(worker)
        try:
            await worker.start()
        except BaseException:
            self.started(worker)
            raise
        return worker


class Runtime:
    """All functions of the stack by name."""

    def __init__(self, functions: Iterable[Function], *, idle_seconds: float = IDLE_SECONDS) -> None:
        self.functions = {function.spec.name: function for function in functions}
        self._idle_seconds = idle_seconds
        self._reaper: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._reaper = asyncio.create_task(self._reap())

    async def invoke(self, name: str, event: Any, *, wait_seconds: float = 29.0) -> Outcome:
        return await self.functions[name].invoke(event, wait_seconds=wait_seconds)

    async def stop(self) -> None:
        if self._reaper:
            self._reaper.cancel()
        await asyncio.gather(*(function.stop() for function in self.functions.values()))

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(self._idle_seconds / 10)
            for function in self.functions.values():
                function.reap(self._idle_seconds)


def _base_environment(spec: FunctionSpec) -> dict[str, str]:
    """What Lambda itself sets. Code and layers come before the interpreter's packages, as /var/task does."""
    version = ".".join(platform.python_version_tuple()[:2])
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": ":".join(str(path) for path in (spec.code, *spec.layers)),
        "LAMBDA_TASK_ROOT": str(spec.code),
        "LAMBDA_RUNTIME_DIR": str(spec.code),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "_HANDLER": spec.handler,
    }
