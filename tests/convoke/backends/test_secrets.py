"""A secret is read once, and again after a while."""

import json

import pytest

from convoke.backends import secrets
from tests.conftest import Product


def put(product: Product, name: str, value: object) -> None:
    client = product.stores.aws.client("secretsmanager")
    try:
        client.create_secret(Name=name, SecretString=json.dumps(value))
    except client.exceptions.ResourceExistsException:
        client.put_secret_value(SecretId=name, SecretString=json.dumps(value))


def test_a_change_is_seen_when_the_time_is_over(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    put(product, "changing", {"key": "old"})
    assert secrets.secret("changing") == {"key": "old"}
    put(product, "changing", {"key": "new"})
    assert secrets.secret("changing") == {"key": "old"}
    monkeypatch.setattr(secrets, "KEEP_SECONDS", 0.0)
    assert secrets.secret("changing") == {"key": "new"}


def test_what_was_read_last_is_used_while_it_cannot_be_read(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(product, "kept", {"key": "known"})
    assert secrets.secret("kept") == {"key": "known"}
    monkeypatch.setattr(secrets, "KEEP_SECONDS", 0.0)
    product.stores.aws.client("secretsmanager").delete_secret(
        SecretId="kept", ForceDeleteWithoutRecovery=True
    )
    assert secrets.secret("kept") == {"key": "known"}


def test_a_secret_that_is_not_there_is_an_error(product: Product) -> None:
    with pytest.raises(Exception, match="ResourceNotFound"):
        secrets.secret("nothing")


def test_a_secret_must_be_an_object(product: Product) -> None:
    put(product, "a list", ["x"])
    with pytest.raises(TypeError, match="JSON object"):
        secrets.secret("a list")
