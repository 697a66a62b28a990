"""A TCP relay that takes its time: everything arrives `delay` seconds late, in both directions together."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self


@dataclass
class SlowRelay:
    """Listens on 127.0.0.1:`port`. Half of the delay is spent each way; many requests wait side by side."""

    target: tuple[str, int]
    delay: float
    port: int = 0
    _open: list[socket.socket] = field(default_factory=list)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for one in [self._listener, *self._open]:
            one.close()

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                late: queue.Queue[tuple[float, bytes]] = queue.Queue()
                self._run(self._read, source, late)
                self._run(self._write, sink, late)

    def _read(self, source: socket.socket, late: "queue.Queue[tuple[float, bytes]]") -> None:
        data = b"x"
        while data:
            data = b""
            with contextlib.suppress(OSError):
                data = source.recv(65536)
            late.put((time.monotonic() + self.delay / 2, data))

    def _write(self, sink: socket.socket, late: "queue.Queue[tuple[float, bytes]]") -> None:
        while True:
            due, data = late.get()
            time.sleep(max(0.0, due - time.monotonic()))
            with contextlib.suppress(OSError):
                if not data:
                    sink.shutdown(socket.SHUT_RDWR)
                sink.sendall(data)
            if not data:
                return
