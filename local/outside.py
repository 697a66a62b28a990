"""Real parts that the caller's environment names, which replace embedded ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Outside:
    """Addresses of stores that run elsewhere; None or empty: the embedded one.

    `database_url` is the owner's: it migrates and makes the role `convoke_app`. An S3 that is not ours
    comes with its own keys.
    """

    database_url: str | None = None
    redis_url: str | None = None
    cassandra_hosts: str = ""
    s3_url: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    # Origins of push services beside the known ones (tests play one).
    push_services: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        s3 = environ.get("S3_ENDPOINT") or None
        return cls(
            database_url=environ.get("DATABASE_URL") or None,
            redis_url=environ.get("REDIS_URL") or None,
            cassandra_hosts=environ.get("CASSANDRA_HOSTS", ""),
            s3_url=s3,
            access_key=environ.get("AWS_ACCESS_KEY_ID") if s3 else None,
            secret_key=environ.get("AWS_SECRET_ACCESS_KEY") if s3 else None,
            push_services=environ.get("PUSH_SERVICES", ""),
        )
