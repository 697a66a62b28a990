-- Files that people send, and full-text search over what they say (docs/decisions/0010).

CREATE TABLE files (
    file_id        uuid PRIMARY KEY,
    owner_id       uuid REFERENCES users (user_id) ON DELETE SET NULL,
    purpose        text NOT NULL DEFAULT 'message' CHECK (purpose IN ('message', 'avatar')),
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    size           bigint NOT NULL CHECK (size > 0),
    content_type   text NOT NULL CHECK (length(content_type) <= 127),
    kind           text NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'file')),
    -- pending: a link for upload was given. checking: the bytes are there. Only what is ready is handed out.
    status         text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'checking', 'ready', 'refused')),
    reason         text CHECK (length(reason) <= 40),
    width          integer CHECK (width > 0),
    height         integer CHECK (height > 0),
    has_thumbnail  boolean NOT NULL DEFAULT false,
    chat_id        uuid,
    message_id     uuid,
    created_at     timestamptz NOT NULL,
    -- Whoever checks has it until then; a check that died is begun again by another.
    checked_until  timestamptz,
    checked_at     timestamptz,
    -- Objects first, then the row: the sweep removes both.
    deleted_at     timestamptz,
    CHECK ((chat_id IS NULL) = (message_id IS NULL)),
    CHECK ((status = 'refused') = (reason IS NOT NULL)),
    -- Deferred: a message is stored after what is attached to it is found good.
    FOREIGN KEY (chat_id, message_id) REFERENCES messages (chat_id, message_id)
        ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX files_owner ON files (owner_id, created_at);
CREATE INDEX files_message ON files (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX files_unattached ON files (created_at) WHERE message_id IS NULL;
CREATE INDEX files_unchecked ON files (created_at) WHERE status = 'checking';
CREATE INDEX files_deleted ON files (deleted_at) WHERE deleted_at IS NOT NULL;

ALTER TABLE users ADD COLUMN avatar_file_id uuid REFERENCES files (file_id) ON DELETE SET NULL;
CREATE INDEX users_avatar_file ON users (avatar_file_id) WHERE avatar_file_id IS NOT NULL;

-- What was checked is not the owner's to change, and a file stays with its message.
CREATE FUNCTION files_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'convoke_app' OR public.app_is_system() THEN
        RETURN NEW;
    END IF;
    IF (NEW.file_id, NEW.owner_id, NEW.purpose, NEW.name, NEW.size, NEW.content_type, NEW.kind, NEW.reason, NEW.width,
        NEW.height, NEW.has_thumbnail, NEW.created_at, NEW.checked_until, NEW.checked_at)
       IS DISTINCT FROM
       (OLD.file_id, OLD.owner_id, OLD.purpose, OLD.name, OLD.size, OLD.content_type, OLD.kind, OLD.reason, OLD.width,
        OLD.height, OLD.has_thumbnail, OLD.created_at, OLD.checked_until, OLD.checked_at)
       OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('pending', 'checking'))
       OR (OLD.message_id IS NOT NULL AND NEW.message_id IS DISTINCT FROM OLD.message_id) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a file is changed by its check alone';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER files_guard BEFORE UPDATE ON files FOR EACH ROW EXECUTE FUNCTION files_guard();

-- Files of a message go with it, whoever deletes it: its sender, or who leads the chat.
CREATE FUNCTION forget_files(chat uuid, message uuid, at timestamptz) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    UPDATE files f SET deleted_at = at
    WHERE f.chat_id = chat AND f.message_id = message AND f.deleted_at IS NULL
      AND EXISTS (SELECT FROM messages m WHERE m.chat_id = chat AND m.message_id = message AND m.deleted_at IS NOT NULL);
    PERFORM set_config('app.role', caller_role, true);
END $$;

ALTER TABLE files ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
-- The owner's; and of whoever may read the message it belongs to, which the policy of messages says.
CREATE POLICY files_read ON files FOR SELECT
    USING (app_is_system() OR owner_id = app_user_id() OR (
        message_id IS NOT NULL AND deleted_at IS NULL AND EXISTS (
            SELECT FROM messages m
            WHERE m.chat_id = files.chat_id AND m.message_id = files.message_id AND m.deleted_at IS NULL)));
CREATE POLICY files_create ON files FOR INSERT
    WITH CHECK (app_is_system() OR (owner_id = app_user_id() AND status = 'pending' AND message_id IS NULL));
CREATE POLICY files_change ON files FOR UPDATE
    USING (app_is_system() OR owner_id = app_user_id());
