"""The daily job: what nobody answered in time, and nothing else."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from convoke.invitations.actions import expire
from functions.jobs import advance_meetings, expire_invitations
from tests.conftest import Person, Product
from tests.gateway import Answer


def test_what_nobody_answered_in_time_expires(
    call: Callable[..., Answer], sign_up: Callable[..., Person], product: Product
) -> None:
    ada = sign_up("Ada").access_token
    meeting = call("POST", "/v1/meetings", {}, token=ada).body
    path = f"/v1/meetings/{meeting['id']}/invitations"
    body = {"emails": ["late@example.org", "answered@example.org", "open@example.org"]}
    made = {each["email"]: each for each in call("POST", path, body, token=ada).body["items"]}
    product.owner.execute(
        "UPDATE invitations SET expires_at = now() - interval '1 minute' WHERE email <> 'open@example.org'"
    )
    product.owner.execute("UPDATE invitations SET status = 'accepted' WHERE email = 'answered@example.org'")
    assert expire_invitations.handler({}, SimpleNamespace()) == {"invitations": 1}
    listed = {each["email"]: each["status"] for each in call("GET", path, token=ada).body["items"]}
    assert listed == {
        "late@example.org": "expired",
        "answered@example.org": "accepted",
        "open@example.org": "pending",
    }
    assert made["late@example.org"]["status"] == "pending"


def test_letters_and_reminders_of_long_ago_go_in_portions(
    call: Callable[..., Answer],
    sign_up: Callable[..., Person],
    product: Product,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    product.owner.execute("DELETE FROM invitations")
    ada = sign_up("Ada").access_token
    meeting = call("POST", "/v1/meetings", {}, token=ada).body
    body = {"emails": [f"{number}@example.org" for number in range(5)]}
    call("POST", f"/v1/meetings/{meeting['id']}/invitations", body, token=ada)
    product.owner.execute(
        "UPDATE invitation_mails SET sent_at = now(), created_at = now() - interval '61 days'"
    )
    product.owner.execute(
        "INSERT INTO meeting_reminders (meeting_id, starts_at, reminded_at)"
        " SELECT %s, now() - n * interval '8 days', now() FROM generate_series(1, 5) n",
        (meeting["id"],),
    )

    def left() -> list[int]:
        tables = ("invitation_mails", "meeting_reminders")
        return [len(product.rows(f"SELECT 1 FROM {table}")) for table in tables]  # noqa: S608 (constants)

    monkeypatch.setattr(expire, "BATCH", 2)
    monkeypatch.setattr(expire, "BATCHES", 2)
    expire_invitations.handler({}, SimpleNamespace())
    assert left() == [1, 1]
    expire_invitations.handler({}, SimpleNamespace())
    assert left() == [0, 0]


def test_the_minute_s_job_finds_nothing_to_advance(product: Product) -> None:
    assert advance_meetings.handler({}, SimpleNamespace()) == {"advanced": 0}
