"""How a function logs in to the stores in the cloud: IAM for PostgreSQL, a secret's token for Valkey."""

import json
from collections.abc import Iterator

import psycopg
import pytest
import redis as redis_library

from convoke.backends import postgres, redis
from tests.conftest import Product, forget_everything


def test_with_iam_a_signed_token_takes_the_place_of_the_password(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.ping(2)
    monkeypatch.setenv("DATABASE_AUTH", "iam")
    forget_everything()
    # The laptop's PostgreSQL knows no IAM: to be refused here shows that the address's password was not sent.
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        postgres.ping(2)


@pytest.fixture
def guarded(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """Valkey that wants a password, which is in a secret."""
    client = product.stores.aws.client("secretsmanager")
    client.create_secret(Name="valkey", SecretString=json.dumps({"token": "a token of sixteen"}))
    product.redis.config_set("requirepass", "a token of sixteen")
    product.redis.auth("a token of sixteen")
    forget_everything()
    yield product
    product.redis.config_set("requirepass", "")
    client.delete_secret(SecretId="valkey", ForceDeleteWithoutRecovery=True)


def test_the_token_of_the_secret_opens_valkey(guarded: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(redis_library.AuthenticationError):
        redis.ping(2)
    monkeypatch.setenv("REDIS_AUTH_SECRET_ID", "valkey")
    forget_everything()
    redis.ping(2)
    assert redis.client().ping()
