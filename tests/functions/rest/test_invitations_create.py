"""POST /v1/meetings/{meeting}/invitations, and what leaders then see and do."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest

from convoke.invitations.tokens import hash_of
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def path(call: Call, ada: Person) -> str:
    wanted = {"title": "Planning"}
    meeting = call("POST", "/v1/meetings", wanted, token=ada.access_token).body
    return f"/v1/meetings/{meeting['id']}/invitations"


def counts(product: Product) -> tuple[int, int]:
    [row] = product.rows(
        "SELECT (SELECT count(*) FROM invitations) AS invitations,"
        " (SELECT count(*) FROM invitation_mails) AS mails"
    )
    return row["invitations"], row["mails"]


@pytest.fixture(autouse=True)
def empty(product: Product) -> None:
    product.owner.execute("DELETE FROM invitations")


def test_people_addresses_and_a_link_in_one_request(
    call: Call, ada: Person, path: str, sign_up: SignUp, product: Product
) -> None:
    bob = sign_up("Bob")
    wanted = {
        "user_ids": [bob.id],
        "emails": [" Cy@Example.org ", "cy@example.org"],
        "link": {"max_uses": 3},
        "message": "Please\ncome",
    }
    answer = call("POST", path, wanted, token=ada.access_token)
    assert answer.status == 201, answer.body
    by_kind = {each["kind"]: each for each in answer.body["items"]}
    assert len(answer.body["items"]) == 3
    assert by_kind["user"]["user"] == {"user_id": bob.id, "display_name": "Bob", "avatar_url": None}
    assert by_kind["email"]["email"] == "cy@example.org"
    assert (by_kind["link"]["max_uses"], by_kind["link"]["uses"]) == (3, 0)
    assert {each["status"] for each in answer.body["items"]} == {"pending"}
    assert [by_kind[kind]["url"] for kind in ("user", "email")] == [None, None]
    token = by_kind["link"]["url"].removeprefix("https://convoke.test/i/")
    [row] = product.rows("SELECT token_hash FROM invitations WHERE kind = 'link'")
    assert row["token_hash"] == hash_of(token)
    dump = str(product.rows("SELECT * FROM invitations")) + str(
        product.rows("SELECT * FROM invitation_mails")
    )
    assert token not in dump
    assert counts(product) == (3, 2)
    [note] = call("GET", "/v1/notifications", token=bob.access_token).body["items"]
    assert (note["type"], note["title"]) == ("invitation", "Ada invites you to Planning")
    listed = call("GET", path, token=ada.access_token).body["items"]
    assert {each["id"] for each in listed} == {each["id"] for each in answer.body["items"]}
    assert next(each for each in listed if each["kind"] == "link")["url"] == by_kind["link"]["url"]


def test_asking_twice_is_asking_once(call: Call, ada: Person, path: str, product: Product) -> None:
    wanted = {"emails": ["cy@example.org"]}
    first = call("POST", path, wanted, token=ada.access_token).body["items"]
    second = call("POST", path, {"emails": ["CY@example.org", "di@example.org"]}, token=ada.access_token)
    assert first[0] in second.body["items"]
    assert counts(product) == (2, 2)


def test_with_an_idempotency_key_a_link_is_made_once(
    call: Call, ada: Person, path: str, product: Product
) -> None:
    headers = {"Idempotency-Key": "once"}
    answers = [
        call("POST", path, {"link": {}}, token=ada.access_token, headers=headers).body for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert counts(product) == (1, 0)
    token = answers[0]["items"][0]["url"].rsplit("/", 1)[1]
    [kept] = product.redis.keys("idempotency:*")
    assert token not in str(product.redis.hgetall(kept))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"emails": []},
        {"emails": "cy@example.org"},
        {"emails": ["cy"]},
        {"emails": ["cy@example.org\r\nBcc: all@example.org"]},
        {"emails": ["cy@example.org", "not an address"]},
        {"emails": [f"cy{n}@example.org" for n in range(101)]},
        {"emails": [f"cy{n}@example.org" for n in range(10_000)]},
        {"emails": [f"cy{n}@example.org" for n in range(60)], "user_ids": [str(uuid4()) for _ in range(60)]},
        {"user_ids": ["me"]},
        {"link": {"max_uses": 0}},
        {"link": {"max_uses": 501}},
        {"link": {"max_uses": "3"}},
        {"link": {"expires_at": "2020-01-01T00:00:00Z"}},
        {"link": {"expires_at": "2199-01-01T00:00:00Z"}},
        {"link": {"expires_at": "tomorrow"}},
        {"emails": ["cy@example.org"], "message": "x" * 1001},
        {"emails": ["cy@example.org"], "role": "host"},
    ],
)
def test_what_cannot_be_asked_leaves_nothing_behind(
    body: dict[str, Any], call: Call, ada: Person, path: str, product: Product
) -> None:
    answer = call("POST", path, body, token=ada.access_token)
    assert (answer.status, answer.problem) == (422, "validation")
    assert counts(product) == (0, 0)


def test_ten_thousand_are_refused_before_they_are_looked_at(
    call: Call, ada: Person, path: str, product: Product
) -> None:
    body = {"emails": [f"somebody.with.a.long.name{n}@example.org" for n in range(10_000)]}
    answer = call("POST", path, body, token=ada.access_token)
    assert answer.status in (413, 422)
    assert counts(product) == (0, 0)


def test_an_hour_has_its_limit_and_a_request_beyond_it_does_nothing(
    call: Call, ada: Person, path: str, product: Product, still_clock: datetime
) -> None:
    for batch in range(3):
        body = {"emails": [f"cy{batch}.{n}@example.org" for n in range(100)]}
        assert call("POST", path, body, token=ada.access_token).status == 201
    more = call("POST", path, {"emails": ["one.more@example.org"]}, token=ada.access_token)
    assert (more.status, more.problem) == (429, "rate_limited")
    assert int(more.headers["retry-after"]) > 0
    assert counts(product) == (300, 300)


def test_who_is_invited_already_takes_nothing_from_the_hour(
    call: Call, ada: Person, path: str, product: Product, still_clock: datetime
) -> None:
    for batch in range(3):
        body = {"emails": [f"cy{batch}.{n}@example.org" for n in range(99)]}
        assert call("POST", path, body, token=ada.access_token).status == 201
    for _ in range(2):
        assert call("POST", path, body, token=ada.access_token).status == 201
    body["emails"].append("one.more@example.org")
    assert call("POST", path, body, token=ada.access_token).status == 201
    assert counts(product) == (298, 298)


@pytest.mark.usefixtures("still_clock")
def test_an_hour_s_limit_that_refuses_takes_nothing_from_the_other(
    call: Call, ada: Person, path: str, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The package has a function of the module's name.
    monkeypatch.setattr(import_module("convoke.invitations.actions.invite"), "PER_HOUR_OF_MEETING", 100)
    crowd = {"emails": [f"cy{n}@example.org" for n in range(100)]}
    assert call("POST", path, crowd, token=ada.access_token).status == 201
    for n in range(3):
        more = {"emails": [f"di{n}.{each}@example.org" for each in range(100)]}
        assert call("POST", path, more, token=ada.access_token).status == 429
    for _ in range(2):
        other = call("POST", "/v1/meetings", {"title": "Another"}, token=ada.access_token).body["id"]
        answer = call("POST", f"/v1/meetings/{other}/invitations", crowd, token=ada.access_token)
        assert answer.status == 201, answer.body
    assert counts(product) == (300, 300)


def test_a_meeting_has_a_thousand_invitations(call: Call, ada: Person, path: str, product: Product) -> None:
    call("POST", path, {"emails": ["cy@example.org"]}, token=ada.access_token)
    product.owner.execute(
        "INSERT INTO invitations (invitation_id, meeting_id, kind, email, token_hash, status, expires_at,"
        " created_at, updated_at) SELECT gen_random_uuid(), meeting_id, 'email', 'x' || n || '@example.org',"
        " sha256(n::text::bytea), 'pending', expires_at, created_at, updated_at"
        " FROM invitations, generate_series(1, 999) n"
    )
    more = call("POST", path, {"emails": ["one.more@example.org"]}, token=ada.access_token)
    assert (more.status, more.problem) == (409, "too_many_invitations")
    same = call("POST", path, {"emails": ["cy@example.org", "x1@example.org"]}, token=ada.access_token)
    assert (same.status, len(same.body["items"])) == (201, 2)


def test_who_has_blocked_the_host_is_not_invited_and_neither_are_the_others(
    call: Call, ada: Person, path: str, sign_up: SignUp, product: Product
) -> None:
    bob, cy = sign_up("Bob"), sign_up("Cy")
    assert call("PUT", f"/v1/blocks/{ada.id}", token=bob.access_token).status in (200, 201, 204)
    answer = call("POST", path, {"user_ids": [bob.id, cy.id]}, token=ada.access_token)
    assert (answer.status, answer.problem) == (422, "cannot_invite")
    unknown = call("POST", path, {"user_ids": [str(uuid4())]}, token=ada.access_token)
    assert unknown.problem == "cannot_invite"
    assert call("POST", path, {"user_ids": [ada.id]}, token=ada.access_token).problem == "cannot_invite"
    assert counts(product) == (0, 0)


def test_strangers_neither_invite_nor_look(
    call: Call, ada: Person, path: str, sign_up: SignUp, product: Product
) -> None:
    made = call("POST", path, {"link": {}}, token=ada.access_token).body["items"][0]
    eve = sign_up("Eve").access_token
    assert call("POST", path, {"link": {}}, token=eve).status == 404
    assert call("GET", path, token=eve).status == 404
    assert call("DELETE", f"{path}/{made['id']}", token=eve).status == 404
    assert call("POST", f"{path}/{made['id']}/resend", token=eve).status == 404
    assert call("POST", path, {"link": {}}).status == 401
    assert counts(product) == (1, 0)
    other = call("POST", "/v1/meetings", {}, token=eve).body["id"]
    foreign = f"/v1/meetings/{other}/invitations/{made['id']}"
    assert call("DELETE", foreign, token=eve).status == 404


def test_nobody_is_invited_to_a_meeting_that_is_over(call: Call, ada: Person, path: str) -> None:
    call("DELETE", path.removesuffix("/invitations"), token=ada.access_token)
    assert call("POST", path, {"link": {}}, token=ada.access_token).status == 410


def test_one_taken_back_is_dead(call: Call, ada: Person, path: str) -> None:
    made = call("POST", path, {"link": {}}, token=ada.access_token).body["items"][0]
    token = made["url"].rsplit("/", 1)[1]
    assert call("GET", f"/v1/invitations/by-token/{token}").status == 200
    for _ in range(2):
        assert call("DELETE", f"{path}/{made['id']}", token=ada.access_token).status == 204
    gone = call("GET", f"/v1/invitations/by-token/{token}")
    assert (gone.status, gone.problem) == (410, "invitation_revoked")
    [listed] = call("GET", path, token=ada.access_token).body["items"]
    assert (listed["status"], listed["url"]) == ("revoked", None)


def test_one_is_sent_again_after_a_pause_and_not_for_ever(
    call: Call, ada: Person, path: str, product: Product
) -> None:
    made = call("POST", path, {"emails": ["cy@example.org"]}, token=ada.access_token).body["items"][0]
    again = f"{path}/{made['id']}/resend"
    assert call("POST", again, token=ada.access_token).status == 429
    for number in range(1, 6):
        product.owner.execute("UPDATE invitations SET created_at = created_at - interval '10 min'")
        answer = call("POST", again, token=ada.access_token)
        assert answer.status == 200, answer.body
        assert counts(product) == (1, 1 + number)
    assert call("POST", again, token=ada.access_token).problem == "resent_too_often"


def test_what_is_sent_again_counts_within_the_hour(
    call: Call, ada: Person, path: str, product: Product, still_clock: datetime
) -> None:
    made = call("POST", path, {"emails": ["cy@example.org"]}, token=ada.access_token).body["items"][0]
    for batch in range(3):
        size = 99 if batch == 0 else 100
        body = {"emails": [f"cy{batch}.{n}@example.org" for n in range(size)]}
        assert call("POST", path, body, token=ada.access_token).status == 201
    product.owner.execute("UPDATE invitations SET created_at = created_at - interval '10 min'")
    again = call("POST", f"{path}/{made['id']}/resend", token=ada.access_token)
    assert (again.status, again.problem) == (429, "rate_limited")
    assert counts(product) == (300, 300)


def test_pages_of_a_long_list(call: Call, ada: Person, path: str) -> None:
    call("POST", path, {"emails": [f"cy{n}@example.org" for n in range(5)]}, token=ada.access_token)
    first = call("GET", path, token=ada.access_token, query={"limit": "3"}).body
    second = call("GET", path, token=ada.access_token, query={"limit": "3", "cursor": first["next_cursor"]})
    assert len({each["id"] for each in first["items"] + second.body["items"]}) == 5
    assert second.body["next_cursor"] is None
    assert call("GET", path, token=ada.access_token, query={"cursor": "x"}).status == 400


def test_a_link_lives_for_a_year_and_a_letter_until_the_meeting(call: Call, ada: Person) -> None:
    start = (datetime.now(UTC) + timedelta(days=90)).replace(microsecond=0)
    wanted = {"type": "scheduled", "scheduled_start_time": start.isoformat()}
    meeting = call("POST", "/v1/meetings", wanted, token=ada.access_token).body
    body = {"emails": ["cy@example.org"], "link": {}}
    made = call("POST", f"/v1/meetings/{meeting['id']}/invitations", body, token=ada.access_token).body
    until = {each["kind"]: datetime.fromisoformat(each["expires_at"]) for each in made["items"]}
    assert until["email"] == start + timedelta(days=1)
    assert timedelta(days=364) < until["link"] - datetime.now(UTC) <= timedelta(days=365)
