"""Nobody reads what is not theirs, whatever a query forgets to ask: O5, over every relation there is."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from convoke.backends.postgres import Context, System, transaction
from convoke.chat import actions as chat
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.media import actions as media
from convoke.notifications import actions as notifications
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.gateway import Answer
from tests.push_service import Device as TakesPushes

RELATIONS = """
SELECT c.oid::regclass::text AS name, c.relispartition AS is_partition, c.relrowsecurity AS secured,
       c.relforcerowsecurity AS forced, c.relkind
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
ORDER BY 1
"""
# Neither personal nor of a meeting: the runner's own list.
PUBLIC = {"schema_migrations"}


def stranger() -> Principal:
    return Principal(new_id(), None, None, None, "user", "basic")


def nobody() -> Principal:
    return Principal(None, None, None, None, "guest", "basic")


def foreign_guest() -> Principal:
    return Principal(None, new_id(), new_id(), None, "guest", "basic")


FILLED = {
    "users",
    "sessions",
    "outbox",
    "audit_logs",
    "meetings",
    "meeting_codes",
    "meeting_participants",
    "chats",
    "chat_members",
    "messages",
    "message_reactions",
    "media_nodes",
    "meeting_controllers",
    "contacts",
    "blocks",
    "notifications",
    "notification_deliveries",
    "push_subscriptions",
    "files",
    "calls",
    "call_participants",
    "call_events",
}


@pytest.fixture
def relations(
    product: Product, sign_up: Callable[..., Person], call: Callable[..., Answer]
) -> list[dict[str, object]]:
    """Every relation, with a meeting's rows in the database: a host, a guest, and what they said."""
    person = sign_up("Ada")
    settings = {"allow_guests": True, "waiting_room": False}
    made = call("POST", "/v1/meetings", {"type": "instant", "settings": settings}, token=person.access_token)
    assert made.status == 201, made
    joined = call("POST", f"/v1/meetings/{made.body['code']}/join", {"display_name": "Guest"})
    assert joined.status == 200, joined
    chat_id, guest = joined.body["chat_id"], joined.body["participant_id"]
    with transaction(System()) as conn:
        # What entering over the socket does for the chat.
        chat.open_meeting_chat(conn, chat_id, datetime.now(UTC))
        chat.add_member(conn, chat_id, guest, None, "Guest", datetime.now(UTC))
    message = {"client_id": new_id(), "content": "between us"}
    path = f"/v1/chats/{chat_id}/messages"
    said = call("POST", path, message, token=joined.body["participant_token"])
    assert said.status == 201, said
    place = f"{path}/{said.body['id']}/reactions/%F0%9F%91%8D"
    assert call("PUT", place, token=joined.body["participant_token"]).status == 200
    other = sign_up("Bob")
    assert call("POST", "/v1/contacts", {"user_id": other.id}, token=person.access_token).status == 201
    assert call("POST", "/v1/calls", {"user_ids": [other.id]}, token=person.access_token).status == 201
    assert call("PUT", f"/v1/blocks/{other.id}", token=person.access_token).status == 200
    device = TakesPushes("https://fcm.googleapis.com/fcm/send/x").subscription()
    assert call("POST", "/v1/push/subscriptions", device, token=person.access_token).status == 201
    now = datetime.now(UTC)
    with transaction(System()) as conn:
        notifications.notify(conn, user_ids=[person.id], type="contact", title="x", event_key="e", now=now)
        conn.execute(
            "INSERT INTO files (file_id, owner_id, name, size, content_type, kind, created_at)"
            " VALUES (%s, %s, 'a.txt', 1, 'text/plain', 'file', %s)",
            (new_id(), person.id, now),
        )
    with Peer("node-1") as peer:
        peer.report()
        media.report_controller(datetime.now(UTC))
        media.settle()
    return product.rows(RELATIONS)


def readable(product: Product, context: Context, names: list[str]) -> Iterator[tuple[str, int]]:
    """The relations of which `context` gets rows. Where there is no right to read at all, there are none."""
    for name in names:
        count = sql.SQL("SELECT count(*) AS rows FROM {}").format(sql.Identifier(name))
        try:
            with transaction(context) as conn:
                cursor = conn.execute(count)
            [row] = cursor.fetchall()
        except psycopg.errors.InsufficientPrivilege:
            continue
        if row["rows"]:
            yield name, row["rows"]


