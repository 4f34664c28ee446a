-- The whole clinic. Written twice, table by table in the same order: here and under migrations/sqlite.
-- Tenant tables carry hospital_id in every key, and reference each other by (hospital_id, id),
-- so that a row can never point into another hospital.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE hospitals (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    slug TEXT COLLATE "C" NOT NULL CONSTRAINT uq_hospitals_slug UNIQUE CHECK (slug ~ '^[a-z0-9-]{2,40}$'),
    time_zone TEXT NOT NULL CHECK (char_length(time_zone) BETWEEN 1 AND 64),
    phone TEXT NOT NULL CHECK (char_length(phone) <= 40),
    address TEXT NOT NULL CHECK (char_length(address) <= 400),
    archived BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- Apart from hospitals: it changes with every arrival, and a booking that only reads its hospital must not wait for it.
CREATE TABLE lobbies (
    hospital_id UUID PRIMARY KEY REFERENCES hospitals (id),
    rev BIGINT NOT NULL CHECK (rev >= 0)
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    hospital_id UUID REFERENCES hospitals (id),
    role TEXT NOT NULL CHECK (role IN ('admin', 'staff', 'doctor', 'patient')),
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    email TEXT NOT NULL CONSTRAINT uq_users_email UNIQUE CHECK (char_length(email) BETWEEN 3 AND 254),
    name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    -- Lower-cased name: the order of lists, the same on both databases.
    sort_name TEXT COLLATE "C" NOT NULL,
    -- Lower-cased name and address.
    search_text TEXT NOT NULL,
    language TEXT NOT NULL CHECK (char_length(language) BETWEEN 2 AND 35),
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT uq_users_hospital_id UNIQUE (hospital_id, id),
    CONSTRAINT ck_users_admin_has_no_hospital CHECK ((role = 'admin') = (hospital_id IS NULL))
);
CREATE INDEX ix_users_hospital_role_name ON users (hospital_id, role, sort_name, id);
CREATE INDEX ix_users_name ON users (sort_name, id);

-- Apart from users, so that no list of people can carry a hash along.
CREATE TABLE credentials (
    user_id UUID PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL CHECK (char_length(password_hash) BETWEEN 1 AND 400),
    changed_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE doctor_profiles (
    hospital_id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    specialty TEXT NOT NULL CHECK (char_length(specialty) <= 120),
    languages JSONB NOT NULL,
    biography TEXT NOT NULL CHECK (char_length(biography) <= 4000),
    licence_number TEXT NOT NULL CHECK (char_length(licence_number) <= 60),
    visit_minutes SMALLINT NOT NULL CHECK (visit_minutes BETWEEN 5 AND 240),
    buffer_minutes SMALLINT NOT NULL CHECK (buffer_minutes BETWEEN 0 AND 120),
    -- Lower-cased name and specialty.
    search_text TEXT NOT NULL,
    PRIMARY KEY (hospital_id, doctor_id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES users (hospital_id, id)
);

CREATE TABLE patient_profiles (
    hospital_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    date_of_birth DATE,
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male', 'other', 'unknown')),
    phone TEXT NOT NULL CHECK (char_length(phone) <= 40),
    record_number TEXT NOT NULL CHECK (char_length(record_number) <= 60),
    emergency_contact TEXT NOT NULL CHECK (char_length(emergency_contact) <= 200),
    -- Lower-cased name, address and record number.
    search_text TEXT NOT NULL,
    PRIMARY KEY (hospital_id, patient_id),
    FOREIGN KEY (hospital_id, patient_id) REFERENCES users (hospital_id, id)
);

CREATE TABLE availability_rules (
    hospital_id UUID NOT NULL,
    id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    weekday SMALLINT NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    from_minute SMALLINT NOT NULL CHECK (from_minute >= 0),
    until_minute SMALLINT NOT NULL CHECK (until_minute <= 1440),
    valid_from DATE,
    valid_until DATE,
    PRIMARY KEY (hospital_id, id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id),
    CHECK (from_minute < until_minute),
    CHECK (valid_until >= valid_from)
);
CREATE INDEX ix_availability_rules_doctor ON availability_rules (hospital_id, doctor_id);

CREATE TABLE availability_exceptions (
    hospital_id UUID NOT NULL,
    id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('time_off', 'extra_hours')),
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id),
    CHECK (starts_at < ends_at)
);
CREATE INDEX ix_availability_exceptions_doctor ON availability_exceptions (hospital_id, doctor_id, ends_at);

CREATE TABLE conversations (
    hospital_id UUID NOT NULL REFERENCES hospitals (id),
    id UUID NOT NULL,
    epoch BIGINT NOT NULL CHECK (epoch >= 1),
    last_seq BIGINT NOT NULL CHECK (last_seq >= 0),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, id)
);
CREATE INDEX ix_conversations_id ON conversations (id);