CREATE POLICY files_delete ON files FOR DELETE USING (app_is_system());

GRANT SELECT, INSERT, UPDATE, DELETE ON files TO convoke_app;
GRANT EXECUTE ON FUNCTION forget_files(uuid, uuid, timestamptz) TO convoke_app;

-- Search. A word finds its forms in the language of who wrote it; PostgreSQL knows these.
CREATE FUNCTION search_language_of(language text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE split_part(lower(language), '-', 1)
        WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig WHEN 'hy' THEN 'pg_catalog.armenian'::regconfig
        WHEN 'eu' THEN 'pg_catalog.basque'::regconfig WHEN 'ca' THEN 'pg_catalog.catalan'::regconfig
        WHEN 'da' THEN 'pg_catalog.danish'::regconfig WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
        WHEN 'en' THEN 'pg_catalog.english'::regconfig WHEN 'et' THEN 'pg_catalog.estonian'::regconfig
        WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig WHEN 'de' THEN 'pg_catalog.german'::regconfig
        WHEN 'el' THEN 'pg_catalog.greek'::regconfig WHEN 'hi' THEN 'pg_catalog.hindi'::regconfig
        WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig WHEN 'id' THEN 'pg_catalog.indonesian'::regconfig
        WHEN 'ga' THEN 'pg_catalog.irish'::regconfig WHEN 'it' THEN 'pg_catalog.italian'::regconfig
        WHEN 'lt' THEN 'pg_catalog.lithuanian'::regconfig WHEN 'ne' THEN 'pg_catalog.nepali'::regconfig
        WHEN 'nb' THEN 'pg_catalog.norwegian'::regconfig WHEN 'nn' THEN 'pg_catalog.norwegian'::regconfig
        WHEN 'no' THEN 'pg_catalog.norwegian'::regconfig WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig
        WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
        WHEN 'sr' THEN 'pg_catalog.serbian'::regconfig WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig WHEN 'ta' THEN 'pg_catalog.tamil'::regconfig
        WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig WHEN 'yi' THEN 'pg_catalog.yiddish'::regconfig
        ELSE 'pg_catalog.simple'::regconfig
    END;

-- An index over the chat and the words together: a search looks into the caller's chats and into no other.
CREATE EXTENSION IF NOT EXISTS btree_gin;

ALTER TABLE messages
    ADD COLUMN search_language regconfig NOT NULL DEFAULT 'pg_catalog.simple',
    ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector(search_language, content)) STORED;
CREATE INDEX messages_search ON messages USING gin (chat_id, search) WHERE deleted_at IS NULL;

-- The language is the sender's at the time of writing.
CREATE FUNCTION messages_language() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_language := public.search_language_of(
        (SELECT u.language FROM public.users u WHERE u.user_id = NEW.sender_user_id));
    RETURN NEW;
END
$$;
CREATE TRIGGER messages_language BEFORE INSERT ON messages FOR EACH ROW
    WHEN (NEW.sender_user_id IS NOT NULL) EXECUTE FUNCTION messages_language();

-- What somebody typed, as a query that finds it in any language (each has its own forms of the words): what it finds
-- is a little too much, and is looked at again in the language of the message. NULL where nothing is asked for.
CREATE FUNCTION search_query_of(asked text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog
    RETURN (SELECT string_agg(DISTINCT '(' || found.query::text || ')', ' | ')::tsquery
            FROM (SELECT websearch_to_tsquery(c.oid::regconfig, asked) AS query
                  FROM pg_ts_config c WHERE c.cfgnamespace = 'pg_catalog'::regnamespace) found
            -- Without a word that must be there ("-this"), all messages would have to be read.
            WHERE querytree(found.query) NOT IN ('', 'T'));

-- SECURITY DEFINER: row security comes before any condition that is not leakproof, and @@ is not, so under it no
-- index of words could be used. Says only where messages are that the caller may read, by the same rules; the
-- messages themselves are read under row security by who asks (convoke/chat).
CREATE FUNCTION search_messages(asked text, one_chat uuid, before uuid, most integer)
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
-- The owner of the tables, who is no superuser everywhere, is under row security too.
CREATE POLICY messages_search ON messages FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY chat_members_search ON chat_members FOR SELECT TO CURRENT_USER USING (true);

REVOKE ALL ON FUNCTION search_messages(text, uuid, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_messages(text, uuid, uuid, integer) TO convoke_app;