@pytest.mark.parametrize("who", [stranger, nobody, foreign_guest])
def test_a_stranger_gets_no_row_of_any_relation(
    who: Callable[[], Principal], product: Product, relations: list[dict[str, object]]
) -> None:
    names = [str(relation["name"]) for relation in relations if relation["name"] not in PUBLIC]
    assert set(names) >= FILLED
    assert dict(readable(product, who(), names)) == {}


def test_the_rows_were_there_to_be_read(product: Product, relations: list[dict[str, object]]) -> None:
    assert set(dict(readable(product, System(), sorted(FILLED)))) == FILLED


def test_without_any_context_there_are_no_rows_either(product: Product, relations: object) -> None:
    with psycopg.connect(product.database.app_url) as conn:
        for table in sorted(FILLED):
            assert conn.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall() == []


def test_every_table_is_secured_and_no_partition_has_a_right_on_it(
    product: Product, relations: list[dict[str, object]]
) -> None:
    tables = [relation for relation in relations if relation["name"] not in PUBLIC]
    unsecured = [table["name"] for table in tables if not (table["secured"] and table["forced"])]
    assert [name for name in unsecured if name not in partitions(tables)] == []
    granted = product.rows(
        """
        SELECT table_name FROM information_schema.role_table_grants
        WHERE grantee IN ('convoke_app', 'PUBLIC') AND table_schema = 'public'
        """
    )
    assert partitions(tables) & {row["table_name"] for row in granted} == set()
    assert partitions(tables)


def partitions(tables: list[dict[str, object]]) -> set[object]:
    return {table["name"] for table in tables if table["is_partition"]}


def test_the_applications_role_can_bypass_nothing(product: Product) -> None:
    [role] = product.rows("SELECT * FROM pg_roles WHERE rolname = 'convoke_app'")
    powers = ("rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication")
    assert [name for name in powers if role[name]] == []
    owned = product.rows(
        "SELECT c.oid::regclass FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner"
        " WHERE r.rolname = 'convoke_app'"
    )
    assert owned == []


def test_what_runs_with_the_owners_rights_has_a_fixed_search_path(product: Product) -> None:
    found = product.rows(
        """
        SELECT oid::regprocedure::text AS name, coalesce(array_to_string(proconfig, ','), '') AS settings
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
        """
    )
    assert [row["name"] for row in found if "search_path=" not in row["settings"]] == []


def test_a_person_sees_the_own_rows_alone(product: Product, sign_up: Callable[..., Person]) -> None:
    ada, _ = sign_up("Ada"), sign_up("Grace")
    with transaction(Principal(ada.id, None, None, None, "user", "basic")) as conn:
        users = conn.execute("SELECT user_id::text FROM users")
        sessions = conn.execute("SELECT DISTINCT user_id::text FROM sessions")
        audited = conn.execute("SELECT DISTINCT actor_user_id::text AS user_id FROM audit_logs")
    for cursor in (users, sessions, audited):
        assert cursor.fetchall() == [{"user_id": ada.id}]


@pytest.mark.parametrize(
    ("column", "value"), [("role", "admin"), ("account_type", "enterprise"), ("status", "suspended")]
)
def test_a_person_cannot_raise_themselves(
    column: str, value: str, product: Product, sign_up: Callable[..., Person]
) -> None:
    ada = sign_up("Ada")
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        transaction(Principal(ada.id, None, None, None, "user", "basic")) as conn,
    ):
        conn.execute(sql.SQL("UPDATE users SET {} = %s").format(sql.Identifier(column)), (value,))


def test_a_person_cannot_change_or_take_the_place_of_another(
    product: Product, sign_up: Callable[..., Person]
) -> None:
    ada, eve = sign_up("Ada"), sign_up("Eve")
    as_eve = Principal(eve.id, None, None, None, "user", "basic")
    with transaction(as_eve) as conn:
        changed = conn.execute("UPDATE users SET bio = 'x' WHERE user_id = %s RETURNING 1", (ada.id,))
    assert changed.fetchall() == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(as_eve) as conn:
        conn.execute("UPDATE sessions SET user_id = %s", (ada.id,))
