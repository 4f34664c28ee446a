DROP INDEX ix_appointments_held;
ALTER TABLE hospitals DROP COLUMN notice_minutes;
ALTER TABLE hospitals DROP COLUMN horizon_days;
ALTER TABLE hospitals DROP COLUMN lead_minutes;
