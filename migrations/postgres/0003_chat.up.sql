-- Chats of every kind, who is in them, and what was said. A meeting's chat has the meeting's id.

CREATE TABLE chats (
    chat_id    uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('meeting', 'direct', 'group', 'connection')),
    is_open    boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- `member_id` is the participant in a meeting's chat and the user in all others. A chat outlives its meeting's rows
-- (retention differs), so participants are no foreign key. Who left reads what was said until then.
CREATE TABLE chat_members (
    chat_id        uuid NOT NULL REFERENCES chats (chat_id) ON DELETE CASCADE,
    member_id      uuid NOT NULL,
    participant_id uuid,
    user_id        uuid REFERENCES users (user_id) ON DELETE SET NULL,
    display_name   text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    joined_at      timestamptz NOT NULL,
    left_at        timestamptz,
    PRIMARY KEY (chat_id, member_id),
    CHECK (participant_id IS NULL OR participant_id = member_id)
);

CREATE INDEX chat_members_user ON chat_members (user_id, chat_id) WHERE user_id IS NOT NULL;

-- Ordered by `message_id`, a UUIDv7. `client_id` is the sender's own name for the message: sent twice, stored once.
CREATE TABLE messages (
    chat_id                uuid NOT NULL REFERENCES chats (chat_id) ON DELETE CASCADE,
    message_id             uuid NOT NULL,
    client_id              text NOT NULL CHECK (length(client_id) BETWEEN 1 AND 64),
    type                   text NOT NULL DEFAULT 'text'
                           CHECK (type IN ('text', 'file', 'image', 'video', 'audio', 'call', 'system')),
    -- No sender: the product itself, in system messages.
    sender_id              uuid,
    sender_participant_id  uuid,
    sender_user_id         uuid REFERENCES users (user_id) ON DELETE SET NULL,
    sender_name            text NOT NULL CHECK (length(sender_name) <= 200),
    content                text NOT NULL CHECK (length(content) <= 4000),
    formatted_content      jsonb,
    reply_to               uuid,
    recipient_participant_id uuid,
    recipient_user_id      uuid REFERENCES users (user_id) ON DELETE SET NULL,
    created_at             timestamptz NOT NULL,
    edited_at              timestamptz,
    deleted_at             timestamptz,
    deleted_by_participant_id uuid,
    deleted_by_user_id     uuid REFERENCES users (user_id) ON DELETE SET NULL,
    PRIMARY KEY (chat_id, message_id),
    UNIQUE (chat_id, sender_id, client_id),
    FOREIGN KEY (chat_id, reply_to) REFERENCES messages (chat_id, message_id) ON DELETE SET NULL (reply_to),
    CHECK (sender_id IS NOT NULL OR type = 'system')
) PARTITION BY HASH (chat_id);

-- Row security of the parent does not guard its partitions: they have their own, without a policy, and no grant.
DO $$
BEGIN
    FOR remainder IN 0..15 LOOP
        EXECUTE format('CREATE TABLE messages_%s PARTITION OF messages FOR VALUES WITH (MODULUS 16, REMAINDER %s)',
                       remainder, remainder);
        EXECUTE format('ALTER TABLE messages_%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', remainder);
        EXECUTE format('REVOKE ALL ON messages_%s FROM PUBLIC, convoke_app', remainder);
    END LOOP;
END
$$;

CREATE INDEX messages_sender_user ON messages (sender_user_id) WHERE sender_user_id IS NOT NULL;
CREATE INDEX messages_recipient_user ON messages (recipient_user_id) WHERE recipient_user_id IS NOT NULL;
CREATE INDEX messages_replies ON messages (chat_id, reply_to) WHERE reply_to IS NOT NULL;

-- Until when the caller may read a chat: 'infinity' for a member, the moment of leaving for who has left, NULL for
-- strangers. Reads as the system for one query, like app_in_meeting and for the same reason.
CREATE FUNCTION app_chat_until(chat uuid) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer timestamptz;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT max(coalesce(mine.left_at, 'infinity')) INTO answer FROM (
        SELECT m.left_at FROM chat_members m WHERE m.chat_id = chat AND m.user_id = app_user_id()
        UNION ALL
        SELECT m.left_at FROM chat_members m
        WHERE m.chat_id = chat AND m.member_id = app_participant_id() AND m.participant_id IS NOT NULL
    ) mine;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

ALTER TABLE chats ENABLE ROW LEVEL SECURITY;
ALTER TABLE chats FORCE ROW LEVEL SECURITY;
ALTER TABLE chat_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE chat_members FORCE ROW LEVEL SECURITY;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;

CREATE POLICY chats_read ON chats FOR SELECT
    USING (app_is_system() OR app_chat_until(chat_id) IS NOT NULL OR app_leads_meeting(chat_id));
CREATE POLICY chats_create ON chats FOR INSERT
    WITH CHECK (app_is_system() OR (kind = 'meeting' AND app_leads_meeting(chat_id)));
CREATE POLICY chats_change ON chats FOR UPDATE
    USING (app_is_system() OR (kind = 'meeting' AND app_leads_meeting(chat_id)));
CREATE POLICY chats_delete ON chats FOR DELETE USING (app_is_system());

CREATE POLICY chat_members_read ON chat_members FOR SELECT
    USING (app_is_system() OR user_id = app_user_id() OR participant_id = app_participant_id()
           OR app_chat_until(chat_id) = 'infinity' OR app_leads_meeting(chat_id));
-- Into a meeting's chat comes whom the meeting has let in: by the system, by a host, or by coming back oneself.
CREATE POLICY chat_members_create ON chat_members FOR INSERT
    WITH CHECK (app_is_system() OR app_leads_meeting(chat_id)
                OR ((user_id = app_user_id() OR participant_id = app_participant_id()) AND app_in_meeting(chat_id)));
CREATE POLICY chat_members_change ON chat_members FOR UPDATE
    USING (app_is_system() OR app_leads_meeting(chat_id)
           OR user_id = app_user_id() OR participant_id = app_participant_id())
    WITH CHECK (app_is_system() OR app_leads_meeting(chat_id)
                OR ((user_id = app_user_id() OR participant_id = app_participant_id())
                    AND (left_at IS NOT NULL OR app_in_meeting(chat_id))));
CREATE POLICY chat_members_delete ON chat_members FOR DELETE USING (app_is_system());

-- A private message is there for the two concerned and for nobody else, hosts included.
CREATE POLICY messages_read ON messages FOR SELECT
    USING (app_is_system() OR (
        (recipient_participant_id IS NULL
         OR sender_participant_id = app_participant_id() OR sender_user_id = app_user_id()
         OR recipient_participant_id = app_participant_id() OR recipient_user_id = app_user_id())
        AND created_at <= app_chat_until(chat_id)));
CREATE POLICY messages_create ON messages FOR INSERT
    WITH CHECK (app_is_system() OR (
        (sender_participant_id = app_participant_id() OR sender_user_id = app_user_id())
        AND app_chat_until(chat_id) = 'infinity'));
CREATE POLICY messages_delete ON messages FOR DELETE USING (app_is_system());

GRANT SELECT, INSERT, UPDATE, DELETE ON chats, chat_members TO convoke_app;
GRANT SELECT, INSERT, DELETE ON messages TO convoke_app;
GRANT EXECUTE ON FUNCTION app_chat_until(uuid) TO convoke_app;
