-- When an appointment last changed, for calendars; none before it first does.
ALTER TABLE appointments ADD COLUMN changed_at TIMESTAMPTZ;

-- Links by which calendar programs read the times of somebody's visits, one for each person.
-- Only the hash of the token is here.
CREATE TABLE calendar_feeds (
    hospital_id UUID NOT NULL,
    user_id UUID NOT NULL,
    token_hash BYTEA NOT NULL CHECK (octet_length(token_hash) = 32),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, user_id),
    CONSTRAINT uq_calendar_feeds_token_hash UNIQUE (hospital_id, token_hash),
    FOREIGN KEY (hospital_id, user_id) REFERENCES users (hospital_id, id) ON DELETE CASCADE
);
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_feeds FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON calendar_feeds USING (hospital_id = (SELECT tenant()) OR tenant_is('migration'));
