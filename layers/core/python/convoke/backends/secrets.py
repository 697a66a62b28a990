"""Secrets Manager: a secret is read once and kept for five minutes, so that warm processes see a rotation."""

import json
import threading
import time
from typing import Any, cast

from convoke.settings import settings

KEEP_SECONDS = 300.0

_lock = threading.Lock()
_kept: dict[str, tuple[float, dict[str, Any]]] = {}


def secret(secret_id: str) -> dict[str, Any]:
    """The JSON object of a secret. When it cannot be read again, the last known value goes on being used."""
    with _lock:
        known = _kept.get(secret_id)
        if known and time.monotonic() - known[0] < KEEP_SECONDS:
            return known[1]
        try:
            value = _read(secret_id)
        except Exception:
            if known is None:
                raise
            value = known[1]
        _kept[secret_id] = (time.monotonic(), value)
        return value


def forget() -> None:
    """Drop what is kept (tests, and a rotation that must take effect at once)."""
    with _lock:
        _kept.clear()


def _read(secret_id: str) -> dict[str, Any]:
    import boto3  # noqa: PLC0415 (62 ms; a route that needs no secret does not pay it)

    client = boto3.client("secretsmanager", region_name=settings().region)
    value = json.loads(client.get_secret_value(SecretId=secret_id)["SecretString"])
    if not isinstance(value, dict):
        raise TypeError("a secret must be a JSON object")
    return cast("dict[str, Any]", value)
