"""GET /v1/me/sessions, DELETE /v1/me/sessions/{session_id}."""

from collections.abc import Callable
from uuid import uuid4

from tests.conftest import Person
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def second_session(call: Call, person: Person) -> dict[str, str]:
    sent = {"email": person.email, "password": person.password, "device": {"platform": "phone"}}
    answer = call("POST", "/v1/auth/login", sent, ip="2001:db8::1", headers={"User-Agent": "Phone/1"})
    body: dict[str, str] = answer.body
    return body


def listed(call: Call, token: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = call("GET", "/v1/me/sessions", token=token).body["items"]
    return items


def test_the_list_tells_the_devices_apart(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    phone = second_session(call, person)
    first, second = listed(call, phone["access_token"])
    assert (first["current"], second["current"]) == (True, False)
    assert first["ip_address"] == "2001:db8::1"
    assert first["user_agent"] == "Phone/1"
    assert first["device"] == {"name": None, "platform": "phone", "client_version": None}


def test_a_revoked_session_ends_at_once_and_the_others_go_on(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    phone = second_session(call, person)
    [other] = [item for item in listed(call, person.access_token) if not item["current"]]
    assert call("DELETE", f"/v1/me/sessions/{other['id']}", token=person.access_token).status == 204
    assert call("GET", "/v1/me", token=phone["access_token"]).problem == "session_revoked"
    again = call("POST", "/v1/auth/refresh", {"refresh_token": phone["refresh_token"]})
    assert again.problem == "bad_refresh_token"
    assert [item["current"] for item in listed(call, person.access_token)] == [True]


def test_somebody_elses_session_is_not_there(call: Call, sign_up: SignUp) -> None:
    ada, eve = sign_up("Ada"), sign_up("Eve")
    [session] = listed(call, ada.access_token)
    theirs = call("DELETE", f"/v1/me/sessions/{session['id']}", token=eve.access_token)
    unknown = call("DELETE", f"/v1/me/sessions/{uuid4()}", token=eve.access_token)
    assert theirs == unknown
    assert (theirs.status, theirs.problem) == (404, "not_found")
    assert call("GET", "/v1/me", token=ada.access_token).status == 200


def test_an_id_that_is_none_is_not_valid(call: Call, sign_up: SignUp) -> None:
    assert call("DELETE", "/v1/me/sessions/1", token=sign_up("Ada").access_token).status == 422
