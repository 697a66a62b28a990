"""What row security shows of invitations and occurrences when code has forgotten to ask."""

from collections.abc import Callable

import psycopg
import pytest

from convoke.backends.postgres import Context, System, transaction
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Person, Product
from tests.gateway import Answer

pytestmark = pytest.mark.usefixtures("in_2028")

TABLES = ("invitations", "meeting_recurrences", "meeting_occurrences", "calendar_feeds", "invitation_mails")


def user(user_id: str) -> Principal:
    return Principal(user_id, None, None, None, "user", "basic")


def seen(context: Context) -> dict[str, int]:
    found = {}
    with transaction(context) as conn:
        for table in TABLES:
            row = conn.execute(f"SELECT count(*) AS n FROM {table}").fetchone()  # noqa: S608 (constants)
            found[table] = row["n"] if row else 0
    return found


@pytest.fixture
def people(
    call: Callable[..., Answer], sign_up: Callable[..., Person], product: Product
) -> tuple[Person, Person, str]:
    """A host with a recurring meeting, somebody who is invited to it, and the invitation."""
    product.owner.execute("DELETE FROM meetings")
    product.owner.execute("DELETE FROM calendar_feeds")
    ada, bob = sign_up("Ada"), sign_up("Bob")
    wanted = {
        "type": "recurring",
        "scheduled_start_time": "2030-03-25T08:00:00Z",
        "scheduled_end_time": "2030-03-25T09:00:00Z",
        "recurrence": {"rule": "FREQ=DAILY", "timezone": "UTC"},
    }
    path = f"/v1/meetings/{call('POST', '/v1/meetings', wanted, token=ada.access_token).body['id']}"
    call("DELETE", f"{path}/occurrences/2030-03-26T08:00:00Z", token=ada.access_token)
    call("POST", "/v1/me/calendar-feed", token=ada.access_token)
    body = {"user_ids": [bob.id], "emails": ["cy@example.org"]}
    made = call("POST", f"{path}/invitations", body, token=ada.access_token).body["items"]
    return ada, bob, next(each["id"] for each in made if each["user"])


def test_leaders_see_all_of_their_meeting_invitees_their_own_and_strangers_nothing(
    people: tuple[Person, Person, str], sign_up: Callable[..., Person]
) -> None:
    ada, bob, _ = people
    nothing = dict.fromkeys(TABLES, 0)
    assert seen(user(ada.id)) == nothing | {
        "invitations": 2,
        "meeting_recurrences": 1,
        "meeting_occurrences": 1,
        "calendar_feeds": 1,
    }
    assert seen(user(bob.id)) == nothing | {"invitations": 1}
    assert seen(user(sign_up("Eve").id)) == nothing
    assert seen(System())["invitation_mails"] == 2


def test_strangers_change_nothing(
    people: tuple[Person, Person, str], sign_up: Callable[..., Person], product: Product
) -> None:
    eve = user(sign_up("Eve").id)
    before = product.rows("SELECT * FROM invitations ORDER BY 1")
    for statement in (
        "UPDATE invitations SET status = 'revoked'",
        "UPDATE meeting_recurrences SET rule = 'FREQ=YEARLY'",
        "UPDATE meeting_occurrences SET status = 'ended'",
        "DELETE FROM meeting_recurrences",
        "DELETE FROM meeting_occurrences",
        "DELETE FROM calendar_feeds",
        "DELETE FROM invitation_mails",
    ):
        with transaction(eve) as conn:
            conn.execute(statement.encode())
    assert product.rows("SELECT * FROM invitations ORDER BY 1") == before
    assert product.rows("SELECT count(*) AS n FROM meeting_recurrences")[0]["n"] == 1


def test_nobody_invites_to_somebody_else_s_meeting(
    people: tuple[Person, Person, str], sign_up: Callable[..., Person], product: Product
) -> None:
    eve = user(sign_up("Eve").id)
    [meeting] = product.rows("SELECT meeting_id::text AS id FROM meetings")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(eve) as conn:
        conn.execute(
            "INSERT INTO invitations (invitation_id, meeting_id, inviter_user_id, kind, email, token_hash,"
            " status, expires_at, created_at, updated_at) VALUES (%s, %s, %s, 'email', 'x@example.org',"
            " sha256('x'), 'pending', now(), now(), now())",
            (new_id(), meeting["id"], eve.user_id),
        )
