"""Child processes that never outlive the stack: own group, log file, orderly end, leash to the parent."""

import asyncio
import contextlib
import functools
import itertools
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from errno import EADDRINUSE
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

# The kernel sends the parent-death signal when the *thread* that forked ends, so every child is
# forked by one thread that lives as long as the interpreter.
_forker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="forker")


class CannotStart(Exception):  # noqa: N818 - reads as what it says: raise CannotStart(…)
    """A part of the local stack could not start; the text says what and where to look."""


@functools.cache
def setpriv() -> str | None:
    """Path of util-linux `setpriv` when it knows --pdeathsig (busybox's does not), else None."""
    path = shutil.which("setpriv")
    if path is None:
        return None
    known = subprocess.run([path, "--pdeathsig", "TERM", "true"], capture_output=True, check=False)
    return path if known.returncode == 0 else None


def leash(command: Sequence[str], death_signal: signal.Signals) -> list[str]:
    """The command, wrapped so that the kernel sends it `death_signal` when this process dies."""
    path = setpriv()
    return [path, "--pdeathsig", death_signal.name.removeprefix("SIG"), *command] if path else list(command)


def wheel_folder(package: str, wheel: str) -> Path:
    """Where a wheel put its files, without importing it: some warn or start things at import."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"the wheel {wheel} is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0])


_ports = itertools.cycle(random.SystemRandom().sample(range(15_000, 32_000), 17_000))


def free_port(host: str = "127.0.0.1") -> int:
    """A port for a server that starts a moment later.

    Not one that the kernel would pick: any outgoing connection could be given the same one before the server
    listens (seen with S3, which takes eight). Linux gives those out from 32768 on. Nor one given before,
    to a server that does not listen yet.
    """
    for port in itertools.islice(_ports, 100):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((host, port))
            return port
    raise CannotStart("no free port was found between 15000 and 32000")


def check_free(port: int, host: str = "127.0.0.1") -> None:
    """CannotStart when something else listens there; 0 is always free."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        text = f"port {port} is in use by something else: choose another by PORT="
        raise CannotStart(text if error.errno == EADDRINUSE else f"port {port}: {error.strerror}") from error


def answers(host: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=0.2):
        return True
    return False


def tail(log: Path, lines: int = 15) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""


class Child:
    """One process and its descendants. `log` receives stdout and stderr, appended."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            spawn = functools.partial(
                subprocess.Popen[bytes],
                leash(command, death_signal),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
                process_group=0,  # Ctrl-C in the terminal reaches the stack alone, which then stops its parts
            )
            self.popen = _forker.submit(spawn).result()

    @property
    def pid(self) -> int:
        return self.popen.pid

    @property
    def running(self) -> bool:
        return self.popen.poll() is None

    def send(self, number: signal.Signals) -> None:
        """Signals the whole process group; nothing happens when it is gone."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.popen.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def stop(self, *, first: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> int:
        """Asks by `first`, kills after `grace` seconds, returns the exit status."""
        self.send(first)
        try:
            return self.popen.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.popen.wait()

    def wait_until(self, ready: Callable[[], bool], *, what: str, seconds: float) -> None:
        """Blocks until `ready()`; CannotStart when the process ends first or the time is over."""
        deadline = monotonic() + seconds
        while not ready():
            if not self.running:
                self._fail(f"{what} ended with status {self.popen.returncode} while starting")
            if monotonic() > deadline:
                self.stop(grace=2)
                self._fail(f"{what} was not ready after {seconds:.0f} s")
            sleep(0.01)

    def _fail(self, text: str) -> None:
        raise CannotStart(f"{text}. The end of {self.log}:\n{tail(self.log)}")

    async def ended(self) -> int:
        """Waits for the end without polling (pidfd on Linux, a thread elsewhere); the exit status."""
        if not hasattr(os, "pidfd_open"):
            return await asyncio.to_thread(self.popen.wait)
        if self.popen.poll() is not None:
            return int(self.popen.returncode)
        loop = asyncio.get_running_loop()
        gone = asyncio.Event()
        descriptor = os.pidfd_open(self.popen.pid)
        loop.add_reader(descriptor, gone.set)
        try:
            await gone.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        return self.popen.wait()

    async def stopped(self, *, first: signal.Signals = signal.SIGTERM, grace: float = 10.0) -> int:
        """`stop` for coroutines."""
        self.send(first)
        try:
            return await asyncio.wait_for(self.ended(), grace)
        except TimeoutError:
            self.kill()
            return await self.ended()
