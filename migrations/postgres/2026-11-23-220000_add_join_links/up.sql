-- Links by which the patient or a guest joins one visit without signing in. Their secret
-- follows from the id by a key that is not here. A link serves one browser, which is known
-- by the hash of its cookie and has one session at a time.
CREATE TABLE join_links (
    hospital_id UUID NOT NULL,
    id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    joins_as TEXT NOT NULL CHECK (joins_as IN ('patient', 'interpreter', 'family', 'other')),
    guest_name TEXT CHECK (char_length(guest_name) BETWEEN 1 AND 80),
    -- None for the link that came with the booking.
    created_by UUID,
    created_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    session_id UUID,
    holder_hash BYTEA CHECK (octet_length(holder_hash) = 32),
    opened_at TIMESTAMPTZ,
    -- Another browser that asks to take the place of the first.
    asking_hash BYTEA CHECK (octet_length(asking_hash) = 32),
    asked_at TIMESTAMPTZ,
    PRIMARY KEY (hospital_id, id),
    CONSTRAINT uq_join_links_session UNIQUE (hospital_id, session_id),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, created_by) REFERENCES users (hospital_id, id),
    CHECK ((joins_as = 'patient') = (guest_name IS NULL)),
    CHECK ((session_id IS NULL) = (holder_hash IS NULL) AND (session_id IS NULL) = (opened_at IS NULL)),
    CHECK ((asking_hash IS NULL) = (asked_at IS NULL))
);
CREATE INDEX ix_join_links_appointment ON join_links (hospital_id, appointment_id, created_at);
CREATE INDEX ix_join_links_created_by ON join_links (hospital_id, created_by);
-- The patient has one at a time: the next one takes its place.
CREATE UNIQUE INDEX uq_join_links_patient ON join_links (hospital_id, appointment_id)
    WHERE joins_as = 'patient' AND revoked_at IS NULL;

-- Visits that are booked already. Ids of visits are as unique as fresh ones.
INSERT INTO join_links (hospital_id, id, appointment_id, joins_as, created_at)
    SELECT hospital_id, id, id, 'patient', created_at FROM appointments WHERE state IN ('booked', 'arrived', 'in_call');

-- What a mail about a visit carries: the link, which is derived when it is written, and the
-- visit as a file for calendars. No foreign key: whoever sends mail reaches no visits.
ALTER TABLE mails ADD COLUMN visit_ends_at TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN visit_created_at TIMESTAMPTZ;
ALTER TABLE mails ADD COLUMN visit_version BIGINT;
ALTER TABLE mails ADD COLUMN join_link_id UUID;

CREATE POLICY tenant ON join_links USING (hospital_id = (SELECT tenant()) OR tenant_is('migration'));
ALTER TABLE join_links ENABLE ROW LEVEL SECURITY;
ALTER TABLE join_links FORCE ROW LEVEL SECURITY;
