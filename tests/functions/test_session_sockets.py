"""What a session has opened ends with it."""

from collections.abc import Callable

import pytest

from convoke.identity import live
from tests import gateway
from tests.conftest import Person, Product
from tests.room import Device, Room
from tests.sockets import Sockets

SignUp = Callable[..., Person]


def _open(sockets: Sockets, token: str) -> Device:
    ticket = gateway.call("POST", "/v1/socket-tickets", token=token).body["ticket"]
    device = Device(sockets)
    assert device.connect(ticket) == 200
    return device


def _log_in(person: Person) -> dict[str, str]:
    body = {"email": person.email, "password": person.password}
    answer = gateway.call("POST", "/v1/auth/login", body)
    assert answer.status == 200
    found: dict[str, str] = answer.body
    return found


def _log_out(person: Person) -> None:
    assert gateway.call("POST", "/v1/auth/logout", {"refresh_token": person.refresh_token}).status == 204


def _log_out_by_access_token(person: Person) -> None:
    assert gateway.call("POST", "/v1/auth/logout", {}, token=person.access_token).status == 204


def _revoke(person: Person) -> None:
    other = _log_in(person)["access_token"]
    listed = gateway.call("GET", "/v1/me/sessions", token=person.access_token).body["items"]
    [own] = [session["id"] for session in listed if session["current"]]
    assert gateway.call("DELETE", f"/v1/me/sessions/{own}", token=other).status == 204


def _reuse_the_refresh_token(person: Person) -> None:
    statuses = [
        gateway.call("POST", "/v1/auth/refresh", {"refresh_token": person.refresh_token}).status
        for _ in range(2)
    ]
    assert statuses == [200, 401]


@pytest.mark.parametrize("end", [_log_out, _log_out_by_access_token, _revoke, _reuse_the_refresh_token])
def test_its_sockets_close_at_once_and_those_of_others_stay(
    end: Callable[[Person], None], sockets: Sockets, sign_up: SignUp
) -> None:
    ada, eve = sign_up("Ada"), sign_up("Eve")
    laptop = [_open(sockets, ada.access_token) for _ in range(2)]
    phone, foreign = _open(sockets, _log_in(ada)["access_token"]), _open(sockets, eve.access_token)
    end(ada)
    assert sorted(sockets.closed) == sorted(device.connection_id for device in laptop)
    for device in laptop:
        assert device.refused("ping") == "connection_unknown"
    for device in (phone, foreign):
        device.ask("ping")


def test_its_participant_is_shown_as_reconnecting(room: Room, sign_up: SignUp) -> None:
    host, bob = room.come_host(), sign_up("Bob")
    guest = room.come("Bob", bob)
    _log_out(bob)
    assert room.sockets.closed == [guest.device.connection_id]
    heard = len(guest.device.events())
    host.device.ask("participant.update", {"hand_raised": True})
    assert len(guest.device.events()) == heard
    # API Gateway tells of the closed socket.
    guest.device.disconnect()
    shown = host.device.events("participant.updated")[-1]["participant"]
    assert (shown["id"], shown["connection"]) == (guest.id, "reconnecting")


def test_a_socket_that_api_gateway_does_not_close_is_worth_nothing(
    sockets: Sockets, sign_up: SignUp, product: Product
) -> None:
    ada = sign_up("Ada")
    device = _open(sockets, ada.access_token)
    sockets.gone.add(device.connection_id)
    _log_out(ada)
    assert device.refused("ping") == "connection_unknown"
    assert device.refused("resume") == "connection_unknown"
    assert [key for key in product.redis.scan_iter() if product.redis.ttl(key) == -1] == []


def test_a_ticket_of_an_ended_session_opens_nothing(
    sockets: Sockets, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = sign_up("Ada")
    tickets = [
        gateway.call("POST", "/v1/socket-tickets", token=ada.access_token).body["ticket"] for _ in range(2)
    ]
    known = live.is_blacklisted
    _log_out(ada)
    assert Device(sockets).connect(tickets[0]) == 401
    # Asked a moment before the session ended, and once more when the socket can be found.
    answers = iter([False])
    monkeypatch.setattr(live, "is_blacklisted", lambda session: next(answers, None) or known(session))
    late = Device(sockets)
    assert late.connect(tickets[1]) == 401
    assert late.refused("ping") == "connection_unknown"
