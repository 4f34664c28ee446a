-- Audit events in keyed hash chains. Every hospital has one, in strands: writers that
-- run at once each have their own strand and do not wait for each other.
-- Events from before have no place in a chain, because anybody could have written them;
-- no release recorded any.
DROP TABLE audit_events;

CREATE TABLE audit_events (
    -- The hospital; 0 for the platform.
    chain_id UUID NOT NULL,
    strand SMALLINT NOT NULL CHECK (strand >= 0),
    seq BIGINT NOT NULL CHECK (seq >= 1),
    id UUID NOT NULL CONSTRAINT uq_audit_events_id UNIQUE,
    at TIMESTAMPTZ NOT NULL,
    actor_id UUID,
    action TEXT NOT NULL CHECK (char_length(action) BETWEEN 3 AND 60),
    subject_id UUID,
    patient_id UUID,
    request_id UUID,
    key_id TEXT NOT NULL CHECK (char_length(key_id) = 8),
    mac BYTEA NOT NULL CHECK (octet_length(mac) = 32),
    PRIMARY KEY (chain_id, strand, seq)
);
CREATE INDEX ix_audit_events_time ON audit_events (chain_id, id);
CREATE INDEX ix_audit_events_actor ON audit_events (chain_id, actor_id, id);
CREATE INDEX ix_audit_events_patient ON audit_events (chain_id, patient_id, id) WHERE patient_id IS NOT NULL;

-- The end of every strand, sealed under a key of its own: shows when the newest events are gone.
-- Half-filled pages keep the updates in their page, out of the index, where they would
-- disturb the other strands' writers.
CREATE TABLE audit_strands (
    chain_id UUID NOT NULL,
    strand SMALLINT NOT NULL CHECK (strand >= 0),
    last_seq BIGINT NOT NULL CHECK (last_seq >= 1),
    last_mac BYTEA NOT NULL CHECK (octet_length(last_mac) = 32),
    key_id TEXT NOT NULL CHECK (char_length(key_id) = 8),
    seal BYTEA NOT NULL CHECK (octet_length(seal) = 32),
    PRIMARY KEY (chain_id, strand)
) WITH (fillfactor = 50);

-- Which strands a chain has, sealed: shows when a whole strand is gone.
CREATE TABLE audit_chains (
    chain_id UUID NOT NULL PRIMARY KEY,
    key_id TEXT NOT NULL CHECK (char_length(key_id) = 8),
    seal BYTEA NOT NULL CHECK (octet_length(seal) = 32)
);

CREATE TRIGGER tr_audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
