-- What patients may do by themselves. The bounds and defaults are those of BookingPolicy.
ALTER TABLE hospitals ADD COLUMN lead_minutes INTEGER NOT NULL DEFAULT 0 CHECK (lead_minutes BETWEEN 0 AND 43200);
ALTER TABLE hospitals ADD COLUMN horizon_days INTEGER NOT NULL DEFAULT 365 CHECK (horizon_days BETWEEN 1 AND 731);
ALTER TABLE hospitals ADD COLUMN notice_minutes INTEGER NOT NULL DEFAULT 0 CHECK (notice_minutes BETWEEN 0 AND 43200);

-- Holds are few and short: whoever looks for those that are over finds them here.
CREATE INDEX ix_appointments_held ON appointments (hospital_id, hold_expires_at) WHERE state = 'held';
