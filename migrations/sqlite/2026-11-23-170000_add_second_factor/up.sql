-- When, and how well, the person behind a session has last proved who they are.
ALTER TABLE sessions ADD COLUMN auth_time TEXT NOT NULL DEFAULT '1970-01-01T00:00:00.000000Z' CHECK (length(auth_time) = 27);
ALTER TABLE sessions ADD COLUMN second_factor INTEGER NOT NULL DEFAULT 0 CHECK (second_factor IN (0, 1));
UPDATE sessions SET auth_time = created_at;

-- Seeds are sealed by a key that is not in the database.
CREATE TABLE totp_factors (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    seed_sealed BLOB NOT NULL CHECK (length(seed_sealed) BETWEEN 29 AND 200),
    key_id TEXT NOT NULL CHECK (length(key_id) BETWEEN 1 AND 64),
    confirmed_at TEXT NOT NULL CHECK (length(confirmed_at) = 27),
    -- The newest step whose code was taken: it and all before it are spent.
    last_step INTEGER NOT NULL CHECK (last_step >= 0)
) STRICT;

-- A seed that was shown and not yet confirmed by a code; the factor in use stays until then.
CREATE TABLE totp_enrolments (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    seed_sealed BLOB NOT NULL CHECK (length(seed_sealed) BETWEEN 29 AND 200),
    key_id TEXT NOT NULL CHECK (length(key_id) BETWEEN 1 AND 64),
    expires_at TEXT NOT NULL CHECK (length(expires_at) = 27)
) STRICT;

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 9),
    code_hash TEXT NOT NULL CHECK (length(code_hash) BETWEEN 1 AND 400),
    used_at TEXT CHECK (length(used_at) = 27),
    PRIMARY KEY (user_id, idx)
) STRICT;

-- The password was right, the second factor is awaited.
CREATE TABLE mfa_challenges (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    expires_at TEXT NOT NULL CHECK (length(expires_at) = 27),
    tries INTEGER NOT NULL CHECK (tries BETWEEN 0 AND 5),
    used_at TEXT CHECK (length(used_at) = 27)
) STRICT;
CREATE INDEX ix_mfa_challenges_user ON mfa_challenges (user_id);
