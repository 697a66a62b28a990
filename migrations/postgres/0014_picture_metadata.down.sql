CREATE OR REPLACE FUNCTION files_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
ALTER TABLE files DROP COLUMN uploaded_size, DROP COLUMN deaths;
