"""The migration at deploy, as the owner whose password is a secret."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from functions.jobs import migrate
from migrations import runner
from tests.conftest import Product, Stores
from tests.gateway import CONTEXT

NAMES = ",".join(f"{migration.version:04}_{migration.name}" for migration in runner.read())


@pytest.fixture
def fresh(product: Product, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database, and the environment of the job for it."""
    with psycopg.connect(stores.postgres.url(database="postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE deployed")
        owner = urlsplit(stores.postgres.url(database="deployed"))
        secret = json.dumps({"username": owner.username, "password": owner.password})
        client = stores.aws.client("secretsmanager")
        monkeypatch.setenv("DATABASE_URL", f"postgresql://convoke@{owner.hostname}:{owner.port}/deployed")
        monkeypatch.setenv("OWNER_SECRET_ID", client.create_secret(Name="owner", SecretString=secret)["ARN"])
        yield stores.postgres.url(database="deployed")
        client.delete_secret(SecretId="owner", ForceDeleteWithoutRecovery=True)
        admin.execute("DROP DATABASE deployed WITH (FORCE)")


def test_a_deployment_migrates_and_a_second_one_finds_nothing_to_do(fresh: str) -> None:
    expected = {"PhysicalResourceId": "convoke-migrations", "Data": {"applied": NAMES}}
    assert migrate.handler({}, CONTEXT) == expected
    assert migrate.handler({"RequestType": "Update"}, CONTEXT)["Data"] == {"applied": ""}
    assert all(applied for _, applied in runner.status(fresh))


def test_deleting_the_stack_keeps_the_data(fresh: str) -> None:
    migrate.handler({"RequestType": "Create"}, CONTEXT)
    assert migrate.handler({"RequestType": "Delete"}, CONTEXT)["Data"] == {"applied": ""}
    assert all(applied for _, applied in runner.status(fresh))


def test_where_there_is_iam_the_applications_role_may_use_it(fresh: str, product: Product) -> None:
    product.owner.execute("CREATE ROLE rds_iam")
    try:
        migrate.handler({}, CONTEXT)
        [found] = product.rows("SELECT pg_has_role('convoke_app', 'rds_iam', 'member') AS member")
        assert found["member"]
    finally:
        product.owner.execute("DROP ROLE rds_iam")


def test_a_failure_fails_the_deployment(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://convoke@127.0.0.1:1/deployed")
    with pytest.raises(psycopg.OperationalError):
        migrate.handler({}, CONTEXT)
