"""The operator's own scanner has the last word, and without its word nothing is handed out."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest

from convoke.backends import scanner as backend
from convoke.backends.scanner import NoVerdict
from convoke.errors import Problem
from convoke.files import actions
from convoke.settings import settings
from local.stores import S3
from tests.convoke.files import photos
from tests.convoke.files.conftest import Send, Sign, ask, check, content, now, picture


class Scanner(BaseHTTPRequestHandler):
    """Reads the file by its link and finds the word for tests of scanners in it."""

    answer: bytes | None = None
    told: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = ask("GET", asked["url"]).body
        self.told.append({**asked, "body": body})
        verdict = "infected" if b"EICAR" in body else "clean"
        told = self.answer if self.answer is not None else json.dumps({"verdict": verdict}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def scanner(storage: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Scanner]]:
    monkeypatch.setattr(Scanner, "answer", None)
    monkeypatch.setattr(Scanner, "told", [])
    with HTTPServer(("127.0.0.1", 0), Scanner) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("SCAN_URL", f"http://127.0.0.1:{server.server_port}/scan")
        settings.cache_clear()
        yield Scanner
        server.shutdown()
        thread.join()


def test_what_the_scanner_finds_is_refused(scanner: type[Scanner], person: Sign, uploaded: Send) -> None:
    ada = person()
    good, bad = uploaded(ada, b"hello", "a", "text/plain"), uploaded(ada, b"EICAR", "b", "text/plain")
    assert check(good.id) == "ready"
    assert check(bad.id) == "infected"


def test_the_scanner_gets_what_others_will_get(scanner: type[Scanner], person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, photos.jpeg(), "a.jpg", "image/jpeg")
    assert check(file.id) == "ready"
    [told] = scanner.told
    assert told["body"] == content(ada, file.id).body
    assert (told["size"], told["content_type"]) == (len(told["body"]), "image/jpeg")


@pytest.mark.parametrize("answer", [b"", b"not json", b"[]", b'{"verdict": "perhaps"}', b"{}"])
def test_without_a_verdict_the_file_waits(
    answer: bytes, scanner: type[Scanner], person: Sign, uploaded: Send
) -> None:
    ada = person()
    file = uploaded(ada, picture())
    scanner.answer = answer
    with pytest.raises(NoVerdict):
        check(file.id)
    assert actions.read(ada, file.id).status == "checking"
    with pytest.raises(Problem, match="file_checking"):
        actions.content(ada, file.id, "original", now())
    scanner.answer = None
    assert check(file.id) == "ready"


def test_a_scanner_that_is_away_or_hangs_is_asked_again_later(
    storage: S3, person: Sign, uploaded: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = person()
    file = uploaded(ada, picture())
    monkeypatch.setenv("SCAN_URL", "http://127.0.0.1:9/scan")
    settings.cache_clear()
    with pytest.raises(NoVerdict):
        check(file.id)
    # Accepts, and never answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(backend, "READ_SECONDS", 0.2)
        monkeypatch.setenv("SCAN_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/")
        settings.cache_clear()
        with pytest.raises(NoVerdict):
            check(file.id)
    assert actions.read(ada, file.id).status == "checking"
