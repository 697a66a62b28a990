-- Conversations: every change in a chat has a number, people talk in pairs and groups, messages change.

-- Row security is forced on the owner too: what is filled in below is done as the system.
SELECT set_config('app.role', 'system', true);

-- `last_seq` counts the changes of a chat. It is advanced in the transaction of the change, so its row lock puts
-- changes in order: who sees number N has seen all before it, and none is committed late (docs/decisions/0009).
ALTER TABLE chats
    ADD COLUMN title text CHECK (length(title) BETWEEN 1 AND 200),
    ADD COLUMN avatar_url text CHECK (length(avatar_url) <= 2000),
    ADD COLUMN created_by uuid REFERENCES users (user_id) ON DELETE SET NULL,
    ADD COLUMN last_seq bigint NOT NULL DEFAULT 0 CHECK (last_seq >= 0),
    -- The latest that every member may see: private messages are not it, nor do they count as activity.
    ADD COLUMN last_message_id uuid,
    ADD COLUMN last_activity_at timestamptz,
    -- The two of a direct chat, the lower id first.
    ADD COLUMN low_user uuid,
    ADD COLUMN high_user uuid,
    ADD CHECK (low_user < high_user),
    ADD CHECK ((low_user IS NULL) = (high_user IS NULL));
-- Each message updates its chat's row; with room on the page, that touches no index.
ALTER TABLE chats SET (fillfactor = 70);

CREATE UNIQUE INDEX chats_pair ON chats (kind, low_user, high_user) WHERE low_user IS NOT NULL;
CREATE INDEX chats_created_by ON chats (created_by) WHERE created_by IS NOT NULL;

ALTER TABLE chat_members
    ADD COLUMN role text NOT NULL DEFAULT 'member' CHECK (role IN ('admin', 'member')),
    -- Everything up to this number was read, the last of it at `read_at`. Only ever moves forward.
    ADD COLUMN read_seq bigint NOT NULL DEFAULT 0 CHECK (read_seq >= 0),
    ADD COLUMN read_at timestamptz,
    ADD COLUMN muted_until timestamptz;
ALTER TABLE chat_members SET (fillfactor = 80);

CREATE INDEX chat_members_present ON chat_members (chat_id) WHERE left_at IS NULL;

-- Never written until now.
ALTER TABLE messages DROP COLUMN formatted_content;
ALTER TABLE messages
    ADD COLUMN formatted_content text CHECK (length(formatted_content) <= 16000),
    ADD COLUMN call jsonb,
    -- The chat's number at the birth of the message, and at its latest change.
    ADD COLUMN seq bigint,
    ADD COLUMN changed_seq bigint;

CREATE POLICY messages_change ON messages FOR UPDATE USING (app_is_system());
UPDATE messages m SET seq = numbered.seq, changed_seq = numbered.seq
FROM (SELECT chat_id, message_id, row_number() OVER (PARTITION BY chat_id ORDER BY message_id) AS seq
      FROM messages) numbered
WHERE m.chat_id = numbered.chat_id AND m.message_id = numbered.message_id;
UPDATE chats c SET
    last_seq = coalesce((SELECT max(m.seq) FROM messages m WHERE m.chat_id = c.chat_id), 0),
    last_message_id = (
        SELECT m.message_id FROM messages m WHERE m.chat_id = c.chat_id AND m.recipient_participant_id IS NULL
        ORDER BY m.seq DESC LIMIT 1),
    last_activity_at = greatest(c.created_at, (
        SELECT max(m.created_at) FROM messages m WHERE m.chat_id = c.chat_id AND m.recipient_participant_id IS NULL));
-- Nobody is told that years of messages are unread.
UPDATE chat_members m SET read_seq = c.last_seq, read_at = coalesce(m.left_at, c.last_activity_at)
FROM chats c WHERE c.chat_id = m.chat_id;

ALTER TABLE chats ALTER COLUMN last_activity_at SET NOT NULL;
ALTER TABLE messages ALTER COLUMN seq SET NOT NULL, ALTER COLUMN changed_seq SET NOT NULL;
CREATE UNIQUE INDEX messages_seq ON messages (chat_id, seq);
CREATE UNIQUE INDEX messages_changed ON messages (chat_id, changed_seq);

CREATE TABLE message_reactions (
    chat_id    uuid NOT NULL,
    message_id uuid NOT NULL,
    emoji      text NOT NULL CHECK (length(emoji) BETWEEN 1 AND 32),
    member_id  uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (chat_id, message_id, emoji, member_id),
    FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, message_id) ON DELETE CASCADE
) PARTITION BY HASH (chat_id);