CREATE TABLE conversation_members (
    hospital_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    delivered_seq BIGINT NOT NULL CHECK (delivered_seq >= 0),
    read_seq BIGINT NOT NULL CHECK (read_seq >= 0),
    PRIMARY KEY (hospital_id, conversation_id, user_id),
    FOREIGN KEY (hospital_id, conversation_id) REFERENCES conversations (hospital_id, id),
    FOREIGN KEY (hospital_id, user_id) REFERENCES users (hospital_id, id)
);
CREATE INDEX ix_conversation_members_user ON conversation_members (hospital_id, user_id, conversation_id);

CREATE TABLE appointments (
    hospital_id UUID NOT NULL,
    id UUID NOT NULL,
    doctor_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    starts_at TIMESTAMPTZ NOT NULL,
    ends_at TIMESTAMPTZ NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'booked', 'arrived', 'in_call', 'finished', 'cancelled', 'no_show')),
    reason TEXT NOT NULL CHECK (char_length(reason) <= 1000),
    overbook_reason TEXT CHECK (char_length(overbook_reason) BETWEEN 1 AND 400),
    cancel_reason TEXT CHECK (char_length(cancel_reason) <= 400),
    version BIGINT NOT NULL CHECK (version >= 1),
    waiting_since TIMESTAMPTZ,
    admitted_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    hold_expires_at TIMESTAMPTZ,
    booked_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, id),
    CONSTRAINT uq_appointments_conversation UNIQUE (hospital_id, conversation_id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id),
    FOREIGN KEY (hospital_id, patient_id) REFERENCES patient_profiles (hospital_id, patient_id),
    FOREIGN KEY (hospital_id, conversation_id) REFERENCES conversations (hospital_id, id),
    FOREIGN KEY (hospital_id, booked_by) REFERENCES users (hospital_id, id),
    CHECK (starts_at < ends_at),
    -- Who is in the lobby or the call has a place in the queue.
    CHECK (state NOT IN ('arrived', 'in_call') OR waiting_since IS NOT NULL),
    -- The last word on double booking. The same sets of states as AppointmentState::blocks_time.
    CONSTRAINT ex_appointments_doctor EXCLUDE USING gist (
        hospital_id WITH =, doctor_id WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (state IN ('held', 'booked', 'arrived', 'in_call') AND overbook_reason IS NULL),
    CONSTRAINT ex_appointments_patient EXCLUDE USING gist (
        hospital_id WITH =, patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&
    ) WHERE (state IN ('held', 'booked', 'arrived', 'in_call'))
);
CREATE INDEX ix_appointments_doctor ON appointments (hospital_id, doctor_id, starts_at, id);
CREATE INDEX ix_appointments_patient ON appointments (hospital_id, patient_id, starts_at, id);
CREATE INDEX ix_appointments_time ON appointments (hospital_id, starts_at, id);
CREATE INDEX ix_appointments_booked_by ON appointments (hospital_id, booked_by);
CREATE INDEX ix_appointments_doctor_busy ON appointments (hospital_id, doctor_id, starts_at)
    WHERE state IN ('held', 'booked', 'arrived', 'in_call');
CREATE INDEX ix_appointments_patient_busy ON appointments (hospital_id, patient_id, starts_at)
    WHERE state IN ('held', 'booked', 'arrived', 'in_call');
CREATE INDEX ix_appointments_lobby ON appointments (hospital_id, waiting_since, id)
    WHERE state IN ('arrived', 'in_call');

