DROP TABLE calendar_feeds;
ALTER TABLE appointments DROP COLUMN changed_at;
