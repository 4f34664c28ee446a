DROP TABLE audit_chains;
DROP TABLE audit_strands;
DROP TABLE audit_events;

CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hospital_id BLOB CHECK (length(hospital_id) = 16),
    at TEXT NOT NULL CHECK (length(at) = 27),
    actor_id BLOB CHECK (length(actor_id) = 16),
    action TEXT NOT NULL CHECK (length(action) BETWEEN 3 AND 60),
    subject_id BLOB CHECK (length(subject_id) = 16),
    patient_id BLOB CHECK (length(patient_id) = 16),
    request_id BLOB CHECK (length(request_id) = 16)
) STRICT;
CREATE INDEX ix_audit_events_hospital ON audit_events (hospital_id, id);
CREATE INDEX ix_audit_events_patient ON audit_events (patient_id, id) WHERE patient_id IS NOT NULL;
CREATE TRIGGER tr_audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER tr_audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