DO $$
BEGIN
    FOR remainder IN 0..15 LOOP
        EXECUTE format('CREATE TABLE message_reactions_%s PARTITION OF message_reactions'
                       ' FOR VALUES WITH (MODULUS 16, REMAINDER %s)', remainder, remainder);
        EXECUTE format('ALTER TABLE message_reactions_%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', remainder);
        EXECUTE format('REVOKE ALL ON message_reactions_%s FROM PUBLIC, convoke_app', remainder);
    END LOOP;
END
$$;

-- What the caller is in a chat: 'admin' or 'member'; NULL for who is not in it (any more).
CREATE FUNCTION app_chat_role(chat uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer text;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT min(m.role) INTO answer FROM chat_members m
    WHERE m.chat_id = chat AND m.left_at IS NULL
      AND (m.user_id = app_user_id() OR (m.member_id = app_participant_id() AND m.participant_id IS NOT NULL));
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- The next number of a chat, with its row held until the commit. With a message that all may see: that is the
-- latest now. For who is in the chat, leads its meeting, or is the system.
CREATE FUNCTION advance_chat(chat uuid, message uuid, at timestamptz) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    reached bigint;
BEGIN
    IF NOT (app_is_system() OR coalesce(app_chat_until(chat) = 'infinity', false) OR app_leads_meeting(chat)) THEN
        RAISE EXCEPTION 'not in this chat' USING ERRCODE = 'CV403';
    END IF;
    PERFORM set_config('app.role', 'system', true);
    UPDATE chats c SET last_seq = c.last_seq + 1,
        last_message_id = coalesce(message, c.last_message_id),
        last_activity_at = CASE WHEN message IS NULL THEN c.last_activity_at ELSE greatest(c.last_activity_at, at) END
    WHERE c.chat_id = chat RETURNING c.last_seq INTO reached;
    PERFORM set_config('app.role', caller_role, true);
    RETURN reached;
END $$;

-- The same for a change of a message that the caller can see: it gets the number. A deleted one is changed by the
-- system alone; looked at under the lock, so that no number is given for what does not happen.
CREATE FUNCTION touch_message(chat uuid, message uuid, at timestamptz) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    reached bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM messages m WHERE m.chat_id = chat AND m.message_id = message) THEN
        RAISE EXCEPTION 'no such message' USING ERRCODE = 'CV404';
    END IF;
    reached := advance_chat(chat, NULL, at);
    PERFORM set_config('app.role', 'system', true);
    UPDATE messages m SET changed_seq = reached
    WHERE m.chat_id = chat AND m.message_id = message AND (m.deleted_at IS NULL OR caller_role = 'system');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the message was deleted' USING ERRCODE = 'CV410';
    END IF;
    PERFORM set_config('app.role', caller_role, true);
    RETURN reached;
END $$;

