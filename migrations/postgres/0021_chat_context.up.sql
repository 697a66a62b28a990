-- What decides about everything that is written in a chat, and who is to hear of it. A function keeps its plan for as
-- long as the connection lives, without a prepared statement, for which RDS Proxy would pin the connection: planning
-- this anew for each message took three quarters of its time.
--
-- One row, of the caller's own membership: the present one, and of several the one that speaks. `other` is who a
-- private message goes to, `here` the breakout room that it is said in; null where they are not there.
CREATE FUNCTION chat_context(
    chat uuid, caller uuid, participant uuid, reply uuid, recipient uuid, breakout uuid
) RETURNS TABLE (
    kind text, is_open boolean, blocked boolean, users text[],
    my_member_id text, my_participant_id text, my_user_id text, my_name text, my_role text, my_left_at timestamptz,
    recipient_participant_id text, recipient_user_id text, breakout_id text, breakout_name text, reply_found boolean
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.kind, c.is_open, c.kind = 'direct' AND app_blocked(c.low_user, c.high_user),
        CASE WHEN c.kind = 'meeting' THEN '{}' ELSE chat_user_ids(c.chat_id)::text[] END,
        me.member_id::text, me.participant_id::text, me.user_id::text,
        coalesce(now_called.display_name, me.display_name), me.role, me.left_at,
        other.participant_id::text, other.user_id::text, here.breakout_id::text, here.name,
        reply IS NULL OR EXISTS (SELECT FROM messages r WHERE r.chat_id = chat AND r.message_id = reply)
    FROM chats c
    LEFT JOIN LATERAL (
        SELECT own.* FROM chat_members own
        WHERE own.chat_id = c.chat_id AND (own.user_id = caller OR own.member_id = participant)
        ORDER BY own.left_at IS NOT NULL, (own.member_id = participant) IS NOT TRUE, own.joined_at DESC
        LIMIT 1
    ) me ON true
    LEFT JOIN users now_called ON now_called.user_id = me.user_id AND me.participant_id IS NULL
    LEFT JOIN chat_members other ON other.chat_id = c.chat_id AND other.left_at IS NULL
        AND other.member_id = recipient AND other.participant_id IS NOT NULL
    LEFT JOIN chat_breakout_members here ON here.chat_id = c.chat_id AND here.member_id = me.member_id
        AND here.breakout_id = breakout AND here.left_at IS NULL
    WHERE c.chat_id = chat;
END $$;
