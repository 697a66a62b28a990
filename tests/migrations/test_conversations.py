"""0006 numbers what was said before it, in its order, also for an owner who is no superuser."""

import psycopg

from migrations import runner

CHATS = [f"00000000-0000-7000-8000-0000000000{number:02}" for number in (1, 2)]
PERSON = "00000000-0000-7000-8000-000000000099"


def _said(conn: psycopg.Connection[tuple[object, ...]], chat_id: str, number: int) -> None:
    conn.execute(
        "INSERT INTO messages (chat_id, message_id, client_id, sender_id, sender_name, content, created_at)"
        " VALUES (%s, %s, %s, %s, 'Ada', %s, now())",
        (chat_id, f"00000000-0000-7000-8000-{number:012}", f"c{number}", PERSON, str(number)),
    )


def test_what_was_said_before_gets_its_numbers(owned: tuple[str, str]) -> None:
    owner, everything = owned
    runner.up(owner, 5)
    with psycopg.connect(everything) as conn:
        for chat_id in CHATS:
            conn.execute(
                "INSERT INTO chats (chat_id, kind, created_at, updated_at)"
                " VALUES (%s, 'meeting', now(), now())",
                (chat_id,),
            )
            conn.execute(
                "INSERT INTO chat_members (chat_id, member_id, display_name, joined_at)"
                " VALUES (%s, %s, 'Ada', now())",
                (chat_id, PERSON),
            )
        for number in (30, 10, 20):
            _said(conn, CHATS[0], number)
    runner.up(owner, 6)
    with psycopg.connect(everything) as conn:
        numbered = conn.execute("SELECT content, seq, changed_seq FROM messages ORDER BY seq").fetchall()
        chats = conn.execute(
            "SELECT last_seq, last_message_id IS NULL FROM chats ORDER BY chat_id"
        ).fetchall()
        marks = conn.execute("SELECT read_seq FROM chat_members ORDER BY chat_id").fetchall()
    assert numbered == [("10", 1, 1), ("20", 2, 2), ("30", 3, 3)]
    assert chats == [(3, False), (0, True)]
    # Nobody is told of years of unread messages.
    assert marks == [(3,), (0,)]
    assert runner.down(owner, 5) == ["0006_conversations"]
    with psycopg.connect(everything) as conn:
        assert conn.execute("SELECT count(*) FROM messages").fetchone() == (3,)
