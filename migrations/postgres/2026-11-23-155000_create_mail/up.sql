-- What an account code lets its holder do once. Only the hash of the token is here, and the
-- nonce from which the mail worker derives the token again with a key that is not.
CREATE TABLE account_codes (
    id UUID PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'invite', 'reset', 'email')),
    -- None before a registration is confirmed, and until the worker knows whose a forgotten password is.
    user_id UUID REFERENCES users (id) ON DELETE CASCADE,
    hospital_id UUID REFERENCES hospitals (id),
    email TEXT NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    name TEXT NOT NULL CHECK (char_length(name) <= 120),
    language TEXT NOT NULL CHECK (char_length(language) BETWEEN 2 AND 35),
    nonce BYTEA NOT NULL CHECK (octet_length(nonce) = 32),
    token_hash BYTEA NOT NULL CONSTRAINT uq_account_codes_token_hash UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    CHECK (purpose <> 'register' OR hospital_id IS NOT NULL),
    CHECK (purpose NOT IN ('invite', 'email') OR user_id IS NOT NULL)
);
CREATE INDEX ix_account_codes_user ON account_codes (user_id);
CREATE INDEX ix_account_codes_hospital ON account_codes (hospital_id);

-- Mail to send, written with what causes it. A worker takes a lease, sends, and records.
CREATE TABLE mails (
    id UUID PRIMARY KEY,
    hospital_id UUID REFERENCES hospitals (id),
    to_address TEXT NOT NULL CHECK (char_length(to_address) BETWEEN 3 AND 254),
    kind TEXT NOT NULL CHECK (char_length(kind) BETWEEN 3 AND 60),
    language TEXT NOT NULL CHECK (char_length(language) BETWEEN 2 AND 35),
    code_id UUID REFERENCES account_codes (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts BIGINT NOT NULL CHECK (attempts >= 0),
    next_try_at TIMESTAMPTZ NOT NULL,
    leased_until TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    sent_at TIMESTAMPTZ,
    -- Which kind of failure, never an address.
    last_error TEXT CHECK (char_length(last_error) <= 120)
);
CREATE INDEX ix_mails_due ON mails (next_try_at, id) WHERE state = 'queued';
CREATE INDEX ix_mails_state ON mails (state, id);
CREATE INDEX ix_mails_hospital ON mails (hospital_id);
CREATE INDEX ix_mails_code ON mails (code_id);
