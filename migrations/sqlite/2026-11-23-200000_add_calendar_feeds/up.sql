-- When an appointment last changed, for calendars; none before it first does.
ALTER TABLE appointments ADD COLUMN changed_at TEXT CHECK (length(changed_at) = 27);

-- Links by which calendar programs read the times of somebody's visits, one for each person.
-- Only the hash of the token is here.
CREATE TABLE calendar_feeds (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 32),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    PRIMARY KEY (hospital_id, user_id),
    CONSTRAINT uq_calendar_feeds_token_hash UNIQUE (hospital_id, token_hash),
    FOREIGN KEY (hospital_id, user_id) REFERENCES users (hospital_id, id) ON DELETE CASCADE
) STRICT;
