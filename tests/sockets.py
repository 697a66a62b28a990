"""The far side of @connections: an HTTP server that keeps what each connection was sent; 410 for the gone."""

import contextlib
import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote


class Server(ThreadingHTTPServer):
    """Takes many clients at once: a connection that the kernel drops is tried again a second later."""

    request_queue_size = 256
    daemon_threads = True


class Sockets:
    """`frames[connection]` in the order of arrival; `gone` answers 410; `answers[connection]` come first.

    A post to a connection in `hang` gets no answer as long as the server lives; `hung` are those that came.
    """

    def __init__(self) -> None:
        self.frames: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.closed: list[str] = []
        self.gone: set[str] = set()
        self.hang: set[str] = set()
        self.hung: list[str] = []
        self._released = threading.Event()
        self.answers: dict[str, list[int]] = {}
        self.headers: list[dict[str, str]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        sockets = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self._answer(sockets.take(self.path, body, {k.lower(): v for k, v in self.headers.items()}))

            def do_DELETE(self) -> None:
                self._answer(sockets.close(self.path))

            def _answer(self, status: int) -> None:
                # Who hung up on a post that hangs has no ear for its answer.
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("content-length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
                """Quiet."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """What SOCKET_CALLBACK_URL is set to."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/socket"

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        connection = _connection(path)
        if connection in self.hang:
            with self._lock:
                self.hung.append(connection)
            self._released.wait()
            return 504
        with self._lock:
            self.headers.append(headers)
            if self.answers.get(connection):
                return self.answers[connection].pop(0)
            if connection in self.gone:
                return 410
            self.frames[connection].append(json.loads(body))
            return 200

    def close(self, path: str) -> int:
        with self._lock:
            self.closed.append(_connection(path))
            return 410 if self.closed[-1] in self.gone else 204


def _connection(path: str) -> str:
    prefix = "/socket/@connections/"
    assert path.startswith(prefix), path
    return unquote(path.removeprefix(prefix))
