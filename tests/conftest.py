"""The real parts that tests stand on: PostgreSQL, Valkey and moto's AWS, started once for all who ask.

`product` is what most tests want: a migrated database of the module's own, an empty Valkey, and the
environment of a function. `call` sends a request to the real handler; `round_trips` counts what it costs.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import redis
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from convoke.backends import cassandra as cassandra_backend
from convoke.backends import mail as mail_backend
from convoke.backends import postgres, queues
from convoke.backends import redis as redis_backend
from convoke.backends import secrets as secrets_backend
from convoke.backends import storage as storage_backend
from convoke.settings import settings
from local.cassandra import Cassandra
from local.stores import S3, Aws, Postgres, Valkey, start_all, stop_all
from migrations import cql, runner
from tests import gateway
from tests.mailbox import Letters
from tests.sockets import Sockets
from tests.wire import Relay

TOKEN_SECRET = {
    "jwt": "test-signing-key-of-at-least-32-bytes",
    "node": "test-node-key-of-at-least-32-bytes-too",
    "edge": "test-edge-key",
    "push": "test-push-seed-of-at-least-32-bytes-too",
}
TEMPLATE = "convoke"
APP = "convoke_app"
# A machine that is busy is no outage: a test of one of these limits sets it itself.
PATIENCE = {
    "convoke.backends.cassandra.CONNECT_TIMEOUT_SECONDS": 60.0,
    "convoke.backends.cassandra.REQUEST_TIMEOUT_SECONDS": 60.0,
    "convoke.backends.postgres.CONNECT_TIMEOUT_SECONDS": 60,
    "convoke.backends.push.BUDGET_SECONDS": 60.0,
    "convoke.backends.push.CONNECT_SECONDS": 30.0,
    "convoke.backends.push.READ_SECONDS": 30.0,
    "convoke.backends.redis.SOCKET_TIMEOUT_SECONDS": 60.0,
    "convoke.backends.web_push.CONNECT_SECONDS": 30.0,
    "convoke.backends.web_push.READ_SECONDS": 30.0,
    "convoke.media.live.HEARTBEAT_TTL_SECONDS": 600,
    "convoke.media.node.CONNECT_SECONDS": 30.0,
    "convoke.media.node.READ_SECONDS": 30.0,
}
SLOWEST_STATEMENT = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stores:
    postgres: Postgres
    valkey: Valkey
    aws: Aws
    departures_queue_url: str
    notifications_queue_url: str
    calls_queue_url: str


@dataclass(frozen=True)
class Database:
    """A migrated database: `owner_url` as superuser, `app_url` as the role of the functions."""

    name: str
    owner_url: str
    app_url: str


@dataclass(frozen=True)
class Product:
    """What a test may look into behind the product's back."""

    stores: Stores
    database: Database
    redis: "redis.Redis"
    owner: psycopg.Connection[DictRow]
    """As superuser, autocommit: sees every row."""

    def rows(self, query: str, *values: Any) -> list[DictRow]:
        return self.owner.execute(query.encode(), values).fetchall()


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("stores")
    started = (
        Postgres(folder / "postgres", durable=False),
        Valkey(folder / "valkey", durable=False),
        Aws(folder / "aws"),
    )
    start_all(started)
    try:
        postgres_store, valkey, aws = started
        postgres_store.url(APP)
        runner.up(postgres_store.url())
        aws.client("secretsmanager").create_secret(Name="tokens", SecretString=json.dumps(TOKEN_SECRET))
        departures, notifications, calls = (
            aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
            for name in ("departures", "notifications", "calls")
        )
        yield Stores(postgres_store, valkey, aws, departures, notifications, calls)
    finally:
        stop_all(started)


