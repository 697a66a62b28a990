"""SQL for who is typing."""

from convoke.chat.store.messages import Connection, Row


def typist(
    conn: Connection, chat_id: str, *, user_id: str | None, participant_id: str | None, most: int
) -> Row | None:
    """A membership, whether its member may write, and the owners of the others' `user` scopes: `most`,
    and one more where there are more. Who has blocked the member, or was blocked, is not among them."""
    return conn.execute(
        """
        SELECT me.member_id::text AS my_member_id, me.user_id::text AS my_user_id,
            me.participant_id::text AS my_participant_id, me.display_name, me.left_at AS my_left_at,
            c.is_open,
            c.kind = 'direct' AND app_blocked(c.low_user, c.high_user) AS blocked,
            ARRAY(
                SELECT coalesce(o.user_id, o.participant_id)::text FROM chat_members o
                WHERE o.chat_id = c.chat_id AND o.left_at IS NULL AND o.member_id <> me.member_id
                    AND (c.kind = 'meeting' OR NOT app_blocked(me.user_id, o.user_id))
                LIMIT %(most)s + 1
            ) AS others
        FROM chats c
        JOIN LATERAL (
            SELECT m.* FROM chat_members m
            WHERE m.chat_id = c.chat_id
                AND (m.user_id = %(user)s::uuid OR m.member_id = %(participant)s::uuid)
            ORDER BY m.left_at IS NOT NULL, (m.member_id = %(participant)s::uuid) IS NOT TRUE LIMIT 1
        ) me ON true
        WHERE c.chat_id = %(chat)s
        """,
        {"chat": chat_id, "user": user_id, "participant": participant_id, "most": most},
    ).fetchone()
