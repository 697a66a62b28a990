"""Who a token speaks for, through the real secret and the real blacklist."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from convoke.backends import secrets
from convoke.errors import Problem
from convoke.identity import actions
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.settings import settings
from tests.conftest import TOKEN_SECRET, Person, Product

NOW = datetime.now(UTC)


def authenticated(token: str, now: datetime = NOW) -> Principal | None:
    return actions.authenticate(f"Bearer {token}", ip="192.0.2.7", user_agent="pytest", now=now)


def test_without_a_header_there_is_nobody(product: Product) -> None:
    assert actions.authenticate(None, ip=None, user_agent=None, now=NOW) is None


def test_a_user_is_the_user(product: Product, sign_up: Callable[..., Person]) -> None:
    person = sign_up("Ada")
    found = authenticated(person.access_token, datetime.now(UTC))
    assert found is not None
    assert found.session_id is not None
    assert replace(found, session_id=None) == Principal(
        person.id, None, None, None, "user", "basic", None, "192.0.2.7", "pytest"
    )


def test_a_guest_is_the_participant_for_twelve_hours(product: Product) -> None:
    participant, meeting = new_id(), new_id()
    token = actions.participant_token(participant, meeting, NOW)
    found = authenticated(token, NOW + timedelta(hours=11, minutes=59))
    assert found is not None
    assert (found.role, found.user_id, found.participant_id, found.meeting_id) == (
        "guest",
        None,
        participant,
        meeting,
    )
    with pytest.raises(Problem, match="token_expired"):
        authenticated(token, NOW + timedelta(hours=12))


def test_a_node_token_is_for_nodes_alone_and_for_a_minute(product: Product) -> None:
    token = actions.node_token(NOW)
    actions.verify_node_token(token, NOW)
    with pytest.raises(Problem, match="bad_token"):
        authenticated(token)
    with pytest.raises(Problem, match="token_expired"):
        actions.verify_node_token(token, NOW + timedelta(seconds=60))
    with pytest.raises(Problem, match="bad_token"):
        actions.verify_node_token(actions.participant_token(new_id(), new_id(), NOW), NOW)


def test_a_node_may_be_given_its_key_directly(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    token = actions.node_token(NOW)
    monkeypatch.setenv("NODE_SECRET", TOKEN_SECRET["node"])
    monkeypatch.delenv("TOKEN_SECRET_ID")
    settings.cache_clear()
    secrets.forget()
    actions.verify_node_token(token, NOW)


def test_keys_are_changed_without_anybody_being_signed_out(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = product.stores.aws.client("secretsmanager")
    old, new = "old-" + "k" * 32, "new-" + "k" * 32
    client.create_secret(Name="rotating", SecretString=json.dumps({"jwt": old, "node": old}))
    monkeypatch.setenv("TOKEN_SECRET_ID", "rotating")
    settings.cache_clear()

    def use(value: dict[str, object]) -> str:
        client.put_secret_value(SecretId="rotating", SecretString=json.dumps({**value, "node": old}))
        secrets.forget()
        return actions.participant_token(new_id(), new_id(), NOW)

    first = use({"jwt": old, "jwt_accepted": [new]})
    second = use({"jwt": new, "jwt_accepted": [old]})
    assert authenticated(first)
    assert authenticated(second)
    use({"jwt": new})
    assert authenticated(second)
    with pytest.raises(Problem, match="bad_token"):
        authenticated(first)


def test_a_short_key_is_not_used(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    client = product.stores.aws.client("secretsmanager")
    client.create_secret(Name="short", SecretString=json.dumps({"jwt": "short", "node": "short"}))
    monkeypatch.setenv("TOKEN_SECRET_ID", "short")
    settings.cache_clear()
    with pytest.raises(RuntimeError, match="32 bytes"):
        actions.participant_token(new_id(), new_id(), NOW)
