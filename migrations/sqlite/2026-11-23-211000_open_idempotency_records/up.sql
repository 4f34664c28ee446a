-- On PostgreSQL platform admins get keys of their own here; SQLite has no row security, and
-- the same migrations.
SELECT 1;
