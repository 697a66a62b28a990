"""The whole system on this machine: stores, functions, gateway, schedules, queues and media nodes.

stack = Stack(root, data_dir, nodes=2)
await stack.start()
…  stack.url, stack.gateway.sockets.drop(id), stack.nodes[0].kill(), stack.worker_pids("functions.socket")
await stack.stop()
"""

import asyncio
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import IO, Any, TypeVar

from local.assembly import Assembly, read
from local.bucket_events import BucketEvents
from local.build import Builder
from local.environment import Places, function_environment, node_environment
from local.gateway import Gateway, Limits
from local.node import MediaNode
from local.outside import Outside
from local.parts import Parts
from local.process import CannotStart, check_free
from local.queues import QueuePoller, make_queues
from local.runtime import Function, Runtime
from local.scheduler import Scheduler
from local.settled import Settled

T = TypeVar("T")

__all__ = ["Limits", "Options", "Outside", "Stack"]


@dataclass(frozen=True)
class Options:
    """How a stack differs from `make run`'s. Tests turn off what they do not look at."""

    durable: bool = True  # False: stores forget at the end and start faster
    s3: bool = True  # 3 s of start-up
    cassandra: bool = True  # 5 s of two processors and 600 MB, after everything else is up
    web: bool = True  # False: a page that says that the web client is not built
    schedules: bool = True  # False: only `stack.scheduler.fire(…)` fires them
    limits: Limits = field(default_factory=Limits)
    build_dir: Path | None = None  # where assembly and web client are kept; default: root/.local/build


