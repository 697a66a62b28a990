-- Each breakout room has a chat of its own within the meeting's: a message says which room it was said in, and who has
-- been in that room may read what was said there until they left it (docs/decisions/0014).

-- As a room was called when it was said: rooms are gone when a host makes others, what was said in them is not.
ALTER TABLE messages
    ADD COLUMN breakout_id uuid,
    ADD COLUMN breakout_name text CHECK (length(breakout_name) BETWEEN 1 AND 60),
    ADD CHECK ((breakout_id IS NULL) = (breakout_name IS NULL)),
    ADD CHECK (breakout_id IS NULL OR recipient_participant_id IS NULL);

-- Who is or was in which room, one row however often they come. Like the chat it outlives the meeting's rows, so the
-- room is no foreign key and its name is kept here.
CREATE TABLE chat_breakout_members (
    chat_id     uuid NOT NULL,
    member_id   uuid NOT NULL,
    breakout_id uuid NOT NULL,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
    left_at     timestamptz,
    PRIMARY KEY (chat_id, member_id, breakout_id),
    FOREIGN KEY (chat_id, member_id) REFERENCES chat_members (chat_id, member_id) ON DELETE CASCADE
);
-- Nobody is in two rooms.
CREATE UNIQUE INDEX chat_breakout_members_present ON chat_breakout_members (chat_id, member_id) WHERE left_at IS NULL;
CREATE INDEX chat_breakout_members_room ON chat_breakout_members (chat_id, breakout_id);

-- People who are in a room at this moment are let into its chat.
SELECT set_config('app.role', 'system', true);
INSERT INTO chat_breakout_members (chat_id, member_id, breakout_id, name)
SELECT m.chat_id, m.member_id, r.room_id, r.name
FROM meeting_participants p
JOIN breakout_rooms r ON r.room_id = p.breakout_id
JOIN chat_members m ON m.chat_id = p.meeting_id AND m.member_id = p.participant_id AND m.left_at IS NULL
WHERE p.status = 'joined';
SELECT set_config('app.role', '', true);

-- Until when the caller may read a room's chat, as app_chat_until says it of a whole one: 'infinity' for who is in the
-- room, the moment of leaving for who was, NULL for everybody else, hosts included.
CREATE FUNCTION app_breakout_until(chat uuid, breakout uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer timestamptz;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT max(coalesce(b.left_at, 'infinity')) INTO answer FROM (
        SELECT m.member_id FROM chat_members m WHERE m.chat_id = chat AND m.user_id = app_user_id()
        UNION ALL
        SELECT m.member_id FROM chat_members m
        WHERE m.chat_id = chat AND m.member_id = app_participant_id() AND m.participant_id IS NOT NULL
    ) mine
    JOIN chat_breakout_members b ON b.chat_id = chat AND b.member_id = mine.member_id AND b.breakout_id = breakout;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- Who leaves the chat, whichever way, leaves the room: coming back into the meeting is not coming back into it.
CREATE FUNCTION chat_members_leave_breakout() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    UPDATE public.chat_breakout_members b SET left_at = NEW.left_at
    WHERE b.chat_id = NEW.chat_id AND b.member_id = NEW.member_id AND b.left_at IS NULL;
    PERFORM set_config('app.role', caller_role, true);
    RETURN NULL;
END $$;
CREATE TRIGGER chat_members_leave_breakout AFTER UPDATE OF left_at ON chat_members FOR EACH ROW
    WHEN (OLD.left_at IS NULL AND NEW.left_at IS NOT NULL) EXECUTE FUNCTION chat_members_leave_breakout();

ALTER TABLE chat_breakout_members ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Who is where stands in the roster. Who moves people are the system and those who lead the meeting.
CREATE POLICY chat_breakout_members_read ON chat_breakout_members FOR SELECT
    USING (app_is_system() OR app_chat_until(chat_id) = 'infinity');
CREATE POLICY chat_breakout_members_lead ON chat_breakout_members
    USING (app_is_system() OR app_leads_meeting(chat_id));

-- As before, and: what was said in a breakout room is there for who was in it then or came into it later.
DROP POLICY messages_read ON messages;
CREATE POLICY messages_read ON messages FOR SELECT
    USING (app_is_system() OR (
        (recipient_participant_id IS NULL
         OR sender_participant_id = app_participant_id() OR sender_user_id = app_user_id()
         OR recipient_participant_id = app_participant_id() OR recipient_user_id = app_user_id())
        AND (breakout_id IS NULL OR greatest(created_at, edited_at) <= app_breakout_until(chat_id, breakout_id))
        AND greatest(created_at, edited_at) <= app_chat_until(chat_id)));
DROP POLICY messages_create ON messages;
CREATE POLICY messages_create ON messages FOR INSERT
    WITH CHECK (app_is_system() OR (
        (sender_participant_id = app_participant_id() OR sender_user_id = app_user_id())
        AND (breakout_id IS NULL OR app_breakout_until(chat_id, breakout_id) = 'infinity')
        AND app_chat_until(chat_id) = 'infinity'));

-- The same of what is counted and of what is searched.
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
                  AND (x.breakout_id IS NULL OR greatest(x.created_at, x.edited_at) <= app_breakout_until(x.chat_id, x.breakout_id))
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
              AND (s.breakout_id IS NULL OR greatest(s.created_at, s.edited_at) <= app_breakout_until(mine.chat_id, s.breakout_id))
            ORDER BY s.message_id DESC LIMIT most
        ) found
        ORDER BY found.message_id DESC LIMIT most;
END $$;

GRANT SELECT, INSERT, UPDATE ON chat_breakout_members TO convoke_app;
GRANT EXECUTE ON FUNCTION app_breakout_until(uuid, uuid) TO convoke_app;
