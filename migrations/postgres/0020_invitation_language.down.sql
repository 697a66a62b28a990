ALTER TABLE invitations ADD COLUMN language text NOT NULL DEFAULT 'en';
