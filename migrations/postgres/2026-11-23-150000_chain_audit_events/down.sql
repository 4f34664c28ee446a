DROP TABLE audit_chains;
DROP TABLE audit_strands;
DROP TABLE audit_events;

CREATE TABLE audit_events (
    id UUID PRIMARY KEY,
    hospital_id UUID,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL CHECK (char_length(action) BETWEEN 3 AND 60),
    subject_id UUID,
    patient_id UUID,
    request_id UUID
);
CREATE INDEX ix_audit_events_hospital ON audit_events (hospital_id, id);
CREATE INDEX ix_audit_events_patient ON audit_events (patient_id, id) WHERE patient_id IS NOT NULL;
CREATE TRIGGER tr_audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
