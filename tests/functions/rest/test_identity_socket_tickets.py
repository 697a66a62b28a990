"""POST /v1/socket-tickets, and what a ticket is good for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from convoke.errors import Problem
from convoke.identity import actions
from convoke.ids import new_id
from functions.http import now_utc
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def ticket_of(call: Call, token: str) -> str:
    answer = call("POST", "/v1/socket-tickets", token=token)
    assert answer.status == 201, answer
    assert answer.body["expires_in"] == 300
    assert answer.body["endpoint"] == "wss://convoke.test/socket"
    ticket: str = answer.body["ticket"]
    return ticket


def test_a_ticket_speaks_for_its_user_once(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    ticket = ticket_of(call, person.access_token)
    principal = actions.redeem_ticket(ticket, now_utc())
    assert (principal.user_id, principal.participant_id, principal.role) == (person.id, None, "user")
    assert principal.key == person.id
    with pytest.raises(Problem, match="bad_ticket"):
        actions.redeem_ticket(ticket, now_utc())


def test_a_ticket_speaks_for_a_guest_by_the_participant_token(call: Call, product: Product) -> None:
    participant, meeting = new_id(), new_id()
    token = actions.participant_token(participant, meeting, now_utc())
    principal = actions.redeem_ticket(ticket_of(call, token), now_utc())
    assert (principal.user_id, principal.participant_id, principal.meeting_id) == (None, participant, meeting)
    assert (principal.key, principal.role) == (participant, "guest")


def test_of_many_at_once_one_gets_in(call: Call, sign_up: SignUp) -> None:
    ticket = ticket_of(call, sign_up("Ada").access_token)

    def attempt(_: int) -> bool:
        try:
            actions.redeem_ticket(ticket, now_utc())
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_ticket_lives_for_five_minutes(call: Call, sign_up: SignUp, product: Product) -> None:
    ticket = ticket_of(call, sign_up("Ada").access_token)
    assert 0 < product.redis.ttl(f"wt:token:{ticket}") <= 300
    with pytest.raises(Problem, match="bad_ticket"):
        actions.redeem_ticket(ticket, now_utc() + timedelta(seconds=301))


def test_a_ticket_ends_with_its_session(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    ticket = ticket_of(call, person.access_token)
    call("POST", "/v1/auth/logout", {}, token=person.access_token)
    with pytest.raises(Problem, match="session_revoked"):
        actions.redeem_ticket(ticket, now_utc())


@pytest.mark.parametrize("ticket", ["", "x", "A" * 43, "A" * 4096, "../" * 20, "wt:token:*", "A" * 42 + "\n"])
def test_anything_else_is_no_ticket(ticket: str, product: Product) -> None:
    with pytest.raises(Problem, match="bad_ticket"):
        actions.redeem_ticket(ticket, now_utc())


def test_without_a_token_there_is_no_ticket(call: Call) -> None:
    assert call("POST", "/v1/socket-tickets").problem == "unauthorized"
