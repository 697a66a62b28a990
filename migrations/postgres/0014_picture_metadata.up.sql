-- A picture is kept without its metadata, and so smaller than it came: `size` is of what is kept, the quota goes by
-- what was uploaded. Unset where the two are the same (docs/decisions/0010).
ALTER TABLE files
    ADD COLUMN uploaded_size bigint CHECK (uploaded_size > 0),
    -- Checks that were begun and never heard of again: what kills its checks is refused in the end.
    ADD COLUMN deaths integer NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION files_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'convoke_app' OR public.app_is_system() THEN
        RETURN NEW;
    END IF;
    IF (NEW.file_id, NEW.owner_id, NEW.purpose, NEW.name, NEW.size, NEW.uploaded_size, NEW.content_type, NEW.kind,
        NEW.reason, NEW.width, NEW.height, NEW.has_thumbnail, NEW.created_at, NEW.checked_until, NEW.checked_at,
        NEW.deaths)
       IS DISTINCT FROM
       (OLD.file_id, OLD.owner_id, OLD.purpose, OLD.name, OLD.size, OLD.uploaded_size, OLD.content_type, OLD.kind,
        OLD.reason, OLD.width, OLD.height, OLD.has_thumbnail, OLD.created_at, OLD.checked_until, OLD.checked_at,
        OLD.deaths)
       OR (NEW.status <> OLD.status AND (OLD.status, NEW.status) <> ('pending', 'checking'))
       OR (OLD.message_id IS NOT NULL AND NEW.message_id IS DISTINCT FROM OLD.message_id) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a file is changed by its check alone';
    END IF;
    RETURN NEW;
END
$$;
