-- What the installation was at its last start. A mark is a keyed hash and tells nothing.
CREATE TABLE installation_marks (
    part TEXT NOT NULL PRIMARY KEY CHECK (part IN ('schema', 'settings', 'token_keys', 'audit_keys')),
    mark BLOB NOT NULL CHECK (length(mark) = 32),
    changed_at TEXT NOT NULL CHECK (length(changed_at) = 27)
) STRICT;
