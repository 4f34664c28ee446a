-- When, and how well, the person behind a session has last proved who they are.
ALTER TABLE sessions ADD COLUMN auth_time TIMESTAMPTZ NOT NULL DEFAULT 'epoch';
ALTER TABLE sessions ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE sessions SET auth_time = created_at;

-- Seeds are sealed by a key that is not in the database.
CREATE TABLE totp_factors (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed_sealed BYTEA NOT NULL CHECK (octet_length(seed_sealed) BETWEEN 29 AND 200),
    key_id TEXT NOT NULL CHECK (char_length(key_id) BETWEEN 1 AND 64),
    confirmed_at TIMESTAMPTZ NOT NULL,
    -- The newest step whose code was taken: it and all before it are spent.
    last_step BIGINT NOT NULL CHECK (last_step >= 0)
);

-- A seed that was shown and not yet confirmed by a code; the factor in use stays until then.
CREATE TABLE totp_enrolments (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    seed_sealed BYTEA NOT NULL CHECK (octet_length(seed_sealed) BETWEEN 29 AND 200),
    key_id TEXT NOT NULL CHECK (char_length(key_id) BETWEEN 1 AND 64),
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE recovery_codes (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    idx SMALLINT NOT NULL CHECK (idx BETWEEN 0 AND 9),
    code_hash TEXT NOT NULL CHECK (char_length(code_hash) BETWEEN 1 AND 400),
    used_at TIMESTAMPTZ,
    PRIMARY KEY (user_id, idx)
);

-- The password was right, the second factor is awaited.
CREATE TABLE mfa_challenges (
    hash BYTEA PRIMARY KEY CHECK (octet_length(hash) = 32),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    tries SMALLINT NOT NULL CHECK (tries BETWEEN 0 AND 5),
    used_at TIMESTAMPTZ
);
CREATE INDEX ix_mfa_challenges_user ON mfa_challenges (user_id);
