DROP TABLE message_reactions;
REVOKE UPDATE (content, formatted_content, call, edited_at, deleted_at, deleted_by_participant_id, deleted_by_user_id,
               changed_seq) ON messages FROM convoke_app;

DROP POLICY messages_change ON messages;
DROP POLICY chat_members_create ON chat_members;
CREATE POLICY chat_members_create ON chat_members FOR INSERT
    WITH CHECK (app_is_system() OR app_leads_meeting(chat_id)
                OR ((user_id = app_user_id() OR participant_id = app_participant_id()) AND app_in_meeting(chat_id)));
DROP POLICY chat_members_change ON chat_members;
CREATE POLICY chat_members_change ON chat_members FOR UPDATE
    USING (app_is_system() OR app_leads_meeting(chat_id)
           OR user_id = app_user_id() OR participant_id = app_participant_id())
    WITH CHECK (app_is_system() OR app_leads_meeting(chat_id)
                OR ((user_id = app_user_id() OR participant_id = app_participant_id())
                    AND (left_at IS NOT NULL OR app_in_meeting(chat_id))));

DROP TRIGGER chat_members_guard ON chat_members;
DROP FUNCTION chat_members_guard();
DROP TRIGGER messages_guard ON messages;
DROP FUNCTION messages_guard();
DROP FUNCTION reactions_of(uuid, uuid);
DROP FUNCTION messages_of(uuid[], uuid[]);
DROP FUNCTION my_unread(uuid[], integer);
DROP FUNCTION my_chats(uuid, text[], timestamptz, uuid, integer);
DROP FUNCTION chat_people(uuid);
DROP FUNCTION chat_user_ids(uuid);
DROP FUNCTION touch_message(uuid, uuid, timestamptz);
DROP FUNCTION advance_chat(uuid, uuid, timestamptz);
DROP FUNCTION app_chat_role(uuid);

DROP INDEX messages_changed;
DROP INDEX messages_seq;
ALTER TABLE messages DROP COLUMN changed_seq, DROP COLUMN seq, DROP COLUMN call, DROP COLUMN formatted_content;
ALTER TABLE messages ADD COLUMN formatted_content jsonb;

DROP INDEX chat_members_present;
ALTER TABLE chat_members RESET (fillfactor);
ALTER TABLE chat_members DROP COLUMN muted_until, DROP COLUMN read_at, DROP COLUMN read_seq, DROP COLUMN role;

DROP INDEX chats_created_by;
DROP INDEX chats_pair;
ALTER TABLE chats RESET (fillfactor);
ALTER TABLE chats
    DROP COLUMN high_user, DROP COLUMN low_user, DROP COLUMN last_activity_at, DROP COLUMN last_message_id,
    DROP COLUMN last_seq, DROP COLUMN created_by, DROP COLUMN avatar_url, DROP COLUMN title;
