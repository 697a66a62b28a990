"""Web Push: a message that one browser alone can read (RFC 8291), signed by this deployment (RFC 8292) and
handed to the browser's push service (RFC 8030).

Over `cryptography` and PyJWT and not by a library: docs/decisions/0013-web-push-and-mail.md says why.
"""

import base64
import contextlib
import hashlib
import os
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import urllib3
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

# RFC 8291 section 4: a push service takes 4,096 bytes; 103 of them are header, padding mark and tag.
MAX_PLAIN = 3993
RECORD_SIZE = 4096
# RFC 8292 section 2: at most 24 hours. Short, since each message is signed anew.
TOKEN_LIFETIME = timedelta(hours=1)
CONNECT_SECONDS = 3.0
READ_SECONDS = 5.0
# A service that answers with more is not worth reading.
ANSWER_BYTES = 2_048
# Order of the group of P-256 (SP 800-186 section 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Uncertain(Exception):  # noqa: N818 - reads as what it says
    """The connection broke after the message was on its way: perhaps it was taken."""


class Unreachable(Exception):  # noqa: N818 - reads as what it says
    """The service could not be connected to: surely nothing was taken."""


@dataclass(frozen=True)
class Receiver:
    """A browser's subscription: where its pushes go, and its keys as it has told them, in base64url."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Answer:
    """`retry_after` in seconds, where the service has named it."""

    status: int
    retry_after: int | None


def post(
    receiver: Receiver,
    plain: bytes,
    *,
    seed: str,
    contact: str,
    ttl: int,
    urgency: str,
    topic: str | None,
    now: datetime,
) -> Answer:
    """Hand a message to the receiver's push service. Follows no redirect. Raises Uncertain or Unreachable.

    Whose service `endpoint` is must have been checked: this connects to any host.
    """
    import urllib3  # noqa: PLC0415 (18 ms; only the job that sends pays for it)

    headers = {
        "authorization": authorization(receiver.endpoint, seed=seed, contact=contact, now=now),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(ttl),
        "urgency": urgency,
        **({"topic": topic} if topic else {}),
    }
    body = encrypt(plain, receiver)
    try:
        response = _pool().urlopen(
            "POST",
            receiver.endpoint,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            preload_content=False,
        )
    except (
        urllib3.exceptions.ConnectTimeoutError,
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.SSLError,
    ) as error:
        raise Unreachable(type(error).__name__) from error
    except urllib3.exceptions.HTTPError as error:
        raise Uncertain(type(error).__name__) from error
    # The status is what counts, whatever becomes of the words after it.
    with contextlib.suppress(urllib3.exceptions.HTTPError):
        response.read(ANSWER_BYTES)
    response.release_conn()
    return Answer(response.status, _seconds(response.headers.get("retry-after")))


def application_key(seed: str) -> str:
    """The deployment's public key, as `pushManager.subscribe` takes it (`applicationServerKey`)."""
    return _base64(_point(_private_key(seed).public_key()))


def authorization(endpoint: str, *, seed: str, contact: str, now: datetime) -> str:
    """The header by which a push service knows who sends (RFC 8292 section 3)."""
    import jwt  # noqa: PLC0415

    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + TOKEN_LIFETIME).timestamp()),
        "sub": contact,
    }
    token = jwt.encode(claims, _private_key(seed), algorithm="ES256")
    return f"vapid t={token}, k={application_key(seed)}"


def encrypt(
    plain: bytes,
    receiver: Receiver,
    *,
    own: "EllipticCurvePrivateKey | None" = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of the request: one record of aes128gcm (RFC 8188), keyed for the receiver (RFC 8291 3.4).

    `own` and `salt` are drawn anew for each message; only the RFC's example names them.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 (20 ms)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    if len(plain) > MAX_PLAIN:
        raise ValueError(f"a push has at most {MAX_PLAIN} bytes")
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    theirs = public_key(receiver.p256dh)
    public, their_public = _point(own.public_key()), _point(theirs)
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derive(shared, secret_of(receiver.auth), b"WebPush: info\0" + their_public + public, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + struct.pack("!LB", RECORD_SIZE, len(public)) + public
    # 2: the last record, which is also the first.
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def public_key(p256dh: str) -> "EllipticCurvePublicKey":
    """ValueError for what is no point of the curve: it would give the secret away (RFC 8291 section 7)."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    point = _bytes(p256dh)
    if len(point) != 65:
        raise ValueError("a key is an uncompressed point of P-256")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def secret_of(auth: str) -> bytes:
    secret = _bytes(auth)
    if len(secret) != 16:
        raise ValueError("an authentication secret has 16 bytes")
    return secret


def _derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


@cache
def _private_key(seed: str) -> "EllipticCurvePrivateKey":
    """A key of the curve from random text (FIPS 186-5 A.2.1: 64 bits more than the order has, then modulo):
    Secrets Manager makes texts and no keys, and so needs nobody to make one and carry it there."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    drawn = int.from_bytes(hashlib.blake2b(seed.encode(), digest_size=40, person=b"convoke-vapid").digest())
    return ec.derive_private_key(drawn % (_ORDER - 1) + 1, ec.SECP256R1())


def _point(key: "EllipticCurvePublicKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@cache
def _pool() -> "urllib3.PoolManager":
    import urllib3  # noqa: PLC0415

    return urllib3.PoolManager(
        num_pools=10, maxsize=4, timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    )


def forget() -> None:
    """Drop the connections (tests, where certificates change)."""
    _pool.cache_clear()


def _seconds(retry_after: str | None) -> int | None:
    return int(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
