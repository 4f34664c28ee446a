-- Audit events in keyed hash chains. Every hospital has one, in strands: writers that
-- run at once each have their own strand and do not wait for each other.
-- Events from before have no place in a chain, because anybody could have written them;
-- no release recorded any.
DROP TABLE audit_events;

CREATE TABLE audit_events (
    -- The hospital; 0 for the platform.
    chain_id BLOB NOT NULL CHECK (length(chain_id) = 16),
    strand INTEGER NOT NULL CHECK (strand >= 0),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    id BLOB NOT NULL CONSTRAINT uq_audit_events_id UNIQUE CHECK (length(id) = 16),
    at TEXT NOT NULL CHECK (length(at) = 27),
    actor_id BLOB CHECK (length(actor_id) = 16),
    action TEXT NOT NULL CHECK (length(action) BETWEEN 3 AND 60),
    subject_id BLOB CHECK (length(subject_id) = 16),
    patient_id BLOB CHECK (length(patient_id) = 16),
    request_id BLOB CHECK (length(request_id) = 16),
    key_id TEXT NOT NULL CHECK (length(key_id) = 8),
    mac BLOB NOT NULL CHECK (length(mac) = 32),
    PRIMARY KEY (chain_id, strand, seq)
) STRICT;
CREATE INDEX ix_audit_events_time ON audit_events (chain_id, id);
CREATE INDEX ix_audit_events_actor ON audit_events (chain_id, actor_id, id);
CREATE INDEX ix_audit_events_patient ON audit_events (chain_id, patient_id, id) WHERE patient_id IS NOT NULL;

-- The end of every strand, sealed under a key of its own: shows when the newest events are gone.
CREATE TABLE audit_strands (
    chain_id BLOB NOT NULL CHECK (length(chain_id) = 16),
    strand INTEGER NOT NULL CHECK (strand >= 0),
    last_seq INTEGER NOT NULL CHECK (last_seq >= 1),
    last_mac BLOB NOT NULL CHECK (length(last_mac) = 32),
    key_id TEXT NOT NULL CHECK (length(key_id) = 8),
    seal BLOB NOT NULL CHECK (length(seal) = 32),
    PRIMARY KEY (chain_id, strand)
) STRICT;

-- Which strands a chain has, sealed: shows when a whole strand is gone.
CREATE TABLE audit_chains (
    chain_id BLOB NOT NULL PRIMARY KEY CHECK (length(chain_id) = 16),
    key_id TEXT NOT NULL CHECK (length(key_id) = 8),
    seal BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE TRIGGER tr_audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER tr_audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
