"""Whoever has blocked an inviter gets nothing of theirs any more, by account or by address, early or late."""

from collections.abc import Callable

import pytest

from tests.conftest import Person
from tests.convoke.invitations.conftest import Host, run_job
from tests.gateway import Answer
from tests.mailbox import Letters

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def bob(sign_up: SignUp) -> Person:
    return sign_up("Bob")


@pytest.fixture
def block(call: Call, host: Host, bob: Person) -> Callable[[], None]:
    """Bob blocks the host."""

    def do() -> None:
        assert call("PUT", f"/v1/blocks/{host.person.id}", token=bob.access_token).status == 200

    return do


def told(call: Call, person: Person) -> list[str]:
    notes = call("GET", "/v1/notifications", token=person.access_token).body["items"]
    return [note["type"] for note in notes]


def test_their_address_is_invited_in_vain_and_the_inviter_sees_no_difference(
    host: Host, bob: Person, block: Callable[[], None], mailbox: Letters
) -> None:
    host.meet()
    block()
    made = host.invite(emails=[bob.email, "cy@example.org"], message="You cannot get rid of me")
    assert run_job()["sent"] == 1
    assert [letter["To"] for letter in mailbox.messages()] == ["cy@example.org"]
    seen = {each["email"]: (each["status"], each["sent_at"] is None) for each in host.ask_invitations()}
    assert seen == {bob.email: ("pending", False), "cy@example.org": ("pending", False)}
    assert {each["status"] for each in made} == {"pending"}


def test_an_invitation_of_before_is_not_sent_again(
    call: Call, host: Host, bob: Person, block: Callable[[], None], mailbox: Letters
) -> None:
    host.meet()
    [made] = host.invite(user_ids=[bob.id])
    assert run_job()["sent"] == 1
    assert told(call, bob) == ["invitation"]
    block()
    host.product.owner.execute(
        "UPDATE invitations SET created_at = created_at - interval '1 hour',"
        " sent_at = sent_at - interval '1 hour'"
    )
    assert host.ask("POST", f"/invitations/{made['id']}/resend").status == 200
    assert run_job()["sent"] == 0
    assert told(call, bob) == ["invitation"]
    assert len(mailbox.messages()) == 1


def test_nothing_that_becomes_of_the_meeting_is_told(
    call: Call, host: Host, bob: Person, block: Callable[[], None], mailbox: Letters
) -> None:
    host.meet()
    host.invite(user_ids=[bob.id], emails=["cy@example.org"])
    assert run_job()["sent"] == 2
    block()
    assert host.ask("PATCH", body={"title": "Bob is a fool"}).status == 200
    host.settle()
    assert run_job()["changes"] == 1
    host.product.owner.execute(
        "UPDATE meetings SET scheduled_start_time = date_trunc('minute', now()) + interval '5 minutes'"
    )
    assert run_job()["reminders"] == 1
    assert host.ask("DELETE").status == 204
    host.settle()
    run_job()
    assert told(call, bob) == ["invitation"]
    assert [letter["Subject"] for letter in mailbox.messages(bob.email)] == ["Invitation: Planning"]
    assert len(mailbox.messages("cy@example.org")) == 4
