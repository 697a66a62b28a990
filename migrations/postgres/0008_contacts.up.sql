-- Whom people have in their lists and whom they have blocked; when somebody was last seen; who may know of whom.

CREATE TABLE contacts (
    user_id         uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    contact_user_id uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    alias           text CHECK (length(alias) BETWEEN 1 AND 200),
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, contact_user_id),
    CHECK (user_id <> contact_user_id)
);
CREATE INDEX contacts_of_others ON contacts (contact_user_id, user_id);

CREATE TABLE blocks (
    user_id         uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    blocked_user_id uuid NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, blocked_user_id),
    CHECK (user_id <> blocked_user_id)
);
CREATE INDEX blocks_of_others ON blocks (blocked_user_id, user_id);

-- Both are kept in lower case. Row security comes before any condition that is not leakproof, and lower() is not: to
-- the indexes over lower() nobody but the owner has a way.
CREATE INDEX users_email ON users (email);
CREATE INDEX users_username ON users (username) WHERE username IS NOT NULL;

ALTER TABLE users ADD COLUMN last_seen_at timestamptz,
                  ADD COLUMN shows_last_seen boolean NOT NULL DEFAULT true;

-- The functions below read as the system for the length of one query, like app_in_meeting and for the same reason,
-- and tell no more than their name says. Nobody reads another's contacts or blocks.

-- Whether either has blocked the other.
CREATE FUNCTION app_blocked(a uuid, b uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    answer boolean;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    SELECT EXISTS (SELECT 1 FROM blocks WHERE user_id = a AND blocked_user_id = b)
        OR EXISTS (SELECT 1 FROM blocks WHERE user_id = b AND blocked_user_id = a)
    INTO answer;
    PERFORM set_config('app.role', caller_role, true);
    RETURN answer;
END $$;

-- The public cards of those of `wanted` whom the caller may know: oneself, one's contacts and whom one has blocked,
-- whose contact one is, and whoever is or was in a chat with the caller. A meeting's chat makes no acquaintance:
-- whoever has the link is in it.
CREATE FUNCTION person_cards(wanted uuid[]) RETURNS TABLE (
    user_id uuid, display_name text, username text, avatar_url text
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    RETURN QUERY
        SELECT u.user_id, u.display_name, u.username, u.avatar_url FROM users u
        WHERE u.user_id = ANY (wanted) AND u.status <> 'deleted' AND (
            caller_role = 'system'
            OR u.user_id = app_user_id()
            OR u.user_id IN (SELECT c.contact_user_id FROM contacts c WHERE c.user_id = app_user_id())
            OR u.user_id IN (SELECT c.user_id FROM contacts c WHERE c.contact_user_id = app_user_id())
            OR u.user_id IN (SELECT b.blocked_user_id FROM blocks b WHERE b.user_id = app_user_id())
            OR u.user_id IN (
                SELECT theirs.user_id FROM unnest(wanted) AS w (id)
                JOIN chat_members theirs ON theirs.user_id = w.id
                JOIN chat_members mine ON mine.chat_id = theirs.chat_id AND mine.user_id = app_user_id()
                JOIN chats c ON c.chat_id = mine.chat_id AND c.kind <> 'meeting'));
    PERFORM set_config('app.role', caller_role, true);
END $$;

-- The card of the active user whose id, e-mail or user name (in lower case) this is; nobody who has blocked the caller.
CREATE FUNCTION find_person(reference text) RETURNS TABLE (
    user_id uuid, display_name text, username text, avatar_url text
) LANGUAGE plpgsql STABLE ROWS 1 AS $$
#variable_conflict use_column
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
    wanted uuid;
BEGIN
    PERFORM set_config('app.role', 'system', true);
    IF reference ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
        wanted := reference::uuid;
    ELSE
        SELECT u.user_id INTO wanted FROM users u WHERE u.email = reference OR u.username = reference;
    END IF;
    RETURN QUERY
        SELECT u.user_id, u.display_name, u.username, u.avatar_url FROM users u
        WHERE u.user_id = wanted AND u.status = 'active'
          AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = wanted AND b.blocked_user_id = app_user_id());
    PERFORM set_config('app.role', caller_role, true);
END $$;

-- Among the caller's contacts, those whose contact the caller is, and those present in the caller's chats: in whose
-- name, alias or user name a word begins with `beginning` (in lower case). Nobody who has blocked the caller.
CREATE FUNCTION search_people(beginning text, most integer) RETURNS TABLE (
    user_id uuid, display_name text, username text, avatar_url text
) LANGUAGE plpgsql STABLE ROWS 20 AS $$
#variable_conflict use_column
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    RETURN QUERY
        SELECT u.user_id, u.display_name, u.username, u.avatar_url
        FROM (
            SELECT known.id, min(known.alias) AS alias FROM (
                SELECT c.contact_user_id AS id, c.alias FROM contacts c WHERE c.user_id = app_user_id()
                UNION ALL
                SELECT c.user_id, NULL FROM contacts c WHERE c.contact_user_id = app_user_id()
                UNION ALL
                SELECT theirs.user_id, NULL FROM chat_members mine
                JOIN chats c ON c.chat_id = mine.chat_id AND c.kind <> 'meeting'
                JOIN chat_members theirs ON theirs.chat_id = mine.chat_id AND theirs.left_at IS NULL
                WHERE mine.user_id = app_user_id() AND mine.left_at IS NULL
            ) known WHERE known.id <> app_user_id() GROUP BY known.id
        ) found
        JOIN users u ON u.user_id = found.id AND u.status = 'active'
        CROSS JOIN LATERAL lower(concat_ws(' ', found.alias, u.display_name, u.username)) AS names
        WHERE (starts_with(names, beginning) OR position(' ' || beginning IN names) > 0)
          AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.user_id = u.user_id AND b.blocked_user_id = app_user_id())
        ORDER BY lower(coalesce(found.alias, u.display_name)), u.user_id LIMIT most;
    PERFORM set_config('app.role', caller_role, true);
