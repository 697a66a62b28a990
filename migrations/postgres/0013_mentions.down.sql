DROP FUNCTION chat_people(uuid);
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
GRANT EXECUTE ON FUNCTION chat_people(uuid) TO convoke_app;

CREATE OR REPLACE FUNCTION messages_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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

ALTER TABLE messages DROP COLUMN mentions;
