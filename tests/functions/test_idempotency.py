"""Idempotency-Key: done once, answered again."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import BaseModel

from convoke.backends import secrets
from convoke.errors import Problem
from functions import http, idempotency
from tests import gateway
from tests.conftest import TOKEN_SECRET, Person, Product, forget_everything

ROUTE = "POST /v1/meetings"
SignUp = Callable[..., Person]


class Thing(BaseModel):
    name: str


class Counter:
    """A function with one POST that creates, and fails for the name "bad"."""

    def __init__(self) -> None:
        self.made = 0
        app = http.resolver()

        @app.post("/v1/meetings", status_code=201)
        def create(thing: Thing) -> dict[str, Any]:
            self.made += 1
            if thing.name == "bad":
                raise RuntimeError
            return {"name": thing.name, "number": self.made}

        self.handler = http.handler_of(app, idempotent=frozenset({ROUTE}))

    def post(self, name: str, key: str | None, person: Person | None = None) -> gateway.Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        token = person.access_token if person else None
        event = gateway.event("POST", "/v1/meetings", {"name": name}, headers=headers, token=token)
        response = self.handler(event, gateway.CONTEXT)
        return gateway.Answer(
            response["statusCode"], response["headers"], json.loads(response["body"]), response["cookies"]
        )


@pytest.fixture
def counter(product: Product) -> Counter:
    return Counter()


def test_the_same_request_is_done_once_and_answered_alike(counter: Counter, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    first, second = counter.post("a", "key-1", person), counter.post("a", "key-1", person)
    assert (first.status, first.body) == (second.status, second.body) == (201, {"name": "a", "number": 1})
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert counter.made == 1


def test_without_a_key_each_request_is_done(counter: Counter) -> None:
    assert [counter.post("a", None).body["number"] for _ in range(2)] == [1, 2]


def test_another_body_under_the_same_key_is_refused(counter: Counter, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    counter.post("a", "key-1", person)
    answer = counter.post("b", "key-1", person)
    assert (answer.status, answer.problem) == (422, "idempotency_key_reused")
    assert counter.made == 1


def test_a_key_belongs_to_who_sent_it(counter: Counter, sign_up: SignUp) -> None:
    assert counter.post("a", "key-1", sign_up("Ada")).body["number"] == 1
    assert counter.post("a", "key-1", sign_up("Grace")).body["number"] == 2
    assert counter.post("a", "key-1").body["number"] == 3


def test_a_new_token_of_the_same_person_finds_the_answer(
    counter: Counter, sign_up: SignUp, call: Callable[..., gateway.Answer]
) -> None:
    person = sign_up("Ada")
    counter.post("a", "key-1", person)
    renewed = call("POST", "/v1/auth/refresh", {"refresh_token": person.refresh_token}).body
    again = Person(person.id, "", "", renewed["access_token"], "", {})
    assert counter.post("a", "key-1", again).body["number"] == 1


def test_a_failure_may_be_tried_again(counter: Counter) -> None:
    assert counter.post("bad", "key-1").status == 500
    assert counter.post("bad", "key-1").status == 500
    assert counter.made == 2


def test_while_the_first_is_running_the_second_is_told_so(product: Product) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def perform() -> dict[str, Any]:
        begun.set()
        assert go_on.wait(120)
        return {"statusCode": 201, "headers": {}, "body": "{}"}

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(idempotency.once, "key", owner="me", request="r", perform=perform)
        assert begun.wait(120)
        with pytest.raises(Problem, match="request_in_progress"):
            idempotency.once("key", owner="me", request="r", perform=perform)
        go_on.set()
        assert first.result()["statusCode"] == 201
    again = idempotency.once("key", owner="me", request="r", perform=perform)
    assert again["headers"] == {"idempotency-replayed": "true"}


def test_what_is_kept_goes_away_by_itself(counter: Counter, product: Product) -> None:
    counter.post("a", "key-1")
    [key] = product.redis.keys("idempotency:*")
    assert 0 < product.redis.ttl(key) <= 24 * 3600


def test_what_is_kept_cannot_be_read_in_redis(counter: Counter, product: Product) -> None:
    counter.post("very secret", "my-key")
    [key] = product.redis.keys("idempotency:*")
    kept = str(product.redis.hgetall(key))
    assert not any(word in kept for word in ("very secret", "statusCode", "my-key"))


def test_answers_outlive_a_change_of_our_keys_as_long_as_the_old_one_is_accepted(
    counter: Counter, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = product.stores.aws.client("secretsmanager")
    client.create_secret(Name="token-changing", SecretString=json.dumps(TOKEN_SECRET))
    monkeypatch.setenv("TOKEN_SECRET_ID", "token-changing")
    forget_everything()

    def use(**keys: object) -> None:
        client.put_secret_value(SecretId="token-changing", SecretString=json.dumps({**TOKEN_SECRET, **keys}))
        secrets.forget()

    first = counter.post("a", "key-1")
    new = "new-" + "k" * 32
    use(jwt=new, jwt_accepted=[TOKEN_SECRET["jwt"]])
    assert counter.post("a", "key-1").body == first.body
    use(jwt=new)
    lost = counter.post("a", "key-1")
    assert (lost.status, lost.problem) == (409, "answer_lost")
    assert counter.made == 1


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 129, "schlüssel"])
def test_a_strange_key_is_refused(key: str, counter: Counter) -> None:
    answer = counter.post("a", key)
    assert (answer.status, answer.problem) == (400, "malformed_idempotency_key")
    assert counter.made == 0


def test_without_redis_the_request_is_not_done_and_may_be_tried_again(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        forget_everything()
        answer = counter.post("a", "key-1")
    assert (answer.status, answer.problem) == (503, "unavailable")
    forget_everything()
    assert counter.post("a", "key-1").body == {"name": "a", "number": 1}
