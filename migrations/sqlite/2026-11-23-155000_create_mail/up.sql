-- What an account code lets its holder do once. Only the hash of the token is here, and the
-- nonce from which the mail worker derives the token again with a key that is not.
CREATE TABLE account_codes (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    purpose TEXT NOT NULL CHECK (purpose IN ('register', 'invite', 'reset', 'email')),
    -- None before a registration is confirmed, and until the worker knows whose a forgotten password is.
    user_id BLOB CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    hospital_id BLOB CHECK (length(hospital_id) = 16) REFERENCES hospitals (id),
    email TEXT NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    name TEXT NOT NULL CHECK (length(name) <= 120),
    language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
    nonce BLOB NOT NULL CHECK (length(nonce) = 32),
    token_hash BLOB NOT NULL CONSTRAINT uq_account_codes_token_hash UNIQUE CHECK (length(token_hash) = 32),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    expires_at TEXT NOT NULL CHECK (length(expires_at) = 27),
    used_at TEXT CHECK (length(used_at) = 27),
    CHECK (purpose <> 'register' OR hospital_id IS NOT NULL),
    CHECK (purpose NOT IN ('invite', 'email') OR user_id IS NOT NULL)
) STRICT;
CREATE INDEX ix_account_codes_user ON account_codes (user_id);
CREATE INDEX ix_account_codes_hospital ON account_codes (hospital_id);

-- Mail to send, written with what causes it. A worker takes a lease, sends, and records.
CREATE TABLE mails (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hospital_id BLOB CHECK (length(hospital_id) = 16) REFERENCES hospitals (id),
    to_address TEXT NOT NULL CHECK (length(to_address) BETWEEN 3 AND 254),
    kind TEXT NOT NULL CHECK (length(kind) BETWEEN 3 AND 60),
    language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
    code_id BLOB CHECK (length(code_id) = 16) REFERENCES account_codes (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sent', 'failed')),
    attempts INTEGER NOT NULL CHECK (attempts >= 0),
    next_try_at TEXT NOT NULL CHECK (length(next_try_at) = 27),
    leased_until TEXT CHECK (length(leased_until) = 27),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    sent_at TEXT CHECK (length(sent_at) = 27),
    -- Which kind of failure, never an address.
    last_error TEXT CHECK (length(last_error) <= 120)
) STRICT;
CREATE INDEX ix_mails_due ON mails (next_try_at, id) WHERE state = 'queued';
CREATE INDEX ix_mails_state ON mails (state, id);
CREATE INDEX ix_mails_hospital ON mails (hospital_id);
CREATE INDEX ix_mails_code ON mails (code_id);
