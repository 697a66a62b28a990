-- Letters are written in English; no version that wrote it was ever released.
ALTER TABLE invitations DROP COLUMN language;
