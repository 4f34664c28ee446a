DROP INDEX ix_mails_appointment;
ALTER TABLE mails DROP COLUMN visit_starts_at;
ALTER TABLE mails DROP COLUMN appointment_id;
DROP TABLE visit_timers;
DROP TABLE job_leases;
