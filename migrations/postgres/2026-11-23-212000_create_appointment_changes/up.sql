-- What happened to an appointment: one row for each version that was written. The trail says
-- who touched it; this says what it became.
CREATE TABLE appointment_changes (
    hospital_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    version BIGINT NOT NULL CHECK (version >= 1),
    kind TEXT NOT NULL CHECK (kind IN ('held', 'booked', 'released', 'moved', 'arrived', 'left', 'admitted', 'finished', 'cancelled', 'no_show')),
    at TIMESTAMPTZ NOT NULL,
    -- Nobody when it happened by itself: a hold ran out, the clock noted a no-show.
    by_user UUID,
    -- What it became; not known of bookings from before this table that were moved since.
    starts_at TIMESTAMPTZ,
    doctor_id UUID,
    PRIMARY KEY (hospital_id, appointment_id, version),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, by_user) REFERENCES users (hospital_id, id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id)
);
CREATE INDEX ix_appointment_changes_by ON appointment_changes (hospital_id, by_user);
CREATE INDEX ix_appointment_changes_doctor ON appointment_changes (hospital_id, doctor_id);

INSERT INTO appointment_changes (hospital_id, appointment_id, version, kind, at, by_user, starts_at, doctor_id)
SELECT a.hospital_id, a.id, 1, CASE WHEN a.hold_expires_at IS NULL THEN 'booked' ELSE 'held' END, a.created_at, a.booked_by,
    CASE WHEN m.subject_id IS NULL THEN a.starts_at END,
    CASE WHEN m.subject_id IS NULL THEN a.doctor_id END
FROM appointments AS a
LEFT JOIN (
    SELECT DISTINCT chain_id, subject_id FROM audit_events
    WHERE action IN ('appointment.rescheduled', 'appointment.reassigned') AND subject_id IS NOT NULL
) AS m ON m.chain_id = a.hospital_id AND m.subject_id = a.id;

CREATE TRIGGER tr_appointment_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON appointment_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE appointment_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointment_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON appointment_changes USING (
    hospital_id = (SELECT tenant()) OR tenant_is('migration'));
