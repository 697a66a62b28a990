"""What PostgreSQL itself lets the functions' role see and do, should a check in the code be missing."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from convoke.backends.postgres import System, transaction
from convoke.identity.model import Principal
from tests.conftest import Person, Product
from tests.room import Room, open_room
from tests.sockets import Sockets

TABLES = ("meetings", "meeting_participants", "meeting_codes", "meeting_slugs")
SignUp = Callable[..., Person]


@pytest.fixture
def room(product: Product, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with Sockets() as sockets:
        monkeypatch.setenv("SOCKET_CALLBACK_URL", sockets.url)
        yield open_room(sockets, sign_up, waiting_room=True)


def _user(person: Person) -> Principal:
    return Principal(person.id, None, None, None, "user", "basic")


def _guest(participant_id: str, meeting_id: str) -> Principal:
    return Principal(None, participant_id, meeting_id, None, "guest", "basic")


def _count(principal: Principal | System, table: str, room: Room) -> int:
    query = sql.SQL("SELECT count(*) AS n FROM {} WHERE meeting_id = {}").format(
        sql.Identifier(table), sql.Literal(room.id)
    )
    with transaction(principal) as conn:
        row = conn.execute(query).fetchone()
    assert row is not None
    return int(row["n"])


def _changed(principal: Principal, statement: str, *values: Any) -> int:
    with transaction(principal) as conn:
        return len(conn.execute(statement.encode() + b" RETURNING 1", values).fetchall())


def test_a_stranger_reads_nothing_of_any_table(room: Room, sign_up: SignUp) -> None:
    room.join("Gus")
    eve = _user(sign_up("Eve"))
    nobody = Principal(None, None, None, None, "guest", "basic")
    # Naming a meeting is not being in it.
    pretender = _guest("0198a000-0000-7000-8000-000000000000", room.id)
    for table in TABLES:
        for principal in (eve, nobody, pretender):
            assert _count(principal, table, room) == 0, table


def test_partitions_are_closed_to_the_functions_even_for_the_system(room: Room, product: Product) -> None:
    partitions = product.rows(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS guarded FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'meetings'::regclass"
    )
    assert len(partitions) >= 6
    for partition in partitions:
        assert partition["guarded"], partition
        query = sql.SQL("SELECT 1 FROM {}").format(sql.Identifier(partition["relname"]))
        with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(System()) as conn:
            conn.execute(query).fetchone()
    assert room.id


def test_who_waits_or_was_removed_reads_only_the_own_row(room: Room, product: Product) -> None:
    waiting = room.join("Gus").body["participant_id"]
    room.join("Other")
    gus = _guest(waiting, room.id)
    assert [_count(gus, table, room) for table in TABLES] == [0, 1, 0, 0]
    product.owner.execute(
        "UPDATE meeting_participants SET status = 'removed' WHERE participant_id = %s", (waiting,)
    )
    assert [_count(gus, table, room) for table in TABLES] == [0, 1, 0, 0]


def test_who_is_in_reads_the_meeting_and_changes_only_the_own_row(room: Room, product: Product) -> None:
    mine, other = (room.join(name).body["participant_id"] for name in ("Gus", "Other"))
    product.owner.execute(
        "UPDATE meeting_participants SET status = 'joined', first_joined_at = now(), must_wait = false"
        " WHERE meeting_id = %s",
        (room.id,),
    )
    gus = _guest(mine, room.id)
    assert _count(gus, "meetings", room) == 1
    assert _count(gus, "meeting_participants", room) == 2
    assert _changed(gus, "UPDATE meetings SET title = 'Mine' WHERE meeting_id = %s", room.id) == 0
    rename = "UPDATE meeting_participants SET display_name = 'X' WHERE participant_id = %s"
    assert _changed(gus, rename, other) == 0
    assert _changed(gus, rename, mine) == 1
    for table in TABLES:
        statement = sql.SQL("DELETE FROM {} WHERE meeting_id = {}").format(
            sql.Identifier(table), sql.Literal(room.id)
        )
        with transaction(gus) as conn:
            conn.execute(statement)
        assert _count(System(), table, room) == {"meeting_participants": 2, "meeting_slugs": 0}.get(table, 1)


def test_nobody_makes_a_meeting_for_another_or_a_place_for_oneself(room: Room, sign_up: SignUp) -> None:
    eve = sign_up("Eve")
    statements = [
        """INSERT INTO meetings (meeting_id, host_user_id, code, title, meeting_type, created_at, updated_at)
           VALUES (gen_random_uuid(), %(host)s, 'aaa-aaaa-aaa', 'x', 'instant', now(), now())""",
        """INSERT INTO meeting_participants (participant_id, meeting_id, user_id, display_name, status,
               created_at, updated_at)
           VALUES (gen_random_uuid(), %(meeting)s, %(eve)s, 'Eve', 'joined', now(), now())""",
        "INSERT INTO meeting_slugs (slug, meeting_id) VALUES ('stolen', %(meeting)s)",
        "INSERT INTO meeting_codes (code, meeting_id) VALUES ('aaa-aaaa-aaa', %(meeting)s)",
    ]
    values = {"host": room.host.id, "meeting": room.id, "eve": eve.id}
    for statement in statements:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(_user(eve)) as conn:
            conn.execute(statement.encode(), values)


def test_looking_up_a_meeting_leaves_the_caller_who_they_were(room: Room, sign_up: SignUp) -> None:
    eve = _user(sign_up("Eve"))
    with transaction(eve) as conn:
        found = conn.execute("SELECT * FROM find_meeting(%s)", (room.meeting["code"],)).fetchone()
        role = conn.execute("SELECT current_setting('app.role') AS role").fetchone()
        hidden = conn.execute("SELECT count(*) AS n FROM meetings").fetchone()
    assert found is not None
    assert "host_user_id" not in found
    assert "password_hash" not in found
    assert role == {"role": "user"}
    assert hidden == {"n": 0}


def test_a_meeting_far_outside_of_the_months_made_is_taken_all_the_same(room: Room, product: Product) -> None:
    far = "ffffffff-ffff-7000-8000-000000000000"
    product.owner.execute(
        "INSERT INTO meetings (meeting_id, code, title, meeting_type, created_at, updated_at)"
        " VALUES (%s, 'aaa-aaaa-aaa', 'x', 'instant', now(), now())",
        (far,),
    )
    [row] = product.rows("SELECT tableoid::regclass::text AS place FROM meetings WHERE meeting_id = %s", far)
    assert row["place"] == "meetings_default"
    [row] = product.rows(
        "SELECT tableoid::regclass::text AS place FROM meetings WHERE meeting_id = %s", room.id
    )
    assert row["place"].startswith("meetings_y20")
