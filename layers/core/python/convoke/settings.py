"""Where this process stands: its environment, read once and named.

A value that is asked for and not set is an error that says which variable is missing, not an empty string.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, cast


@dataclass(frozen=True, slots=True)
class Settings:
    """A snapshot of the environment. Each property names its variable; see docs for the whole list."""

    environ: Mapping[str, str]

    def _need(self, name: str) -> str:
        value = self.environ.get(name, "")
        if not value:
            raise RuntimeError(f"{name} is not set")
        return value

    def _may(self, name: str) -> str | None:
        return self.environ.get(name) or None

    @property
    def database_url(self) -> str:
        return self._need("DATABASE_URL")

    @property
    def database_auth(self) -> Literal["iam", "password"]:
        value = self.environ.get("DATABASE_AUTH") or "password"
        if value not in ("iam", "password"):
            raise RuntimeError("DATABASE_AUTH must be iam or password")
        return cast("Literal['iam', 'password']", value)

    @property
    def redis_url(self) -> str:
        return self._need("REDIS_URL")

    @property
    def redis_auth_secret_id(self) -> str | None:
        return self._may("REDIS_AUTH_SECRET_ID")

    @property
    def token_secret_id(self) -> str:
        return self._need("TOKEN_SECRET_ID")

    @property
    def node_secret(self) -> str | None:
        """A media node may be given its key directly; otherwise it is "node" in the token secret."""
        return self._may("NODE_SECRET")

    @property
    def public_url(self) -> str:
        """The one origin, without a trailing slash."""
        return self._need("PUBLIC_URL").rstrip("/")

    @property
    def socket_url(self) -> str:
        return self._need("SOCKET_URL")

    @property
    def socket_callback_url(self) -> str:
        return self._need("SOCKET_CALLBACK_URL").rstrip("/")

    @property
    def region(self) -> str:
        return self._need("AWS_REGION")

    @property
    def controller_id(self) -> str:
        return self._may("CONTROLLER_ID") or f"mc-{self.region}-1"

    @property
    def departures_queue_url(self) -> str:
        return self._need("DEPARTURES_QUEUE_URL")

    @property
    def mail_from(self) -> str | None:
        """ "Convoke <noreply@example.org>"; None where the deployment sends no mail."""
        return self._may("MAIL_FROM")

    @property
    def calls_queue_url(self) -> str:
        return self._need("CALLS_QUEUE_URL")

    @property
    def notifications_queue_url(self) -> str:
        return self._need("NOTIFICATIONS_QUEUE_URL")

    @property
    def push_services(self) -> tuple[str, ...]:
        """Origins that pushes may go to, `*.` before a host for all below it; empty: those of browsers."""
        return tuple((self._may("PUSH_SERVICES") or "").split())

    @property
    def files_bucket(self) -> str:
        return self._need("FILES_BUCKET")

    @property
    def uploads_queue_url(self) -> str:
        return self._need("UPLOADS_QUEUE_URL")

    @property
    def scan_url(self) -> str | None:
        """A scanner of the operator's own (backends/scanner.py); without one every file passes."""
        return self._may("SCAN_URL")

    @property
    def recordings_bucket(self) -> str:
        return self._need("RECORDINGS_BUCKET")

    @property
    def cassandra_hosts(self) -> str:
        """ "host:port,…"; empty where analytics have no store."""
        return self._may("CASSANDRA_HOSTS") or ""

    @property
    def cassandra_auth(self) -> Literal["none", "sigv4"]:
        value = self.environ.get("CASSANDRA_AUTH") or "none"
        if value not in ("none", "sigv4"):
            raise RuntimeError("CASSANDRA_AUTH must be none or sigv4")
        return cast("Literal['none', 'sigv4']", value)


@cache
def settings() -> Settings:
    """The settings of this process. Tests that change the environment call `settings.cache_clear()`."""
    return Settings(dict(os.environ))
