"""Look at an invitation, accept it, decline it, come in by it: by account and by token."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from convoke.invitations.tokens import token_of
from tests.conftest import TOKEN_SECRET, Person, Product
from tests.gateway import Answer
from tests.room import Device
from tests.sockets import Sockets

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


class House:
    """A meeting with a password, its host, and invitations to it."""

    def __init__(self, call: Call, sign_up: SignUp, **settings: Any) -> None:
        self.call, self.host = call, sign_up("Ada")
        wanted = {"title": "Planning", "settings": {"password": "sesame", **settings}}
        self.meeting = call("POST", "/v1/meetings", wanted, token=self.host.access_token).body
        self.path = f"/v1/meetings/{self.meeting['id']}"

    def invite(self, **body: Any) -> dict[str, Any]:
        answer = self.call("POST", f"{self.path}/invitations", body, token=self.host.access_token)
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.body["items"][0]
        return made

    def token(self, **body: Any) -> str:
        """The token that the letter or the link has."""
        return token_of(self.invite(**body)["id"], str(TOKEN_SECRET["jwt"]))

    def join(self, invitation: str | None, who: str | None = None, name: str = "Gus") -> Answer:
        body = {"display_name": name} | ({"invitation": invitation} if invitation else {})
        return self.call("POST", f"{self.path}/join", body, token=who)

    def listed(self) -> list[dict[str, Any]]:
        found = self.call("GET", f"{self.path}/invitations", token=self.host.access_token)
        items: list[dict[str, Any]] = found.body["items"]
        return items


@pytest.fixture
def house(call: Call, sign_up: SignUp) -> House:
    return House(call, sign_up)


def test_a_user_sees_accepts_and_declines_the_own_ones(call: Call, house: House, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    made = house.invite(user_ids=[bob.id], message="Please come")
    [mine] = call("GET", "/v1/invitations", token=bob.access_token).body["items"]
    assert (mine["id"], mine["status"], mine["message"]) == (made["id"], "pending", "Please come")
    assert mine["inviter"]["display_name"] == "Ada"
    assert mine["meeting"]["title"] == "Planning"
    assert "settings" not in mine["meeting"]
    for verb, status in (("accept", "accepted"), ("decline", "declined"), ("accept", "accepted")):
        answer = call("POST", f"/v1/invitations/{made['id']}/{verb}", token=bob.access_token)
        assert answer.status == 200, answer.body
        assert answer.body["status"] == status
        assert answer.body["answered_at"]
        assert house.listed()[0]["status"] == status
    query = {"status": "declined"}
    assert call("GET", "/v1/invitations", token=bob.access_token, query=query).body["items"] == []


def test_an_answer_takes_the_note_of_it_off_all_devices(
    call: Call, house: House, sign_up: SignUp, sockets: Sockets
) -> None:
    bob = sign_up("Bob")
    device = Device(sockets)
    ticket = call("POST", "/v1/socket-tickets", token=bob.access_token).body["ticket"]
    assert device.connect(ticket) == 200
    made = house.invite(user_ids=[bob.id])
    [note] = device.events("notification.created")
    call("POST", f"/v1/invitations/{made['id']}/accept", token=bob.access_token)
    [read] = device.events("notification.read")
    assert (read["ids"], read["unread"]) == ([note["notification"]["id"]], 0)


def test_nobody_answers_for_somebody_else(call: Call, house: House, sign_up: SignUp) -> None:
    bob, eve = sign_up("Bob"), sign_up("Eve")
    made = house.invite(user_ids=[bob.id])
    assert call("POST", f"/v1/invitations/{made['id']}/accept", token=eve.access_token).status == 404
    assert call("POST", f"/v1/invitations/{made['id']}/accept").status == 401
    assert call("GET", "/v1/invitations", token=eve.access_token).body["items"] == []
    assert call("GET", "/v1/invitations").status == 401
    token = token_of(made["id"], str(TOKEN_SECRET["jwt"]))
    foreign = call("POST", f"/v1/invitations/by-token/{token}/accept", token=eve.access_token)
    assert (foreign.status, foreign.problem) == (403, "foreign_invitation")
    assert house.listed()[0]["status"] == "pending"


def test_a_guest_answers_by_the_letter_s_token(call: Call, house: House) -> None:
    token = house.token(emails=["cy@example.org"])
    path = f"/v1/invitations/by-token/{token}"
    seen = call("GET", path)
    assert seen.status == 200, seen.body
    assert (seen.body["kind"], seen.body["meeting"]["code"]) == ("email", house.meeting["code"])
    assert "cy@example.org" not in str(seen.body)
    assert call("POST", f"{path}/decline").body["status"] == "declined"
    assert call("POST", f"{path}/accept").body["status"] == "accepted"
    assert house.listed()[0]["status"] == "accepted"


def test_a_letter_answered_with_an_account_is_the_account_s(
    call: Call, house: House, sign_up: SignUp
) -> None:
    token = house.token(emails=["cy@example.org"])
    bob = sign_up("Bob")
    call("POST", f"/v1/invitations/by-token/{token}/accept", token=bob.access_token)
    [mine] = call("GET", "/v1/invitations", token=bob.access_token).body["items"]
    assert (mine["kind"], mine["status"]) == ("email", "accepted")


@pytest.mark.parametrize("token", ["inv_" + "x" * 43, "inv_" + "A" * 43])
def test_a_made_up_token_is_none(token: str, call: Call, house: House) -> None:
    for method, end in (("GET", ""), ("POST", "/accept"), ("POST", "/decline")):
        assert call(method, f"/v1/invitations/by-token/{token}{end}").status == 404
    assert house.join(token).status == 404


@pytest.mark.parametrize("token", ["x", "inv_", "inv_" + "x" * 44, "inv_" + "ü" * 43, "cal_" + "x" * 43])
def test_what_is_no_token_is_refused(token: str, call: Call, house: House) -> None:
    assert call("GET", f"/v1/invitations/by-token/{token}").status in (404, 422)
    assert house.join(token).status == 422


def test_one_that_has_expired_is_gone(call: Call, house: House, product: Product) -> None:
    token = house.token(link={})
    product.owner.execute("UPDATE invitations SET expires_at = now() - interval '1 s'")
    gone = call("GET", f"/v1/invitations/by-token/{token}")
    assert (gone.status, gone.problem) == (410, "invitation_expired")
    assert house.join(token).problem == "invitation_expired"


def test_to_a_meeting_that_is_over_nothing_is_answered(call: Call, house: House) -> None:
    token = house.token(emails=["cy@example.org"])
    call("DELETE", house.path, token=house.host.access_token)
    assert call("GET", f"/v1/invitations/by-token/{token}").body["meeting"]["status"] == "cancelled"
    assert call("POST", f"/v1/invitations/by-token/{token}/accept").problem == "meeting_ended"


def test_an_invitation_stands_for_the_password(house: House) -> None:
    assert house.join(None).problem == "password_required"
    joined = house.join(house.token(link={}))
    assert (joined.status, joined.body["status"]) == (200, "admitted")


def test_who_is_invited_by_account_needs_neither_token_nor_password(house: House, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    assert house.join(None, bob.access_token).problem == "password_required"
    house.invite(user_ids=[bob.id])
    assert house.join(None, bob.access_token).body["status"] == "admitted"
    assert house.listed()[0]["status"] == "accepted"


def test_lobby_lock_and_sign_in_stay_as_the_host_has_set_them(call: Call, sign_up: SignUp) -> None:
    lobby = House(call, sign_up, waiting_room=True)
    assert lobby.join(lobby.token(link={})).body["status"] == "waiting"
    members = House(call, sign_up, require_auth=True)
    assert members.join(members.token(emails=["cy@example.org"])).problem == "auth_required"


def test_an_invitation_to_one_meeting_opens_no_other(call: Call, house: House, sign_up: SignUp) -> None:
    other = House(call, sign_up)
    assert house.join(other.token(link={})).status == 404
    assert other.listed()[0]["uses"] == 0


def test_a_link_for_one_lets_one_in_and_that_one_again(call: Call, house: House) -> None:
    token = house.token(link={"max_uses": 1})
    first = house.join(token)
    assert first.status == 200
    second = house.join(token, name="Second")
    assert (second.status, second.problem) == (410, "invitation_used")
    again = house.join(token, first.body["participant_token"])
    assert again.body["participant_id"] == first.body["participant_id"]
    assert house.listed()[0]["uses"] == 1


def test_of_many_at_once_a_link_for_one_lets_one_in(house: House, product: Product) -> None:
    token = house.token(link={"max_uses": 1})
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: house.join(token, name=f"Gus {n}"), range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [410] * 7
    places = product.rows("SELECT 1 FROM meeting_participants WHERE meeting_id = %s", house.meeting["id"])
    assert len(places) == 1


def test_a_letter_is_one_place_on_whatever_device(house: House, product: Product) -> None:
    token = house.token(emails=["cy@example.org"])
    first = house.join(token, name="Cy")
    second = house.join(token, name="Cy on the phone")
    assert first.body["participant_id"] == second.body["participant_id"]
    assert [each["uses"] for each in house.listed()] == [1]
    assert house.listed()[0]["status"] == "accepted"


def test_of_many_at_once_a_letter_makes_one_place(house: House, product: Product) -> None:
    token = house.token(emails=["cy@example.org"])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: house.join(token, name=f"Cy {n}"), range(8)))
    assert {answer.status for answer in answers} <= {200, 410}
    assert len({answer.body["participant_id"] for answer in answers if answer.status == 200}) == 1


def test_a_letter_used_by_an_account_brings_no_guest_in(house: House, sign_up: SignUp) -> None:
    token = house.token(emails=["cy@example.org"])
    assert house.join(token, sign_up("Cy").access_token).status == 200
    assert house.join(token).problem == "invitation_used"


def test_one_taken_back_lets_nobody_in_again(call: Call, house: House) -> None:
    made = house.invite(link={})
    token = made["url"].rsplit("/", 1)[1]
    first = house.join(token)
    call("DELETE", f"{house.path}/invitations/{made['id']}", token=house.host.access_token)
    assert house.join(token, first.body["participant_token"]).problem == "invitation_revoked"
    assert house.join(token).problem == "invitation_revoked"


def test_the_inviter_sees_the_answer_at_once(
    call: Call, house: House, sign_up: SignUp, product: Product
) -> None:
    bob = sign_up("Bob")
    made = house.invite(user_ids=[bob.id])
    call("POST", f"/v1/invitations/{made['id']}/accept", token=bob.access_token)
    kinds = [
        row["kind"]
        for row in product.rows(
            "SELECT kind FROM outbox WHERE meeting_id = %s ORDER BY created_at, event_id", house.meeting["id"]
        )
    ]
    assert kinds == ["meeting.created", "invitation.created", "invitation.accepted"]
