ALTER TABLE mails DROP COLUMN join_link_id;
ALTER TABLE mails DROP COLUMN visit_version;
ALTER TABLE mails DROP COLUMN visit_created_at;
ALTER TABLE mails DROP COLUMN visit_ends_at;
DROP TABLE join_links;