END $$;

-- Of these viewers and owners the pairs in which the viewer may see whether the owner is there, with what is kept of
-- the owner's last time here. The owner has the viewer as a contact, or both are in a chat that is no meeting's;
-- neither has blocked the other. What a viewer does alone, unseen by the owner, shows nothing: neither having somebody
-- as a contact, nor a direct chat in which nobody has written yet.
CREATE FUNCTION presence_shown(viewers uuid[], owners uuid[]) RETURNS TABLE (
    viewer uuid, owner uuid, last_seen_at timestamptz
) LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    caller_role text := coalesce(current_setting('app.role', true), '');
BEGIN
    PERFORM set_config('app.role', 'system', true);
    RETURN QUERY
        SELECT pair.viewer, pair.owner, CASE WHEN u.shows_last_seen THEN u.last_seen_at END
        FROM (
            SELECT c.contact_user_id AS viewer, c.user_id AS owner FROM contacts c
            WHERE c.user_id = ANY (owners) AND c.contact_user_id = ANY (viewers)
            UNION
            SELECT v.user_id, o.user_id FROM chat_members v
            JOIN chat_members o ON o.chat_id = v.chat_id AND o.left_at IS NULL AND o.user_id = ANY (owners)
            JOIN chats c ON c.chat_id = v.chat_id AND c.kind <> 'meeting'
                AND (c.kind <> 'direct' OR c.last_message_id IS NOT NULL)
            WHERE v.user_id = ANY (viewers) AND v.left_at IS NULL AND v.user_id <> o.user_id
        ) pair
        JOIN users u ON u.user_id = pair.owner AND u.status = 'active'
        WHERE NOT EXISTS (
            SELECT 1 FROM blocks b
            WHERE (b.user_id = pair.owner AND b.blocked_user_id = pair.viewer)
               OR (b.user_id = pair.viewer AND b.blocked_user_id = pair.owner));
    PERFORM set_config('app.role', caller_role, true);
END $$;

ALTER TABLE contacts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE blocks ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY contacts_own ON contacts TO convoke_app
    USING (user_id = app_user_id() OR app_is_system())
    WITH CHECK (user_id = app_user_id() OR app_is_system());
CREATE POLICY blocks_own ON blocks TO convoke_app
    USING (user_id = app_user_id() OR app_is_system())
    WITH CHECK (user_id = app_user_id() OR app_is_system());

GRANT SELECT, INSERT, UPDATE, DELETE ON contacts, blocks TO convoke_app;
GRANT EXECUTE ON FUNCTION app_blocked(uuid, uuid), person_cards(uuid[]), find_person(text),
    search_people(text, integer), presence_shown(uuid[], uuid[]) TO convoke_app;
