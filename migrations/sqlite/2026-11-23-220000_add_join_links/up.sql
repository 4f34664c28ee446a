-- Links by which the patient or a guest joins one visit without signing in. Their secret
-- follows from the id by a key that is not here. A link serves one browser, which is known
-- by the hash of its cookie and has one session at a time.
CREATE TABLE join_links (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    appointment_id BLOB NOT NULL CHECK (length(appointment_id) = 16),
    joins_as TEXT NOT NULL CHECK (joins_as IN ('patient', 'interpreter', 'family', 'other')),
    guest_name TEXT CHECK (length(guest_name) BETWEEN 1 AND 80),
    -- None for the link that came with the booking.
    created_by BLOB CHECK (length(created_by) = 16),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    revoked_at TEXT CHECK (length(revoked_at) = 27),
    session_id BLOB CHECK (length(session_id) = 16),
    holder_hash BLOB CHECK (length(holder_hash) = 32),
    opened_at TEXT CHECK (length(opened_at) = 27),
    -- Another browser that asks to take the place of the first.
    asking_hash BLOB CHECK (length(asking_hash) = 32),
    asked_at TEXT CHECK (length(asked_at) = 27),
    PRIMARY KEY (hospital_id, id),
    CONSTRAINT uq_join_links_session UNIQUE (hospital_id, session_id),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, created_by) REFERENCES users (hospital_id, id),
    CHECK ((joins_as = 'patient') = (guest_name IS NULL)),
    CHECK ((session_id IS NULL) = (holder_hash IS NULL) AND (session_id IS NULL) = (opened_at IS NULL)),
    CHECK ((asking_hash IS NULL) = (asked_at IS NULL))
) STRICT;
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
ALTER TABLE mails ADD COLUMN visit_ends_at TEXT CHECK (length(visit_ends_at) = 27);
ALTER TABLE mails ADD COLUMN visit_created_at TEXT CHECK (length(visit_created_at) = 27);
ALTER TABLE mails ADD COLUMN visit_version INTEGER;
ALTER TABLE mails ADD COLUMN join_link_id BLOB CHECK (length(join_link_id) = 16);
