-- Work that repeats. Of several nodes, the one that holds the lease does it.
CREATE TABLE job_leases (
    name TEXT NOT NULL PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 60),
    -- A node; none while nobody works.
    holder BLOB CHECK (length(holder) = 16),
    leased_until TEXT CHECK (length(leased_until) = 27),
    next_run_at TEXT NOT NULL CHECK (length(next_run_at) = 27),
    CHECK ((holder IS NULL) = (leased_until IS NULL))
) STRICT;

-- What is to happen to booked visits by itself. What has happened, or never will, has no row.
CREATE TABLE visit_timers (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    appointment_id BLOB NOT NULL CHECK (length(appointment_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('day_before', 'soon', 'no_show')),
    due_at TEXT NOT NULL CHECK (length(due_at) = 27),
    PRIMARY KEY (hospital_id, appointment_id, kind),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id)
) STRICT;
CREATE INDEX ix_visit_timers_due ON visit_timers (hospital_id, due_at);
-- Visits that are booked already. Reminders whose time is past are dropped unsent.
INSERT INTO visit_timers (hospital_id, appointment_id, kind, due_at)
    SELECT hospital_id, id, 'day_before', strftime('%Y-%m-%dT%H:%M:%S.000000Z', starts_at, '-24 hours') FROM appointments WHERE state = 'booked'
    UNION ALL
    SELECT hospital_id, id, 'soon', strftime('%Y-%m-%dT%H:%M:%S.000000Z', starts_at, '-10 minutes') FROM appointments WHERE state = 'booked'
    UNION ALL
    SELECT hospital_id, id, 'no_show', strftime('%Y-%m-%dT%H:%M:%S.000000Z', ends_at, '+15 minutes') FROM appointments WHERE state = 'booked';

-- Which visit a mail is about, and when that was to begin when the mail was queued. No foreign
-- key: whoever sends mail reaches no visits.
ALTER TABLE mails ADD COLUMN appointment_id BLOB CHECK (length(appointment_id) = 16);
ALTER TABLE mails ADD COLUMN visit_starts_at TEXT CHECK (length(visit_starts_at) = 27);
CREATE INDEX ix_mails_appointment ON mails (hospital_id, appointment_id) WHERE appointment_id IS NOT NULL;
