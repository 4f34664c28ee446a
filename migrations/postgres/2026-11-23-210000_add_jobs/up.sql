-- Work that repeats. Of several nodes, the one that holds the lease does it.
CREATE TABLE job_leases (
    name TEXT PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 60),
    -- A node; none while nobody works.
    holder UUID,
    leased_until TIMESTAMPTZ,
    next_run_at TIMESTAMPTZ NOT NULL,
    CHECK ((holder IS NULL) = (leased_until IS NULL))
);

-- What is to happen to booked visits by itself. What has happened, or never will, has no row.
CREATE TABLE visit_timers (
    hospital_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('day_before', 'soon', 'no_show')),
    due_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, appointment_id, kind),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id)
);
CREATE INDEX ix_visit_timers_due ON visit_timers (hospital_id, due_at);
-- Visits that are booked already. Reminders whose time is past are dropped unsent.
INSERT INTO visit_timers (hospital_id, appointment_id, kind, due_at)
    SELECT hospital_id, id, 'day_before', starts_at - INTERVAL '24 hours' FROM appointments WHERE state = 'booked'
    UNION ALL
    SELECT hospital_id, id, 'soon', starts_at - INTERVAL '10 minutes' FROM appointments WHERE state = 'booked'
    UNION ALL
    SELECT hospital_id, id, 'no_show', ends_at + INTERVAL '15 minutes' FROM appointments WHERE state = 'booked';

-- Which visit a mail is about, and when that was to begin when the mail was queued. No foreign
-- key: whoever sends mail reaches no visits.
ALTER TABLE mails ADD COLUMN appointment_id UUID;
ALTER TABLE mails ADD COLUMN visit_starts_at TIMESTAMPTZ;
CREATE INDEX ix_mails_appointment ON mails (hospital_id, appointment_id) WHERE appointment_id IS NOT NULL;

CREATE POLICY tenant ON visit_timers USING (
    hospital_id = (SELECT tenant()) OR tenant_is('migration'));
-- Jobs are the platform's, and no hospital's.
CREATE POLICY tenant ON job_leases USING (tenant_is('platform', 'migration'));
ALTER TABLE visit_timers ENABLE ROW LEVEL SECURITY;
ALTER TABLE visit_timers FORCE ROW LEVEL SECURITY;
ALTER TABLE job_leases ENABLE ROW LEVEL SECURITY;
ALTER TABLE job_leases FORCE ROW LEVEL SECURITY;
