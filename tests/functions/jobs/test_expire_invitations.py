"""The daily job: what nobody answered in time, and nothing else."""

from collections.abc import Callable
from types import SimpleNamespace

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


def test_the_minute_s_job_finds_nothing_to_advance(product: Product) -> None:
    assert advance_meetings.handler({}, SimpleNamespace()) == {"advanced": 0}
