"""A browser vendor's push service on 127.0.0.1, and browsers subscribed to it that can read what they get.

Written from the receiver's side of RFC 8291 and RFC 8292: it shares no line with what it checks.
"""

import base64
import contextlib
import json
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from time import time
from typing import Any, Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.sockets import Server


@dataclass(frozen=True)
class Push:
    """One request as the service got it; `sender` is the claims of its VAPID token, once checked."""

    path: str
    headers: dict[str, str]
    body: bytes
    sender: dict[str, Any]


@dataclass
class PushService:
    """`pushes` in the order of arrival; `answers[path]` are statuses that come before 201.

    `hang_up` breaks off without an answer, `hold` is waited for before there is one.
    A request whose token does not hold is answered 403 (RFC 8292 4.2), and is in `refused`.
    """

    pushes: list[Push] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answers: dict[str, list[int]] = field(default_factory=dict)
    retry_after: str | None = None
    clock: Callable[[], float] = time
    hang_up: bool = False
    hold: threading.Event | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = service.take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                if service.hold is not None:
                    service.hold.wait()
                if service.hang_up:
                    self.close_connection = True
                    return
                # Who was killed in the meantime has no ear for the answer.
                with contextlib.suppress(OSError):
                    self._answer(status)

            def _answer(self, status: int) -> None:
                self.send_response(status)
                if service.retry_after is not None:
                    self.send_header("retry-after", service.retry_after)
                if 300 <= status < 400:
                    self.send_header("location", "/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
                """Quiet."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        with self._lock:
            try:
                sender = sender_of(headers["authorization"], self.origin)
                # Tests bring a clock of their own: this service's is what they say it is.
                if not self.clock() < sender["exp"] <= self.clock() + 24 * 3600:
                    raise ValueError("expired, or good for more than a day")
            except (jwt.InvalidTokenError, ValueError, KeyError) as error:
                self.refused.append(f"{type(error).__name__}: {error}")
                return 403
            status = self.answers[path].pop(0) if self.answers.get(path) else 201
            if status == 201:
                self.pushes.append(Push(path, headers, body, sender))
            return status

    def device(self, name: str = "browser") -> "Device":
        return Device(f"{self.origin}/push/{name}")


class Device:
    """A browser: its address at the service, its key and its secret."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._public = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self._auth = AESGCM.generate_key(128)

    @property
    def path(self) -> str:
        return "/" + self.endpoint.split("/", 3)[3]

    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()`."""
        keys = {"p256dh": _text(self._public), "auth": _text(self._auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> dict[str, Any]:
        """What the service worker would get of a push's body."""
        salt, (size, length) = body[:16], struct.unpack("!LB", body[16:21])
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        if len(body) > 4096 or len(sealed) > size:
            raise ValueError("too long for one record")
        shared = self._key.exchange(
            ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        )
        secret = _hkdf(self._auth, shared, b"WebPush: info\0" + self._public + sender, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        if not plain.endswith(b"\x02"):
            raise ValueError("not the last record")
        found: dict[str, Any] = json.loads(plain[:-1])
        return found

    def got(self, service: PushService) -> list[dict[str, Any]]:
        """What it was pushed, oldest first."""
        return [self.read(push.body) for push in service.pushes if push.path == self.path]


def sender_of(authorization: str, origin: str) -> dict[str, Any]:
    """The claims of a VAPID header (RFC 8292 sections 2 and 3), checked as a push service does."""
    scheme, _, parameters = authorization.partition(" ")
    if scheme != "vapid":
        raise ValueError("not VAPID")
    given = dict(part.strip().split("=", 1) for part in parameters.split(","))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(given["k"]))
    claims: dict[str, Any] = jwt.decode(
        given["t"],
        key,
        algorithms=["ES256"],
        audience=origin,
        # By the service's own clock, not by PyJWT's.
        options={"verify_exp": False, "require": ["exp", "sub"]},
    )
    if not str(claims["sub"]).startswith(("https:", "mailto:")):
        raise ValueError("nobody to write to")
    return claims | {"k": given["k"]}


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
