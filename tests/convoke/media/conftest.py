"""HTTP servers that answer as media nodes do, with what they were asked, for placement to choose from."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest

from convoke.errors import Problem
from convoke.identity.actions import verify_node_token
from convoke.media import actions
from convoke.media.model import NodeHealth, NodeReport, NodeSession, SdpAnswer, SubscribeOffer
from tests.conftest import Product


class Server(ThreadingHTTPServer):
    """Whose clients notice when it dies: kept-alive connections end too."""

    request_queue_size = 128
    daemon_threads = True

    def __init__(self, *args: Any) -> None:
        self._open: list[socket.socket] = []
        super().__init__(*args)

    def get_request(self) -> tuple[socket.socket, Any]:
        request, address = super().get_request()
        self._open.append(request)
        return request, address

    def server_close(self) -> None:
        super().server_close()
        for request in self._open:
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)


class Peer:
    """`asked` is every request as (method, path); `refuse` is the problem that it answers with instead."""

    def __init__(self, node_id: str) -> None:
        self.node_id = node_id
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.refuse: Problem | None = None
        self.silent = threading.Event()
        self.released = threading.Event()
        self.rooms: dict[str, int] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                status, body = peer.answer(
                    self.command,
                    self.path,
                    self.rfile.read(int(self.headers.get("content-length") or 0)),
                    self.headers.get("authorization", ""),
                )
                self.send_response(status)
                kind = "application/problem+json" if status >= 400 else "application/json"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 (the base's names)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
                """Quiet."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self.die()

    def die(self) -> None:
        """From now on connections are refused."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def answer(self, method: str, path: str, body: bytes, authorization: str) -> tuple[int, bytes]:
        if self.silent.is_set():
            self.released.wait()
        verify_node_token(authorization.removeprefix("Bearer "), datetime.now(UTC))
        with self._lock:
            self.asked.append((method, path))
            self.bodies.append(json.loads(body) if body else None)
        if self.refuse is not None:
            return self.refuse.status, json.dumps(self.refuse.document()).encode()
        if method == "PUT" or path.endswith("/restart"):
            return 200, self._session().model_dump_json().encode()
        return (202 if path == "/drain" else 204), b""

    def _session(self) -> NodeSession:
        return NodeSession(
            session_id=f"session-{len(self.asked)}",
            node_id=self.node_id,
            publish=SdpAnswer(sdp="v=0"),
            subscribe=SubscribeOffer(sdp="v=0"),
        )

    def report(self, now: datetime | None = None, **changes: Any) -> list[str]:
        """Send a heartbeat; what report_node answers."""
        values: dict[str, Any] = {
            "node_id": self.node_id,
            "region": "eu-central-1",
            "control_url": self.url,
            "media_address": "192.0.2.10",
            "media_port": 40000,
            "version": "0.1.0",
            "codecs": ["opus", "VP8"],
            "status": "serving",
            "health": NodeHealth.HEALTHY,
            "max_streams": 400,
            "current_streams": 0,
            "max_bitrate_mbps": 1000,
            "current_bitrate_mbps": 0,
            "rooms": self.rooms,
        }
        return actions.report_node(NodeReport(**(values | changes)), now=now or datetime.now(UTC))


MakePeer = Callable[..., Peer]


@pytest.fixture(autouse=True)
def _no_nodes_from_before(product: Product) -> None:
    product.owner.execute("TRUNCATE media_nodes, meeting_controllers")


@pytest.fixture
def peer(product: Product) -> Iterator[MakePeer]:
    """`peer("a")`: a node that answers and has sent its first heartbeat; `reported=False` without."""
    with ExitStack() as stack:

        def make(node_id: str, *, reported: bool = True, **report: Any) -> Peer:
            made = stack.enter_context(Peer(node_id))
            if reported:
                made.report(**report)
            return made

        yield make
        actions.settle()