class Stack:
    """`root` is the checkout, `data_dir` keeps everything; `port` 0 takes a free one."""

    def __init__(
        self,
        root: Path,
        data_dir: Path,
        *,
        port: int = 0,
        nodes: int = 1,
        options: Options | None = None,
        outside: Outside | None = None,
        report: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.root = root.absolute()
        self.data_dir = data_dir.absolute()
        self.options = options or Options()
        self._outside = outside or Outside()
        self._port = port
        self._node_count = nodes
        self._report = report
        self._lock: IO[str] | None = None
        self._stopping = False
        self._pollers: list[QueuePoller] = []
        self._work: set[asyncio.Task[Any]] = set()  # phases that run in threads, which cannot be cancelled
        self.nodes: list[MediaNode] = []
        self.phases: dict[str, float] = {}  # seconds each phase of the start took

    async def start(self) -> None:
        """Starts everything; CannotStart says what is missing, and nothing is left running."""
        self._take_lock()
        try:
            check_free(self._port)  # said at once, not after all stores are up
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Ends everything it started, in the order that lets each part finish its work."""
        self._stopping = True
        for name in ("scheduler", "gateway", "bucket_events"):
            if hasattr(self, name):
                await getattr(self, name).stop()
        await asyncio.gather(*(poller.stop() for poller in self._pollers))
        await asyncio.gather(*(node.stop() for node in self.nodes))
        self._pollers, self.nodes = [], []
        if hasattr(self, "runtime"):
            await self.runtime.stop()
        if hasattr(self, "parts"):
            self.builder.stop()
            await asyncio.to_thread(self.parts.stop)
            if self._work:  # a start that was cut short: what its threads had still begun ends too
                await asyncio.gather(*self._work, return_exceptions=True)
                await asyncio.to_thread(self.parts.stop)
        if hasattr(self, "analytics"):
            await self.analytics
        if self._lock:
            self._lock.close()
            self._lock = None

    @property
    def url(self) -> str:
        return self.gateway.url

    @property
    def database_url(self) -> str:
        """As owner and superuser `convoke`: tests look at rows past row-level security."""
        return self.parts.owner_url

    @property
    def redis_url(self) -> str:
        return self.parts.redis_url

    def function(self, module: str) -> Function:
        """By its handler's module, say "functions.rest.meetings"."""
        for function in self.runtime.functions.values():
            if function.spec.handler == f"{module}.handler":
                return function
        raise KeyError(module)

    def worker_pids(self, module: str) -> list[int]:
        """Processes that run this function now."""
        return [worker.pid for worker in self.function(module).workers if worker.pid]

    async def fire(self, module: str) -> None:
        """Runs the schedules of a function now, whatever the time."""
        await self.scheduler.fire(self.function(module).spec.name)

    async def warm(self) -> None:
        """Imports what serves people ahead of the first request."""
        names = {*self.assembly.http.values()}
        if self.assembly.socket:
            names |= {route.function for route in self.assembly.socket.routes.values()}
        for name in sorted(names):
            await self.runtime.functions[name].warm()

    async def _start(self) -> None:
        settled = Settled(self.data_dir)
        self.bucket_events = BucketEvents()
        await self.bucket_events.start()
        self.parts = Parts(
            self.data_dir,
            self._outside,
            settled,
            durable=self.options.durable,
            with_s3=self.options.s3,
            with_cassandra=self.options.cassandra,
            tell=self.bucket_events.url,
        )
        into = self.options.build_dir or self.root / ".local/build"
        self.builder = Builder(self.root, into, self._report)
        storage = self._phase("storage", self.parts.start_storage)
        stores = self._phase("stores and migrations", self._stores)
        folder = self._phase("assembly", self.builder.assembly)
        web = self._phase("web client", self._web)
        await asyncio.gather(*(asyncio.shield(phase) for phase in (stores, folder, web)))
        self.assembly = read(folder.result())
        await self._phase("queues and secrets", self._resources)
        await self._serve(web.result())
        await asyncio.shield(storage)
        await self._phase("buckets", lambda: self.parts.make_buckets(self.assembly.buckets))
        self._work.clear()
        self.analytics = asyncio.create_task(self._analytics())

    async def _analytics(self) -> bool:
        """Cassandra, while people are served already; whether there is one now. Events wait until it is."""
        work = self._phase("Cassandra", lambda: self.parts.start_cassandra(self.root))
        try:
            await asyncio.shield(work)
        except Exception as error:  # whatever it is: the rest runs
            if not self._stopping:
                self._report(f"NO CASSANDRA, events wait in the outbox: {error}")
            return False
        finally:
            if work.done():
                self._work.discard(work)
        if self.parts.cassandra_hosts:
            self._report(f"Cassandra is ready on {self.parts.cassandra_hosts}")
        return bool(self.parts.cassandra_hosts)

    def _web(self) -> Path:
        return self.builder.web_client() if self.options.web else self.data_dir / "no-web"

    def _stores(self) -> None:
        self._report("starting the stores")
        self.parts.start()
        self._report("migrating the database")
        self.parts.migrate(self.root)

    def _resources(self) -> None:
        sqs = self.parts.client("sqs")
        self.queue_urls = make_queues(sqs, self.assembly.queues.values())
        self.parts.make_secrets()

    async def _serve(self, dist: Path) -> None:
        # The gateway's port is in every function's environment, so it opens before they can be made.
        self.runtime = Runtime([])
        self.gateway = Gateway(
            replace(self.assembly, headers=self.assembly.headers_here(self.parts.s3_url)),
            self.runtime,
            dist=dist,
            mail=self.data_dir / "mail",
            port=self._port,
            limits=self.options.limits,
            access_key=self.parts.access_key,
        )
        await self.gateway.start()
        places = self.parts.places(self.gateway.url, self.queue_urls)
        self.runtime.functions = self._functions(self.assembly, places)
        self.runtime.start()
        self._start_triggers()
        self.nodes = [self._node(number, places) for number in range(1, self._node_count + 1)]
        self._report(f"starting {len(self.nodes)} media node{'s' * (len(self.nodes) != 1)}")
        started = monotonic()
        await asyncio.gather(*(node.start() for node in self.nodes))
        self.phases["media nodes"] = monotonic() - started
        self.parts.write_environment(self.gateway.url)

    def _functions(self, assembly: Assembly, places: Places) -> dict[str, Function]:
        logs = self.data_dir / "logs"
        return {
            spec.name: Function(
                spec,
                function_environment(spec, places),
                logs / f"{spec.handler.removesuffix('.handler')}.log",
            )
            for spec in assembly.functions.values()
        }

    def _start_triggers(self) -> None:
        self.scheduler = Scheduler(self.assembly.schedules, self.runtime.invoke)
        if self.options.schedules:
            self.scheduler.start()
        self.bucket_events.deliver(self.assembly.notifications, self.queue_urls, self.parts.client("sqs"))
        for mapping in self.assembly.mappings:
            sqs = self.parts.client("sqs")
            poller = QueuePoller(mapping, self.queue_urls[mapping.queue], sqs, self.runtime.invoke)
            poller.start()
            self._pollers.append(poller)

    def _node(self, number: int, places: Places) -> MediaNode:
        return MediaNode(
            number,
            root=self.root,
            log=self.data_dir / "logs" / f"media_node-{number}.log",
            environment=lambda node_id: node_environment(node_id, places),
        )

    def _phase(self, name: str, work: Callable[[], T]) -> "asyncio.Task[T]":
        """Begins blocking work in a thread and notes how long it takes."""

        async def timed() -> T:
            started = monotonic()
            result = await asyncio.to_thread(work)
            self.phases[name] = monotonic() - started
            return result

        task = asyncio.create_task(timed())
        self._work.add(task)
        return task

    def _take_lock(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        path = self.data_dir / "lock"
        self._lock = path.open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip()
            self._lock.close()
            self._lock = None
            raise CannotStart(f"another stack (process {holder}) already runs on {self.data_dir}") from None
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")
        self._lock.flush()
