"""The stores of one stack, embedded or named by the caller, with what the stack puts into them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import boto3
import psycopg
import redis
from psycopg import sql

from local import s3 as s3_store
from local.aws import ACCESS_KEY, REGION, SECRET_KEY
from local.cassandra import Cassandra
from local.environment import Places
from local.outside import Outside
from local.process import CannotStart
from local.settled import Settled
from local.stores import S3, Aws, Postgres, Store, Valkey, start_all, stop_all

APP_ROLE = "convoke_app"
TOKEN_SECRET = "convoke/tokens"  # noqa: S105 - the name of a secret


class Parts:
    """Embedded ones are made for what `outside` does not name. `tell` hears of every change in S3."""

    def __init__(
        self,
        data_dir: Path,
        outside: Outside,
        settled: Settled,
        *,
        durable: bool,
        with_s3: bool,
        with_cassandra: bool,
        tell: str,
    ) -> None:
        self._data_dir = data_dir
        self._outside = outside
        self._settled = settled
        self.access_key = outside.access_key or ACCESS_KEY
        self._secret_key = outside.secret_key or SECRET_KEY
        self._aws = Aws(data_dir / "aws")
        self._postgres = None if outside.database_url else Postgres(data_dir / "postgres", durable=durable)
        self._valkey = None if outside.redis_url else Valkey(data_dir / "valkey", durable=durable)
        self._s3 = S3(data_dir / "s3", tell=tell) if with_s3 and not outside.s3_url else None
        embedded = with_cassandra and not outside.cassandra_hosts
        self._cassandra = Cassandra(data_dir / "cassandra", durable=durable) if embedded else None

    @property
    def owner_url(self) -> str:
        return self._postgres.url() if self._postgres else str(self._outside.database_url)

    @property
    def app_url(self) -> str:
        if self._postgres:
            return self._postgres.url(APP_ROLE)
        parts = urlsplit(self.owner_url)
        host = parts.netloc.rpartition("@")[2]
        password = quote(self._settled.secret("convoke_app"))
        return urlunsplit(parts._replace(netloc=f"{APP_ROLE}:{password}@{host}"))

    @property
    def redis_url(self) -> str:
        return self._valkey.url if self._valkey else str(self._outside.redis_url)

    @property
    def s3_url(self) -> str:
        return self._s3.url if self._s3 else self._outside.s3_url or ""

    @property
    def cassandra_hosts(self) -> str:
        return self._cassandra.hosts if self._cassandra else self._outside.cassandra_hosts

    def start(self) -> None:
        """Starts the embedded ones but S3 side by side and asks the others whether they are there."""
        embedded: list[Store | None] = [self._aws, self._postgres, self._valkey]
        start_all(store for store in embedded if store)
        self._check_outside()

    def start_storage(self) -> None:
        """S3 apart: it takes 3 to 8 s, and nothing else waits for it."""
        if self._s3:
            self._s3.start()

    def start_cassandra(self, root: Path) -> None:
        """Cassandra apart: nothing but analytics waits for it. CannotStart leaves the rest as it is."""
        if self._cassandra:
            self._cassandra.start()
        if not self.cassandra_hosts:
            return
        done = subprocess.run(
            [sys.executable, "-m", "migrations", "up", "--cassandra-hosts", self.cassandra_hosts],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotStart(f"its migrations failed:\n{(done.stdout + done.stderr).strip()}")

    def stop(self) -> None:
        embedded: list[Store | None] = [self._aws, self._postgres, self._valkey, self._s3, self._cassandra]
        stop_all(store for store in embedded if store)

    def client(self, service: str) -> Any:
        return self._aws.client(service)

    def migrate(self, root: Path) -> None:
        """Runs the migrations as the owner, then lets the functions' role log in."""
        # The address goes by the environment: arguments can be read by every user of the machine.
        done = subprocess.run(
            [sys.executable, "-m", "migrations", "up"],
            cwd=root,
            env={**os.environ, "DATABASE_URL": self.owner_url},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            anew = (
                f"\nRemove {self._data_dir / 'postgres'} to begin with an empty database."
                if self._postgres
                else ""
            )
            raise CannotStart(f"the migrations failed:\n{(done.stdout + done.stderr).strip()}{anew}")
        if self._postgres:
            self._postgres.url(APP_ROLE)  # sets its password
        else:
            self._set_password()

    def make_secrets(self) -> None:
        keys = {name: self._settled.secret(name) for name in ("jwt", "node", "push")}
        self.client("secretsmanager").create_secret(Name=TOKEN_SECRET, SecretString=json.dumps(keys))

    def make_buckets(self, buckets: Iterable[str]) -> None:
        if not self.s3_url:
            return
        client = boto3.client(
            "s3",
            endpoint_url=self.s3_url,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self._secret_key,
        )
        s3_store.make_buckets(client, list(buckets))

    def places(self, url: str, queue_urls: Mapping[str, str]) -> Places:
        """Where functions and nodes find everything once the gateway is at `url`."""
        return Places(
            url=url,
            app_database_url=self.app_url,
            redis_url=self.redis_url,
            aws_url=self._aws.url,
            s3_url=self.s3_url,
            token_secret=TOKEN_SECRET,
            cassandra_hosts=self.cassandra_hosts,
            access_key=self.access_key,
            secret_key=self._secret_key,
            queue_urls=queue_urls,
            push_services=self._outside.push_services,
        )

    def write_environment(self, url: str) -> None:
        """`env` in the data folder: addresses for psql, redis-cli, cqlsh and the aws command."""
        lines = {
            "DATABASE_URL": self.owner_url,
            "REDIS_URL": self.redis_url,
            "CASSANDRA_HOSTS": self.cassandra_hosts,
            "S3_ENDPOINT": self.s3_url,
            "AWS_ENDPOINT_URL": self._aws.url,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self._secret_key,
            "CONVOKE_URL": url,
        }
        path = self._data_dir / "env"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))

    def _check_outside(self) -> None:
        if self._outside.database_url:
            try:
                psycopg.connect(self._outside.database_url, connect_timeout=5).close()
            except psycopg.Error as error:
                raise CannotStart(f"DATABASE_URL does not answer: {error}".strip()) from error
        if self._outside.redis_url:
            try:
                with redis.Redis.from_url(self._outside.redis_url, socket_timeout=5) as client:
                    client.ping()
            except redis.RedisError as error:
                raise CannotStart(f"REDIS_URL does not answer: {error}") from error

    def _set_password(self) -> None:
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            password = sql.Literal(self._settled.secret("convoke_app"))
            role = sql.Identifier(APP_ROLE)
            connection.execute(sql.SQL("alter role {} login password {}").format(role, password))
