"""Many requests at once: whatever the far side does, each ends with its status or with none, and in time."""

import contextlib
import itertools
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convoke.backends.exchange import Exchange, Patience
from tests.sockets import Sockets

PATIENT = Patience(connect=60, read=60, budget=120)
Answerer = Callable[[socket.socket], None]


def _post(name: str, made: list[str] | None = None) -> Callable[[], bytes]:
    def request() -> bytes:
        if made is not None:
            made.append(name)
        head = f"POST /socket/@connections/{name} HTTP/1.1\r\nhost: here\r\ncontent-length: 2\r\n\r\n"
        return head.encode() + b"{}"

    return request


def _never(status: int | None, attempt: int) -> float | None:
    return None


def _once(status: int | None, attempt: int) -> float | None:
    return 0.0 if attempt == 0 and status != 200 else None


@contextlib.contextmanager
def far_side(*answers: Answerer, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that meets one connection after the other with `answers`, and the rest with the last."""
    listening = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve() -> None:
        number = 0
        while not stopped.is_set():
            try:
                made, _ = listening.accept()
            except OSError:
                return
            answer = answers[min(number, len(answers) - 1)]
            number += 1
            threading.Thread(target=meet, args=(made, answer), daemon=True).start()

    def meet(made: socket.socket, answer: Answerer) -> None:
        with contextlib.suppress(OSError), made:
            if tls is None:
                answer(made)
            else:
                with tls.wrap_socket(made, server_side=True) as secured:
                    answer(secured)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://localhost:{listening.getsockname()[1]}"
    finally:
        stopped.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def _says(*parts: bytes, close: bool = True) -> Answerer:
    """Reads a request and answers with these parts, for as long as requests come; or once, and closes."""

    def answer(made: socket.socket) -> None:
        while made.recv(65536):
            for part in parts:
                made.sendall(part)
            if close:
                made.close()
                return

    return answer


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_each_gets_its_own_status(sockets: Sockets) -> None:
    sockets.gone.update({"c3", "c50"})
    exchange = Exchange(sockets.url, most=8)
    names = [f"c{number}" for number in range(100)]
    found = exchange.ask([_post(name) for name in names], PATIENT, _never)
    assert [name for name, status in zip(names, found, strict=True) if status == 410] == ["c3", "c50"]
    assert set(found) == {200, 410}
    assert {len(sockets.frames[name]) for name in names if name not in sockets.gone} == {1}
    exchange.close()


def test_nothing_to_ask_is_no_work() -> None:
    assert Exchange("http://127.0.0.1:9", most=2).ask([], PATIENT, _never) == []


def test_connections_are_used_again() -> None:
    met = []

    def answer(made: socket.socket) -> None:
        met.append(made)
        _says(OK, close=False)(made)

    with far_side(answer) as origin:
        exchange = Exchange(origin, most=3)
        for _ in range(3):
            assert exchange.ask([_post("a")] * 9, PATIENT, _never) == [200] * 9
        assert len(met) <= 3
        exchange.close()


@pytest.mark.parametrize(
    "answer",
    [
        _says(b"HTTP/1.1 20", b"0 OK\r\ncontent-", b"length: 2\r\n\r\n{", b"}", close=False),
        _says(b"HTTP/1.1 200 OK\r\n\r\nwhatever"),
        _says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        _says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
    ],
    ids=["in pieces", "to the end", "chunked", "closed after"],
)
def test_answers_of_every_form_are_read(answer: Answerer) -> None:
    with far_side(answer) as origin:
        exchange = Exchange(origin, most=2)
        assert exchange.ask([_post("a")] * 6, PATIENT, _never) == [200] * 6
        exchange.close()


@pytest.mark.parametrize(
    "answer",
    [_says(b"SSH-2.0-nothing\r\n\r\n"), _says(b"HTTP/1.1 abc\r\n\r\n"), _says(b""), _says(b"x" * 40_000)],
    ids=["another protocol", "no status", "nothing", "no end"],
)
def test_what_is_no_answer_is_a_broken_connection_and_tried_again(answer: Answerer) -> None:
    with far_side(answer, _says(OK, close=False)) as origin:
        assert Exchange(origin, most=1).ask([_post("a")], PATIENT, _once) == [200]
    with far_side(answer) as origin:
        assert Exchange(origin, most=1).ask([_post("a")], PATIENT, _once) == [None]


def test_a_connection_that_the_far_side_closed_meanwhile_is_not_used() -> None:
    with far_side(_says(OK)) as origin:
        exchange = Exchange(origin, most=1)
        for _ in range(5):
            # Each is answered as if the connection would live on, and closed.
            assert exchange.ask([_post("a")], PATIENT, _once) == [200]


def test_a_connection_that_was_idle_for_long_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    met = []

    def answer(made: socket.socket) -> None:
        met.append(made)
        _says(OK, close=False)(made)

    with far_side(answer) as origin:
        exchange = Exchange(origin, most=1)
        assert exchange.ask([_post("a")], PATIENT, _never) == [200]
        monkeypatch.setattr("convoke.backends.keep_alive.TRUSTED_IDLE_SECONDS", -1.0)
        assert exchange.ask([_post("a")], PATIENT, _never) == [200]
        assert len(met) == 2
        exchange.close()


def test_nobody_there_is_no_status() -> None:
    exchange = Exchange("http://127.0.0.1:1", most=4)
    assert exchange.ask([_post("a")] * 9, PATIENT, _once) == [None] * 9
    assert Exchange("http://nowhere.invalid", most=2).ask([_post("a")], PATIENT, _once) == [None]


def test_one_that_hangs_is_given_up_and_asked_once(sockets: Sockets) -> None:
    sockets.hang.add("c7")
    exchange = Exchange(sockets.url, most=4)
    names = [f"c{number}" for number in range(40)]
    ended: list[int | None] = []

    def again(status: int | None, attempt: int) -> float | None:
        ended.append(status)
        return _once(status, attempt)

    def clock() -> float:
        """The time is up as soon as all others have their answer, however slow the machine is."""
        return 0.0 if len(ended) < 39 else 10.0

    patience = Patience(connect=1, read=1, budget=20)
    found = exchange.ask([_post(name) for name in names], patience, again, clock)
    assert [name for name, status in zip(names, found, strict=True) if status is None] == ["c7"]
    assert sockets.hung == ["c7"]
    exchange.close()


def test_when_all_hang_what_has_not_begun_in_time_is_not_begun(sockets: Sockets) -> None:
    begun: list[str] = []

    late = itertools.count(1000.0, 1000.0)

    def clock() -> float:
        """The time is up as soon as every connection has a request, however fast the machine is."""
        return 0.0 if len(begun) < 4 else next(late)

    names = [f"c{number}" for number in range(80)]
    sockets.hang.update(names)
    exchange = Exchange(sockets.url, most=4)
    found = exchange.ask([_post(name, begun) for name in names], PATIENT, _never, clock)
    assert found == [None] * 80
    assert begun == names[:4]


def test_many_threads_share_the_connections(sockets: Sockets) -> None:
    exchange = Exchange(sockets.url, most=4)
    found: list[list[int | None]] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(exchange.ask([_post("a")] * 25, PATIENT, _never)), daemon=True
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[200] * 25] * 8
    assert len(sockets.frames["a"]) == 200
    exchange.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a certificate of localhost's own."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    request = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run(
        [*request, *names, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    return key, certificate


def test_over_tls_the_certificate_is_checked(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate[1], certificate[0])
    with far_side(_says(OK, close=False), tls=server) as origin:
        assert Exchange(origin, most=2).ask([_post("a")], PATIENT, _never) == [None]
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[1]))
        exchange = Exchange(origin, most=3)
        assert exchange.ask([_post("a")] * 20, PATIENT, _never) == [200] * 20
        assert exchange.ask([_post("a")] * 20, PATIENT, _never) == [200] * 20
        exchange.close()
        elsewhere = origin.replace("localhost", "127.0.0.1")
        assert Exchange(elsewhere, most=1).ask([_post("a")], PATIENT, _never) == [None]
