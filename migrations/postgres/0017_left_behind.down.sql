DROP POLICY messages_read ON messages;
CREATE POLICY messages_read ON messages FOR SELECT
    USING (app_is_system() OR (
        (recipient_participant_id IS NULL
         OR sender_participant_id = app_participant_id() OR sender_user_id = app_user_id()
         OR recipient_participant_id = app_participant_id() OR recipient_user_id = app_user_id())
        AND created_at <= app_chat_until(chat_id)));