-- The users who are in a chat, for who is in it: whom its events go to.
CREATE FUNCTION chat_user_ids(chat uuid) RETURNS uuid[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer uuid[];
BEGIN
    IF NOT (app_is_system() OR coalesce(app_chat_until(chat) = 'infinity', false) OR app_leads_meeting(chat)) THEN
        RETURN '{}';
    END IF;
    PERFORM set_config('app.role', 'system', true);
    SELECT coalesce(array_agg(m.user_id), '{}') INTO answer FROM chat_members m
    WHERE m.chat_id = chat AND m.left_at IS NULL AND m.user_id IS NOT NULL;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- Who is in a chat, with names and pictures as they are now (in a meeting's chat the names of the meeting), for
-- who is in it. Under the members' policy, which asks for every row, 1,024 of them would take 30 ms.
CREATE FUNCTION chat_people(chat uuid) RETURNS TABLE (
    member_id uuid, user_id uuid, participant_id uuid, display_name text, avatar_url text, role text,
    joined_at timestamptz, left_at timestamptz, read_seq bigint, read_at timestamptz
) LANGUAGE plpgsql STABLE ROWS 10 AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
BEGIN
    IF NOT (app_is_system() OR coalesce(app_chat_until(chat) = 'infinity', false) OR app_leads_meeting(chat)) THEN
        RETURN;
    END IF;
    PERFORM set_config('app.role', 'system', true);
    RETURN QUERY
        SELECT m.member_id, m.user_id, m.participant_id,
               CASE WHEN m.participant_id IS NULL THEN coalesce(u.display_name, m.display_name) ELSE m.display_name END,
               u.avatar_url, m.role, m.joined_at, m.left_at, m.read_seq, m.read_at
        FROM chat_members m LEFT JOIN users u ON u.user_id = m.user_id
        WHERE m.chat_id = chat AND m.left_at IS NULL
        ORDER BY m.joined_at, m.member_id;
    PERFORM set_config('app.role', caller_role, true);
END $$;

-- The caller's own chats, latest activity first, and below a place in that order; or one of them by its id. Who has
-- left a group has it no more in the list; a meeting's chat stays. A direct chat without a message is its maker's.
CREATE FUNCTION my_chats(one uuid, kinds text[], before_at timestamptz, before_id uuid, most integer) RETURNS TABLE (
    chat_id uuid, kind text, title text, avatar_url text, is_open boolean, created_at timestamptz,
    last_seq bigint, last_message_id uuid, last_activity_at timestamptz, low_user uuid, high_user uuid,
    member_count bigint, member_id uuid, role text, left_at timestamptz, read_seq bigint, read_at timestamptz,
    muted_until timestamptz, peer_id uuid, peer_name text, peer_username text, peer_avatar_url text
) LANGUAGE plpgsql STABLE ROWS 50 AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    me uuid := app_user_id();
    me_here uuid := app_participant_id();
    wanted uuid[] := ARRAY[one];
BEGIN
    PERFORM set_config('app.role', 'system', true);
    IF one IS NULL THEN
        SELECT array_agg(page.chat_id ORDER BY page.last_activity_at DESC, page.chat_id DESC) INTO wanted FROM (
            SELECT c.chat_id, c.last_activity_at
            FROM chat_members m JOIN chats c ON c.chat_id = m.chat_id
            WHERE m.user_id = me AND c.kind = ANY (kinds)
              AND (m.left_at IS NULL OR c.kind = 'meeting')
              AND (c.kind <> 'direct' OR c.last_message_id IS NOT NULL OR c.created_by = me)
              AND (before_at IS NULL OR (c.last_activity_at, c.chat_id) < (before_at, before_id))
            ORDER BY c.last_activity_at DESC, c.chat_id DESC LIMIT most
        ) page;
    END IF;
    RETURN QUERY
        SELECT c.chat_id, c.kind, c.title, c.avatar_url, c.is_open, c.created_at,
               c.last_seq, c.last_message_id, c.last_activity_at, c.low_user, c.high_user,
               (SELECT count(*) FROM chat_members p WHERE p.chat_id = c.chat_id AND p.left_at IS NULL),
               mine.member_id, mine.role, mine.left_at, mine.read_seq, mine.read_at, mine.muted_until,
               peer.user_id, peer.display_name, peer.username, peer.avatar_url
        FROM unnest(wanted) WITH ORDINALITY AS asked (id, place)
        JOIN chats c ON c.chat_id = asked.id
        CROSS JOIN LATERAL (
            SELECT m.* FROM chat_members m
            WHERE m.chat_id = c.chat_id AND (m.user_id = me OR (m.member_id = me_here AND m.participant_id IS NOT NULL))
            ORDER BY m.left_at IS NOT NULL, m.joined_at DESC LIMIT 1
        ) mine
        LEFT JOIN users peer ON peer.user_id = CASE me WHEN c.low_user THEN c.high_user WHEN c.high_user THEN c.low_user END
        ORDER BY asked.place;
    PERFORM set_config('app.role', caller_role, true);
END $$;

-- How much the caller has not read in each of these chats, and for which state of chat and mark that holds: not the
-- own messages, deleted ones, those of the system, nor private ones of others. At most `most`.
CREATE FUNCTION my_unread(chats_asked uuid[], most integer)
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

-- What the caller sees of these messages; and who has reacted to one of them how, in the order in which they came.
-- Functions, because their plans are kept: that of a query over sixteen partitions takes longer than its run.
CREATE FUNCTION messages_of(chats_asked uuid[], messages_asked uuid[]) RETURNS SETOF messages
LANGUAGE plpgsql STABLE ROWS 50 AS $$
BEGIN
    RETURN QUERY
        SELECT m.* FROM unnest(chats_asked, messages_asked) AS asked (chat_id, message_id)
        JOIN messages m ON m.chat_id = asked.chat_id AND m.message_id = asked.message_id;
END $$;

CREATE FUNCTION reactions_of(chat uuid, message uuid) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer json;
BEGIN
    IF NOT EXISTS (SELECT FROM messages m WHERE m.chat_id = chat AND m.message_id = message) THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('app.role', 'system', true);
    SELECT json_object_agg(given.emoji, given.members ORDER BY given.first, given.emoji) INTO answer FROM (
        SELECT r.emoji, json_agg(r.member_id ORDER BY r.created_at, r.member_id) AS members, min(r.created_at) AS first
        FROM message_reactions r WHERE r.chat_id = chat AND r.message_id = message GROUP BY r.emoji
    ) given;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- Row security says which rows may be changed, these say what of them. The system may change what it wants.
CREATE FUNCTION messages_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'convoke_app' OR public.app_is_system() THEN
        RETURN NEW;
    END IF;
    IF OLD.deleted_at IS NOT NULL THEN
        RAISE insufficient_privilege USING MESSAGE = 'a deleted message stays as it is';
    END IF;
    IF (NEW.content, NEW.formatted_content, NEW.edited_at, NEW.call)
           IS DISTINCT FROM (OLD.content, OLD.formatted_content, OLD.edited_at, OLD.call)
       AND coalesce(OLD.sender_user_id = public.app_user_id(), false) IS FALSE
       AND coalesce(OLD.sender_participant_id = public.app_participant_id(), false) IS FALSE THEN
        RAISE insufficient_privilege USING MESSAGE = 'only its sender changes what a message says';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER messages_guard BEFORE UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION messages_guard();

CREATE FUNCTION chat_members_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.role IS DISTINCT FROM OLD.role AND current_user = 'convoke_app' AND NOT public.app_is_system() THEN
        RAISE insufficient_privilege USING MESSAGE = 'a role is not one''s own to change';
    END IF;
    -- A later reader that comes first is no reason to forget what was read.
    NEW.read_seq := greatest(NEW.read_seq, OLD.read_seq);
    RETURN NEW;
END
$$;
CREATE TRIGGER chat_members_guard BEFORE UPDATE ON chat_members FOR EACH ROW EXECUTE FUNCTION chat_members_guard();

DROP POLICY messages_change ON messages;
CREATE POLICY messages_change ON messages FOR UPDATE
    USING (app_is_system()
           OR ((sender_participant_id = app_participant_id() OR sender_user_id = app_user_id())
               AND app_chat_until(chat_id) = 'infinity')
           OR app_chat_role(chat_id) = 'admin' OR app_leads_meeting(chat_id));

-- As before, and: nobody comes in as an admin; marks are moved in chats of every kind, by who is in.
DROP POLICY chat_members_create ON chat_members;
CREATE POLICY chat_members_create ON chat_members FOR INSERT
    WITH CHECK (app_is_system() OR (role = 'member' AND (
        app_leads_meeting(chat_id)
        OR ((user_id = app_user_id() OR participant_id = app_participant_id()) AND app_in_meeting(chat_id)))));
DROP POLICY chat_members_change ON chat_members;
CREATE POLICY chat_members_change ON chat_members FOR UPDATE
    USING (app_is_system() OR app_leads_meeting(chat_id)
           OR user_id = app_user_id() OR participant_id = app_participant_id())
    WITH CHECK (app_is_system() OR app_leads_meeting(chat_id)
                OR ((user_id = app_user_id() OR participant_id = app_participant_id())
                    AND (left_at IS NOT NULL OR app_in_meeting(chat_id)
                         OR coalesce(app_chat_until(chat_id) = 'infinity', false))));

ALTER TABLE message_reactions ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- Seen with their message.
CREATE POLICY message_reactions_read ON message_reactions FOR SELECT
    USING (app_is_system() OR EXISTS (
        SELECT FROM messages m WHERE m.chat_id = message_reactions.chat_id AND m.message_id = message_reactions.message_id));
CREATE POLICY message_reactions_create ON message_reactions FOR INSERT
    WITH CHECK (app_is_system() OR (
        EXISTS (SELECT FROM chat_members m
                WHERE m.chat_id = message_reactions.chat_id AND m.member_id = message_reactions.member_id AND m.left_at IS NULL
                  AND (m.user_id = app_user_id() OR m.participant_id = app_participant_id()))
        AND EXISTS (SELECT FROM messages m
                    WHERE m.chat_id = message_reactions.chat_id AND m.message_id = message_reactions.message_id
                      AND m.deleted_at IS NULL)));
CREATE POLICY message_reactions_delete ON message_reactions FOR DELETE
    USING (app_is_system() OR EXISTS (
        SELECT FROM chat_members m
        WHERE m.chat_id = message_reactions.chat_id AND m.member_id = message_reactions.member_id AND m.left_at IS NULL
          AND (m.user_id = app_user_id() OR m.participant_id = app_participant_id())));

GRANT UPDATE (content, formatted_content, call, edited_at, deleted_at, deleted_by_participant_id, deleted_by_user_id,
              changed_seq) ON messages TO convoke_app;
GRANT SELECT, INSERT, DELETE ON message_reactions TO convoke_app;
GRANT EXECUTE ON FUNCTION app_chat_role(uuid), advance_chat(uuid, uuid, timestamptz),
    touch_message(uuid, uuid, timestamptz), chat_user_ids(uuid), chat_people(uuid),
    my_chats(uuid, text[], timestamptz, uuid, integer), my_unread(uuid[], integer),
    messages_of(uuid[], uuid[]), reactions_of(uuid, uuid) TO convoke_app;
SELECT set_config('app.role', '', true);
