"""Web Push: the RFC's own example, a service that asks who sends, a browser that reads, broken lines."""

import base64
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from convoke.backends import web_push
from convoke.backends.web_push import Receiver
from tests.push_service import Device, PushService, sender_of

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SEED = "a seed of at least thirty-two characters"


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _receiver(device: Device) -> Receiver:
    keys = device.subscription()["keys"]
    return Receiver(device.endpoint, keys["p256dh"], keys["auth"])


def _post(device: Device, plain: bytes = b"{}", **wanted: object) -> web_push.Answer:
    asked = {"ttl": 60, "urgency": "normal", "topic": None, "now": NOW, **wanted}
    return web_push.post(_receiver(device), plain, seed=SEED, contact="https://convoke.test", **asked)  # type: ignore[arg-type]


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService(clock=NOW.timestamp) as running:
        yield running


def test_the_example_of_rfc_8291_appendix_a() -> None:
    private = int.from_bytes(_bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    receiver = Receiver(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    body = web_push.encrypt(
        b"When I grow up, I want to be a watermelon",
        receiver,
        own=ec.derive_private_key(private, ec.SECP256R1()),
        salt=_bytes("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert body == _bytes(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
        "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
        "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_browser_reads_what_its_service_was_handed(service: PushService) -> None:
    device = service.device()
    answer = _post(device, '{"title":"Grüße ☕"}'.encode(), urgency="high", topic="chat-1", ttl=45)
    assert answer.status == 201
    assert device.got(service) == [{"title": "Grüße ☕"}]
    [push] = service.pushes
    sent = {name: push.headers[name] for name in ("ttl", "urgency", "topic", "content-encoding")}
    assert sent == {"ttl": "45", "urgency": "high", "topic": "chat-1", "content-encoding": "aes128gcm"}
    assert push.sender["sub"] == "https://convoke.test"
    # What browsers were told to subscribe with.
    assert push.sender["k"] == web_push.application_key(SEED)
    assert "Gr" not in push.body.decode(errors="ignore")


def test_no_two_bodies_are_alike_and_nobody_else_reads_them(service: PushService) -> None:
    device, other = service.device("one"), service.device("two")
    _post(device)
    _post(device)
    first, second = (push.body for push in service.pushes)
    assert first != second
    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever the cipher says)
        other.read(first)


def test_a_service_refuses_another_services_token_and_a_forged_one(service: PushService) -> None:
    device = service.device()
    good = web_push.authorization(device.endpoint, seed=SEED, contact="https://convoke.test", now=NOW)
    assert sender_of(good, service.origin)["sub"] == "https://convoke.test"
    with pytest.raises(Exception, match="Audience"):
        sender_of(good, "https://other.example")
    forged = good.replace(web_push.application_key(SEED), web_push.application_key(SEED + "x"))
    with pytest.raises(Exception, match="Signature"):
        sender_of(forged, service.origin)


def test_the_longest_message_fits_and_a_longer_one_is_not_begun(service: PushService) -> None:
    device = service.device()
    longest = b'"' + b"x" * (web_push.MAX_PLAIN - 2) + b'"'
    assert _post(device, longest).status == 201
    assert len(service.pushes[0].body) == 4096
    with pytest.raises(ValueError, match="at most"):
        _post(device, longest + b" ")


@settings(deadline=None)
@given(st.binary(max_size=web_push.MAX_PLAIN))
def test_any_text_comes_out_as_it_went_in(plain: bytes) -> None:
    device = Device("https://push.example/x")
    text = base64.b64encode(plain)[: web_push.MAX_PLAIN - 2]
    read: object = device.read(web_push.encrypt(b'"' + text + b'"', _receiver(device)))
    assert read == text.decode()


@pytest.mark.parametrize("p256dh", ["BA" + "A" * 85, "A" * 87, "B" * 10, "!" * 87])
def test_what_is_no_point_of_the_curve_is_no_key(p256dh: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (cryptography's own words)
        web_push.public_key(p256dh)


def test_a_redirect_is_not_followed(service: PushService) -> None:
    device = service.device()
    service.answers[device.path] = [307]
    assert _post(device).status == 307
    assert service.pushes == []


def test_how_long_to_wait_is_read_where_it_is_a_number(service: PushService) -> None:
    device = service.device()
    service.answers[device.path] = [429, 503]
    service.retry_after = "120"
    assert _post(device).retry_after == 120
    service.retry_after = "Wed, 21 Oct 2026 07:28:00 GMT"
    assert _post(device).retry_after is None


def test_a_connection_that_breaks_is_uncertain_and_one_that_never_was_is_not() -> None:
    with PushService(clock=NOW.timestamp) as service:
        device = service.device()
        service.hang_up = True
        with pytest.raises(web_push.Uncertain):
            _post(device)
    with pytest.raises(web_push.Unreachable):
        _post(device)


def test_a_service_without_a_good_certificate_is_not_talked_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_in_plain_text() -> None:
            conn, _ = server.accept()
            conn.recv(1000)
            conn.sendall(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n")
            conn.close()

        listening = threading.Thread(target=answer_in_plain_text)
        listening.start()
        with pytest.raises(web_push.Unreachable):
            _post(Device(f"https://127.0.0.1:{server.getsockname()[1]}/push"))
        listening.join()