@pytest.fixture(scope="module")
def database(stores: Stores) -> Iterator[Database]:
    """The module's own copy of the migrated database."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(stores.postgres.url(database="postgres"), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        )
        for limit in SLOWEST_STATEMENT:
            admin.execute(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = '2min'").format(
                    sql.Identifier(APP), sql.Identifier(name), sql.Identifier(limit)
                )
            )
    yield Database(name, stores.postgres.url(database=name), stores.postgres.url(APP, name))
    postgres.close_connections()
    with psycopg.connect(stores.postgres.url(database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def environment(stores: Stores, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The variables that the template gives to a function, pointing at the stores of this run."""
    values = {
        "DATABASE_URL": database.app_url,
        "DATABASE_AUTH": "password",
        "REDIS_URL": stores.valkey.url,
        "TOKEN_SECRET_ID": "tokens",
        "PUBLIC_URL": "https://convoke.test",
        "SOCKET_URL": "wss://convoke.test/socket",
        "SOCKET_CALLBACK_URL": "http://127.0.0.1:9/socket",
        "CONTROLLER_ID": "mc-test-1",
        "DEPARTURES_QUEUE_URL": stores.departures_queue_url,
        "NOTIFICATIONS_QUEUE_URL": stores.notifications_queue_url,
        "CALLS_QUEUE_URL": stores.calls_queue_url,
        "FILES_BUCKET": "files",
        "RECORDINGS_BUCKET": "recordings",
        "MAIL_FROM": "Convoke <noreply@convoke.test>",
        "POWERTOOLS_SERVICE_NAME": "test",
        "POWERTOOLS_METRICS_NAMESPACE": "Convoke",
        **stores.aws.environment,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    for limit, seconds in PATIENCE.items():
        monkeypatch.setattr(limit, seconds)
    forget_everything()
    yield
    forget_everything()


def forget_everything() -> None:
    """What a process has kept of its environment: the next use reads it anew."""
    postgres.close_connections()
    if redis_backend.client.cache_info().currsize:
        redis_backend.client().close()
    redis_backend.client.cache_clear()
    queues.forget()
    mail_backend.forget()
    cassandra_backend.close()
    secrets_backend.forget()
    storage_backend.forget()
    settings.cache_clear()


@pytest.fixture
def product(environment: None, stores: Stores, database: Database) -> Iterator[Product]:
    with (
        redis.Redis.from_url(stores.valkey.url, decode_responses=True) as client,
        psycopg.connect(database.owner_url, autocommit=True, row_factory=dict_row) as owner,
    ):
        client.flushall()
        yield Product(stores, database, client, owner)


@pytest.fixture(scope="session")
def cassandra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cassandra]:
    """The one Cassandra of this run, migrated. Tests share its tables: look for your own ids and days."""
    with Cassandra(tmp_path_factory.mktemp("cassandra"), durable=False) as store:
        cql.up(store.hosts)
        yield store


@pytest.fixture
def analytics(product: Product, cassandra: Cassandra, monkeypatch: pytest.MonkeyPatch) -> Product:
    """The product with its Cassandra."""
    monkeypatch.setenv("CASSANDRA_HOSTS", cassandra.hosts)
    forget_everything()
    return product


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """The one S3 of this run. Tests share its buckets: look for your own keys."""
    with S3(tmp_path_factory.mktemp("s3"), buckets=["files", "recordings"]) as store:
        yield store


@pytest.fixture
def storage(product: Product, s3: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The product with its S3, and with the queue in which uploads wait for their check."""
    queue = product.stores.aws.client("sqs").create_queue(QueueName="uploads")["QueueUrl"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.url)
    monkeypatch.setenv("UPLOADS_QUEUE_URL", queue)
    forget_everything()
    yield s3
    storage_backend.forget()


@pytest.fixture
def sockets(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sockets]:
    """A real HTTP server in the place of @connections."""
    with Sockets() as server:
        monkeypatch.setenv("SOCKET_CALLBACK_URL", server.url)
        settings.cache_clear()
        yield server


@pytest.fixture
def mailbox(product: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Letters]:
    """A real HTTP server in the place of SES."""
    with Letters(tmp_path / "mail") as letters:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", letters.url)
        mail_backend.forget()
        yield letters
        mail_backend.forget()


@pytest.fixture
def call(product: Product) -> Callable[..., gateway.Answer]:
    """`call("POST", "/v1/meetings", {...}, token=…)`: see tests/gateway.py."""
    return gateway.call


@dataclass(frozen=True)
class Person:
    """A registered user, signed in."""

    id: str
    email: str
    password: str
    access_token: str
    refresh_token: str
    user: dict[str, Any]


@pytest.fixture
def sign_up(call: Callable[..., gateway.Answer]) -> Callable[..., Person]:
    """`sign_up("Ada")`: registers a person through the API, with an address of their own."""

    def register(name: str = "Ada") -> Person:
        email = f"{name.lower()}-{uuid4().hex[:12]}@example.org"
        password = "correct horse battery"
        answer = call(
            "POST",
            "/v1/auth/register",
            {"email": email, "password": password, "display_name": name},
            ip=f"198.51.100.{next(_numbers) % 250}",
        )
        assert answer.status == 201, answer
        body = answer.body
        user = body["user"]
        return Person(user["id"], email, password, body["access_token"], body["refresh_token"], user)

    return register


@pytest.fixture
def round_trips(
    product: Product, stores: Stores, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Relay]:
    """PostgreSQL behind a relay: call once to connect, then `with round_trips.counted() as counted: …`."""
    with Relay(("127.0.0.1", stores.postgres.port)) as relay:
        through = database.app_url.replace(f":{stores.postgres.port}/", f":{relay.port}/")
        monkeypatch.setenv("DATABASE_URL", through)
        forget_everything()
        yield relay
        forget_everything()
