"""How Keyspaces is convinced by IAM: SigV4 over the server's nonce, inside CQL's own SASL exchange.

AWS's plugin says the same but needs `six` and naive UTC times; its published example is a test here.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cassandra.auth import Authenticator, AuthProvider

from convoke.backends.sigv4 import ALGORITHM, signing_key

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

_NONCE = b"nonce="
_NONCE_LENGTH = 32


class SigV4(AuthProvider):  # type: ignore[misc]
    """Signs with the credentials of the environment (a function's role), as they are at each connection."""

    def __init__(self, region: str) -> None:
        import boto3  # noqa: PLC0415 (62 ms, cloud only)

        self._region = region
        self._session = boto3.Session(region_name=region)

    def new_authenticator(self, host: Any) -> "Signer":
        credentials = self._session.get_credentials()
        if credentials is None:
            raise RuntimeError("no AWS credentials to sign in to Keyspaces with")
        return Signer(credentials.get_frozen_credentials(), self._region, lambda: datetime.now(UTC))


class Signer(Authenticator):  # type: ignore[misc]
    """One log-in."""

    def __init__(
        self, credentials: "ReadOnlyCredentials", region: str, clock: Callable[[], datetime]
    ) -> None:
        self._credentials = credentials
        self._region = region
        self._clock = clock

    def initial_response(self) -> bytes:
        return b"SigV4\0\0"

    def evaluate_challenge(self, challenge: bytes) -> bytes:
        start = challenge.index(_NONCE) + len(_NONCE)
        nonce = challenge[start : start + _NONCE_LENGTH]
        stamp = self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        signature = self._signature(nonce, stamp)
        answer = f"signature={signature},access_key={self._credentials.access_key},amzdate={stamp}"
        if self._credentials.token:
            answer += f",session_token={self._credentials.token}"
        return answer.encode()

    def _signature(self, nonce: bytes, stamp: str) -> str:
        day = stamp[:10].replace("-", "")
        scope = f"{day}/{self._region}/cassandra/aws4_request"
        query = "&".join(
            (
                f"X-Amz-Algorithm={ALGORITHM}",
                f"X-Amz-Credential={self._credentials.access_key}%2F{quote(scope, safe='')}",
                f"X-Amz-Date={quote(stamp, safe='')}",
                "X-Amz-Expires=900",
            )
        )
        canonical = (
            f"PUT\n/authenticate\n{query}\nhost:cassandra\n\nhost\n{hashlib.sha256(nonce).hexdigest()}"
        )
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = signing_key(self._credentials.secret_key, day, self._region, "cassandra")
        return hmac.new(key, f"{ALGORITHM}\n{stamp}\n{scope}\n{digest}".encode(), hashlib.sha256).hexdigest()