CREATE TABLE documents (
    hospital_id UUID NOT NULL,
    id UUID NOT NULL,
    patient_id UUID NOT NULL,
    appointment_id UUID,
    uploaded_by UUID NOT NULL,
    name TEXT NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    media_type TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size BIGINT NOT NULL CHECK (size >= 1),
    sha256 TEXT CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    state TEXT NOT NULL CHECK (state IN ('pending', 'stored')),
    created_at TIMESTAMPTZ NOT NULL,
    -- Deleted documents keep their row: messages that shared them still point to it.
    deleted_at TIMESTAMPTZ,
    PRIMARY KEY (hospital_id, id),
    FOREIGN KEY (hospital_id, patient_id) REFERENCES patient_profiles (hospital_id, patient_id),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, uploaded_by) REFERENCES users (hospital_id, id),
    CHECK ((state = 'stored') = (sha256 IS NOT NULL))
);
CREATE INDEX ix_documents_patient ON documents (hospital_id, patient_id, created_at, id);
CREATE INDEX ix_documents_appointment ON documents (hospital_id, appointment_id);
CREATE INDEX ix_documents_uploaded_by ON documents (hospital_id, uploaded_by, created_at, id);

CREATE TABLE messages (
    hospital_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    seq BIGINT NOT NULL CHECK (seq >= 1),
    sender_id UUID,
    client_id UUID NOT NULL,
    -- SHA-256 of what was sent: tells a repeated send from a reused client id.
    body_hash BYTEA NOT NULL CHECK (octet_length(body_hash) = 32),
    kind TEXT NOT NULL CHECK (kind IN ('text', 'file', 'system')),
    body TEXT NOT NULL CHECK (char_length(body) BETWEEN 1 AND 4000),
    document_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, conversation_id, seq),
    CONSTRAINT uq_messages_client_id UNIQUE (hospital_id, conversation_id, sender_id, client_id),
    FOREIGN KEY (hospital_id, conversation_id) REFERENCES conversations (hospital_id, id),
    FOREIGN KEY (hospital_id, sender_id) REFERENCES users (hospital_id, id),
    FOREIGN KEY (hospital_id, document_id) REFERENCES documents (hospital_id, id),
    CHECK ((kind = 'system') = (sender_id IS NULL)),
    CHECK ((kind = 'file') = (document_id IS NOT NULL))
);
CREATE INDEX ix_messages_sender ON messages (hospital_id, sender_id);
CREATE INDEX ix_messages_document ON messages (hospital_id, document_id) WHERE document_id IS NOT NULL;

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL CHECK (char_length(user_agent) <= 200),
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    idle_secs BIGINT NOT NULL CHECK (idle_secs > 0),
    idle_expires_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ
);
CREATE INDEX ix_sessions_user ON sessions (user_id, created_at);

CREATE TABLE refresh_tokens (
    hash BYTEA PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at TIMESTAMPTZ NOT NULL,
    consumed_at TIMESTAMPTZ,
    successor_hash BYTEA CHECK (octet_length(successor_hash) = 32)
);
CREATE INDEX ix_refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE call_legs (
    hospital_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    user_id UUID NOT NULL,
    epoch BIGINT NOT NULL CHECK (epoch >= 1),
    leg_id UUID NOT NULL,
    joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (hospital_id, appointment_id, user_id, epoch),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, user_id) REFERENCES users (hospital_id, id)
);
CREATE INDEX ix_call_legs_user ON call_legs (hospital_id, user_id);

CREATE TABLE idempotency_records (
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    route TEXT NOT NULL CHECK (char_length(route) BETWEEN 1 AND 60),
    idempotency_key TEXT NOT NULL CHECK (char_length(idempotency_key) BETWEEN 1 AND 200),
    body_sha256 BYTEA NOT NULL CHECK (octet_length(body_sha256) = 32),
    resource_id UUID NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, route, idempotency_key)
);
CREATE INDEX ix_idempotency_records_expiry ON idempotency_records (expires_at);

-- Outlives what it speaks of: no foreign keys.
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

CREATE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER tr_audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER tr_messages_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
