"""It lets who is in a room into its chat; on the way back nothing of a room becomes everybody's."""

import psycopg

from migrations import runner

NUMBER = next(one.version for one in runner.read() if one.name == "breakout_chats")
CHAT, ADA, BOB, ROOM = (f"00000000-0000-7000-8000-0000000000{number:02}" for number in (1, 2, 3, 4))
SAID = """
    INSERT INTO messages (chat_id, message_id, client_id, sender_id, sender_name, content, created_at, seq,
        changed_seq, reply_to{more})
    SELECT %s, %s, %s, %s, 'Ada', %s, now(), %s, %s, %s{values}
    """


def _meet(conn: psycopg.Connection[tuple[object, ...]]) -> None:
    """Ada is in a room, Bob in the main one."""
    conn.execute(
        "INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
        " VALUES (%s, 'ada@example.org', 'Ada', now(), now())",
        (ADA,),
    )
    conn.execute(
        "INSERT INTO meetings (meeting_id, host_user_id, code, title, meeting_type, status, created_at,"
        " updated_at) VALUES (%s, %s, 'abc-defg-hjk', 'Plans', 'instant', 'active', now(), now())",
        (CHAT, ADA),
    )
    conn.execute(
        "INSERT INTO chats (chat_id, kind, last_activity_at, created_at, updated_at)"
        " VALUES (%s, 'meeting', now(), now(), now())",
        (CHAT,),
    )
    conn.execute("INSERT INTO breakouts VALUES (%s, 'open', false, NULL, now(), NULL, now(), now())", (CHAT,))
    conn.execute("INSERT INTO breakout_rooms VALUES (%s, %s, 1, 'Red')", (ROOM, CHAT))
    for person, room in ((ADA, ROOM), (BOB, None)):
        conn.execute(
            "INSERT INTO meeting_participants (participant_id, meeting_id, display_name, role, status,"
            " breakout_id, created_at, updated_at)"
            " VALUES (%s, %s, 'Ada', 'participant', 'joined', %s, now(), now())",
            (person, CHAT, room),
        )
        conn.execute(
            "INSERT INTO chat_members (chat_id, member_id, participant_id, display_name, joined_at)"
            " VALUES (%s, %s, %s, 'Ada', now())",
            (CHAT, person, person),
        )


def test_people_in_a_room_come_into_its_chat_and_on_the_way_back_nobody_else_does(
    owned: tuple[str, str],
) -> None:
    owner, everything = owned
    runner.up(owner, NUMBER - 1)
    with psycopg.connect(everything) as conn:
        _meet(conn)
    runner.up(owner, NUMBER)
    with psycopg.connect(everything) as conn:
        inside = conn.execute(
            "SELECT member_id::text, breakout_id::text, name FROM chat_breakout_members"
        ).fetchall()
        assert inside == [(ADA, ROOM, "Red")]
        first, second = (f"00000000-0000-7000-8000-0000000001{number:02}" for number in (1, 2))
        in_room = SAID.format(more=", breakout_id, breakout_name", values=", %s, 'Red'")
        conn.execute(in_room, (CHAT, first, "a", ADA, "for us", 1, 1, None, ROOM))
        conn.execute(SAID.format(more="", values=""), (CHAT, second, "b", ADA, "for all", 2, 2, first))
        conn.execute("INSERT INTO message_reactions VALUES (%s, %s, '👍', %s, now())", (CHAT, first, ADA))
    assert runner.down(owner, NUMBER - 1) == [f"{NUMBER:04}_breakout_chats"]
    with psycopg.connect(everything) as conn:
        left = conn.execute("SELECT content, reply_to FROM messages").fetchall()
    assert left == [("for all", None)]
