"""A media node as tests run it: the real process on free ports, called as a function would call it."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Queue
from typing import Any, Self

from convoke.identity import tokens

SECRET = "a-node-key-for-tests-of-32-bytes-or-more"
READY_SECONDS = 120.0


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: Any


class NodeProcess:
    """`python -m media_node` with what `environment` adds; a context manager that ends it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {
            **os.environ,
            "NODE_ID": "node-test",
            "PYTHONFAULTHANDLER": "1",
            "REGION": "test-1",
            "CONTROL_HOST": "127.0.0.1",
            "MEDIA_ADDRESS": "127.0.0.1",
            "MEDIA_BIND": "127.0.0.1",
            "NODE_SECRET": SECRET,
            **environment,
        }
        self.events: Queue[dict[str, Any]] = Queue()
        self.seen: list[dict[str, Any]] = []
        self.control_url = ""
        self.media_port = 0

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "media_node"], env=self._environment, stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            ready = self.event("ready")
        except BaseException:
            self.__exit__()
            raise
        self.control_url, self.media_port = ready["control_url"], ready["media_port"]
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()

    @property
    def pid(self) -> int:
        return self.process.pid

    def event(self, name: str, **members: object) -> dict[str, Any]:
        """Waits for the next log line of this name, with these members if any are given."""
        while True:
            line = self.events.get(timeout=READY_SECONDS)
            if line["event"] == name and members.items() <= line.items():
                return line
            assert line["event"] != "exited", f"the node ended: {self.seen}"

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def call(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Answer:
        """A request to the control API with a token as functions make it, or with the one given."""
        token = token if token is not None else node_token()
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        url = self.control_url + path
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 -- our own
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 -- our own http URL
                return _answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error.headers, error.read())

    def statistics(self) -> Any:
        return self.call("GET", "/rooms").body

    def cpu_seconds(self) -> float:
        """CPU time used so far, of all threads (Linux: /proc)."""
        with open(f"/proc/{self.pid}/stat") as file:  # noqa: PTH123
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as lines:
            for line in lines:
                event = json.loads(line)
                self.seen.append(event)
                self.events.put(event)
        self.events.put({"event": "exited"})


def node_token(now: datetime | None = None, secret: str = SECRET) -> str:
    return tokens.sign("convoke-node", "test", {}, keys=[secret], now=now or datetime.now(UTC))


def _answer(status: int, headers: Any, data: bytes) -> Answer:
    content_type = headers.get_content_type()
    return Answer(status, content_type, json.loads(data) if data and "json" in content_type else data)
