-- What the installation was at its last start. A mark is a keyed hash and tells nothing.
CREATE TABLE installation_marks (
    part TEXT PRIMARY KEY CHECK (part IN ('schema', 'settings', 'token_keys', 'audit_keys')),
    mark BYTEA NOT NULL CHECK (octet_length(mark) = 32),
    changed_at TIMESTAMPTZ NOT NULL
);
-- They are the platform's, and no hospital's.
CREATE POLICY tenant ON installation_marks USING (tenant_is('platform', 'migration'));
ALTER TABLE installation_marks ENABLE ROW LEVEL SECURITY;
ALTER TABLE installation_marks FORCE ROW LEVEL SECURITY;
