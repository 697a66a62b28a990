-- Without its room a message would be everybody's.
SELECT set_config('app.role', 'system', true);
DELETE FROM messages WHERE breakout_id IS NOT NULL;
SELECT set_config('app.role', '', true);

CREATE OR REPLACE FUNCTION search_messages(asked text, one_chat uuid, before uuid, most integer)
RETURNS TABLE (chat_id uuid, message_id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    me uuid := app_user_id();
    me_here uuid := app_participant_id();
    wanted tsquery := search_query_of(asked);
BEGIN
    IF wanted IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT mine.chat_id, found.message_id
        FROM (SELECT m.chat_id, max(coalesce(m.left_at, 'infinity')) AS until, array_agg(m.member_id) AS members
              FROM chat_members m
              WHERE (m.user_id = me OR (m.member_id = me_here AND m.participant_id IS NOT NULL))
                AND (one_chat IS NULL OR m.chat_id = one_chat)
              GROUP BY m.chat_id) mine
        CROSS JOIN LATERAL (
            SELECT s.message_id FROM messages s
            WHERE s.chat_id = mine.chat_id AND s.search @@ wanted AND s.deleted_at IS NULL
              AND s.search @@ websearch_to_tsquery(s.search_language, asked)
              AND s.created_at <= mine.until AND s.type <> 'system'
              AND (before IS NULL OR s.message_id < before)
              AND (s.recipient_participant_id IS NULL OR s.recipient_participant_id = ANY (mine.members)
                   OR s.sender_id = ANY (mine.members) OR s.recipient_user_id = me OR s.sender_user_id = me)
            ORDER BY s.message_id DESC LIMIT most
        ) found
        ORDER BY found.message_id DESC LIMIT most;
END $$;

CREATE OR REPLACE FUNCTION my_unread(chats_asked uuid[], most integer)
RETURNS TABLE (chat_id uuid, last_seq bigint, read_seq bigint, unread bigint) LANGUAGE plpgsql STABLE ROWS 50 AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    me uuid := app_user_id();
    me_here uuid := app_participant_id();
BEGIN
    PERFORM set_config('app.role', 'system', true);
    RETURN QUERY
        SELECT c.chat_id, c.last_seq, mine.read_seq, (
            SELECT count(*) FROM (
                SELECT FROM messages x
                WHERE x.chat_id = c.chat_id AND x.seq > mine.read_seq
                  AND x.type <> 'system' AND x.deleted_at IS NULL
                  AND x.sender_id IS DISTINCT FROM mine.member_id
                  AND (x.recipient_participant_id IS NULL OR x.recipient_participant_id = mine.member_id
                       OR x.recipient_user_id = mine.user_id)
                LIMIT most
            ) found)
        FROM unnest(chats_asked) AS asked (id)
        JOIN chats c ON c.chat_id = asked.id
        CROSS JOIN LATERAL (
            SELECT m.* FROM chat_members m
            WHERE m.chat_id = c.chat_id AND m.left_at IS NULL
              AND (m.user_id = me OR (m.member_id = me_here AND m.participant_id IS NOT NULL))
            ORDER BY m.joined_at DESC LIMIT 1
        ) mine;
    PERFORM set_config('app.role', caller_role, true);
END $$;

DROP POLICY messages_create ON messages;
CREATE POLICY messages_create ON messages FOR INSERT
    WITH CHECK (app_is_system() OR (
        (sender_participant_id = app_participant_id() OR sender_user_id = app_user_id())
        AND app_chat_until(chat_id) = 'infinity'));
DROP POLICY messages_read ON messages;
CREATE POLICY messages_read ON messages FOR SELECT
    USING (app_is_system() OR (
        (recipient_participant_id IS NULL
         OR sender_participant_id = app_participant_id() OR sender_user_id = app_user_id()
         OR recipient_participant_id = app_participant_id() OR recipient_user_id = app_user_id())
        AND greatest(created_at, edited_at) <= app_chat_until(chat_id)));

DROP TRIGGER chat_members_leave_breakout ON chat_members;
DROP FUNCTION chat_members_leave_breakout();
DROP FUNCTION app_breakout_until(uuid, uuid);
DROP TABLE chat_breakout_members;
ALTER TABLE messages DROP COLUMN breakout_name, DROP COLUMN breakout_id;
