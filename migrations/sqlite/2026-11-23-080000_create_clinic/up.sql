-- The whole clinic. Written twice, table by table in the same order: here and under migrations/postgres.
-- Tenant tables carry hospital_id in every key, and reference each other by (hospital_id, id),
-- so that a row can never point into another hospital.

CREATE TABLE hospitals (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    slug TEXT NOT NULL CONSTRAINT uq_hospitals_slug UNIQUE CHECK (length(slug) BETWEEN 2 AND 40 AND slug NOT GLOB '*[^a-z0-9-]*'),
    time_zone TEXT NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
    phone TEXT NOT NULL CHECK (length(phone) <= 40),
    address TEXT NOT NULL CHECK (length(address) <= 400),
    archived INTEGER NOT NULL CHECK (archived IN (0, 1)),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27)
) STRICT;

-- Apart from hospitals: it changes with every arrival, and a booking that only reads its hospital must not wait for it.
CREATE TABLE lobbies (
    hospital_id BLOB NOT NULL PRIMARY KEY CHECK (length(hospital_id) = 16) REFERENCES hospitals (id),
    rev INTEGER NOT NULL CHECK (rev >= 0)
) STRICT;

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hospital_id BLOB CHECK (length(hospital_id) = 16) REFERENCES hospitals (id),
    role TEXT NOT NULL CHECK (role IN ('admin', 'staff', 'doctor', 'patient')),
    state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
    email TEXT NOT NULL CONSTRAINT uq_users_email UNIQUE CHECK (length(email) BETWEEN 3 AND 254),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    -- Lower-cased name: the order of lists, the same on both databases.
    sort_name TEXT NOT NULL,
    -- Lower-cased name and address.
    search_text TEXT NOT NULL,
    language TEXT NOT NULL CHECK (length(language) BETWEEN 2 AND 35),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    CONSTRAINT uq_users_hospital_id UNIQUE (hospital_id, id),
    CONSTRAINT ck_users_admin_has_no_hospital CHECK ((role = 'admin') = (hospital_id IS NULL))
) STRICT;
CREATE INDEX ix_users_hospital_role_name ON users (hospital_id, role, sort_name, id);
CREATE INDEX ix_users_name ON users (sort_name, id);

-- Apart from users, so that no list of people can carry a hash along.
CREATE TABLE credentials (
    user_id BLOB NOT NULL PRIMARY KEY CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    password_hash TEXT NOT NULL CHECK (length(password_hash) BETWEEN 1 AND 400),
    changed_at TEXT NOT NULL CHECK (length(changed_at) = 27)
) STRICT;

CREATE TABLE doctor_profiles (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    doctor_id BLOB NOT NULL CHECK (length(doctor_id) = 16),
    specialty TEXT NOT NULL CHECK (length(specialty) <= 120),
    languages TEXT NOT NULL CHECK (json_valid(languages)),
    biography TEXT NOT NULL CHECK (length(biography) <= 4000),
    licence_number TEXT NOT NULL CHECK (length(licence_number) <= 60),
    visit_minutes INTEGER NOT NULL CHECK (visit_minutes BETWEEN 5 AND 240),
    buffer_minutes INTEGER NOT NULL CHECK (buffer_minutes BETWEEN 0 AND 120),
    -- Lower-cased name and specialty.
    search_text TEXT NOT NULL,
    PRIMARY KEY (hospital_id, doctor_id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES users (hospital_id, id)
) STRICT;

CREATE TABLE patient_profiles (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    patient_id BLOB NOT NULL CHECK (length(patient_id) = 16),
    date_of_birth TEXT CHECK (length(date_of_birth) = 10),
    sex TEXT NOT NULL CHECK (sex IN ('female', 'male', 'other', 'unknown')),
    phone TEXT NOT NULL CHECK (length(phone) <= 40),
    record_number TEXT NOT NULL CHECK (length(record_number) <= 60),
    emergency_contact TEXT NOT NULL CHECK (length(emergency_contact) <= 200),
    -- Lower-cased name, address and record number.
    search_text TEXT NOT NULL,
    PRIMARY KEY (hospital_id, patient_id),
    FOREIGN KEY (hospital_id, patient_id) REFERENCES users (hospital_id, id)
) STRICT;

CREATE TABLE availability_rules (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    doctor_id BLOB NOT NULL CHECK (length(doctor_id) = 16),
    weekday INTEGER NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    from_minute INTEGER NOT NULL CHECK (from_minute >= 0),
    until_minute INTEGER NOT NULL CHECK (until_minute <= 1440),
    valid_from TEXT CHECK (length(valid_from) = 10),
    valid_until TEXT CHECK (length(valid_until) = 10),
    PRIMARY KEY (hospital_id, id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id),
    CHECK (from_minute < until_minute),
    CHECK (valid_until >= valid_from)
) STRICT;
CREATE INDEX ix_availability_rules_doctor ON availability_rules (hospital_id, doctor_id);

CREATE TABLE availability_exceptions (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    doctor_id BLOB NOT NULL CHECK (length(doctor_id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('time_off', 'extra_hours')),
    starts_at TEXT NOT NULL CHECK (length(starts_at) = 27),
    ends_at TEXT NOT NULL CHECK (length(ends_at) = 27),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    PRIMARY KEY (hospital_id, id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id),
    CHECK (starts_at < ends_at)
) STRICT;
CREATE INDEX ix_availability_exceptions_doctor ON availability_exceptions (hospital_id, doctor_id, ends_at);

CREATE TABLE conversations (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16) REFERENCES hospitals (id),
    id BLOB NOT NULL CHECK (length(id) = 16),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    last_seq INTEGER NOT NULL CHECK (last_seq >= 0),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    PRIMARY KEY (hospital_id, id)
) STRICT;
CREATE INDEX ix_conversations_id ON conversations (id);

CREATE TABLE conversation_members (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    delivered_seq INTEGER NOT NULL CHECK (delivered_seq >= 0),
    read_seq INTEGER NOT NULL CHECK (read_seq >= 0),
    PRIMARY KEY (hospital_id, conversation_id, user_id),
    FOREIGN KEY (hospital_id, conversation_id) REFERENCES conversations (hospital_id, id),
    FOREIGN KEY (hospital_id, user_id) REFERENCES users (hospital_id, id)
) STRICT;
CREATE INDEX ix_conversation_members_user ON conversation_members (hospital_id, user_id, conversation_id);

CREATE TABLE appointments (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    doctor_id BLOB NOT NULL CHECK (length(doctor_id) = 16),
    patient_id BLOB NOT NULL CHECK (length(patient_id) = 16),
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    starts_at TEXT NOT NULL CHECK (length(starts_at) = 27),
    ends_at TEXT NOT NULL CHECK (length(ends_at) = 27),
    state TEXT NOT NULL CHECK (state IN ('held', 'booked', 'arrived', 'in_call', 'finished', 'cancelled', 'no_show')),
    reason TEXT NOT NULL CHECK (length(reason) <= 1000),
    overbook_reason TEXT CHECK (length(overbook_reason) BETWEEN 1 AND 400),
    cancel_reason TEXT CHECK (length(cancel_reason) <= 400),
    version INTEGER NOT NULL CHECK (version >= 1),
    waiting_since TEXT CHECK (length(waiting_since) = 27),
    admitted_at TEXT CHECK (length(admitted_at) = 27),
    finished_at TEXT CHECK (length(finished_at) = 27),
    hold_expires_at TEXT CHECK (length(hold_expires_at) = 27),
    booked_by BLOB NOT NULL CHECK (length(booked_by) = 16),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    PRIMARY KEY (hospital_id, id),
    CONSTRAINT uq_appointments_conversation UNIQUE (hospital_id, conversation_id),
    FOREIGN KEY (hospital_id, doctor_id) REFERENCES doctor_profiles (hospital_id, doctor_id),
    FOREIGN KEY (hospital_id, patient_id) REFERENCES patient_profiles (hospital_id, patient_id),
    FOREIGN KEY (hospital_id, conversation_id) REFERENCES conversations (hospital_id, id),
    FOREIGN KEY (hospital_id, booked_by) REFERENCES users (hospital_id, id),
    CHECK (starts_at < ends_at),
    -- Who is in the lobby or the call has a place in the queue.
    CHECK (state NOT IN ('arrived', 'in_call') OR waiting_since IS NOT NULL)
) STRICT;
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
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    id BLOB NOT NULL CHECK (length(id) = 16),
    patient_id BLOB NOT NULL CHECK (length(patient_id) = 16),
    appointment_id BLOB CHECK (length(appointment_id) = 16),
    uploaded_by BLOB NOT NULL CHECK (length(uploaded_by) = 16),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    media_type TEXT NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
    size INTEGER NOT NULL CHECK (size >= 1),
    sha256 TEXT CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
    state TEXT NOT NULL CHECK (state IN ('pending', 'stored')),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    -- Deleted documents keep their row: messages that shared them still point to it.
    deleted_at TEXT CHECK (length(deleted_at) = 27),
    PRIMARY KEY (hospital_id, id),
    FOREIGN KEY (hospital_id, patient_id) REFERENCES patient_profiles (hospital_id, patient_id),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, uploaded_by) REFERENCES users (hospital_id, id),
    CHECK ((state = 'stored') = (sha256 IS NOT NULL))
) STRICT;
CREATE INDEX ix_documents_patient ON documents (hospital_id, patient_id, created_at, id);
CREATE INDEX ix_documents_appointment ON documents (hospital_id, appointment_id);
CREATE INDEX ix_documents_uploaded_by ON documents (hospital_id, uploaded_by, created_at, id);

CREATE TABLE messages (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    seq INTEGER NOT NULL CHECK (seq >= 1),
    sender_id BLOB CHECK (length(sender_id) = 16),
    client_id BLOB NOT NULL CHECK (length(client_id) = 16),
    -- SHA-256 of what was sent: tells a repeated send from a reused client id.
    body_hash BLOB NOT NULL CHECK (length(body_hash) = 32),
    kind TEXT NOT NULL CHECK (kind IN ('text', 'file', 'system')),
    body TEXT NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    document_id BLOB CHECK (length(document_id) = 16),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    PRIMARY KEY (hospital_id, conversation_id, seq),
    CONSTRAINT uq_messages_client_id UNIQUE (hospital_id, conversation_id, sender_id, client_id),
    FOREIGN KEY (hospital_id, conversation_id) REFERENCES conversations (hospital_id, id),
    FOREIGN KEY (hospital_id, sender_id) REFERENCES users (hospital_id, id),
    FOREIGN KEY (hospital_id, document_id) REFERENCES documents (hospital_id, id),
    CHECK ((kind = 'system') = (sender_id IS NULL)),
    CHECK ((kind = 'file') = (document_id IS NOT NULL))
) STRICT;
CREATE INDEX ix_messages_sender ON messages (hospital_id, sender_id);
CREATE INDEX ix_messages_document ON messages (hospital_id, document_id) WHERE document_id IS NOT NULL;

CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    user_agent TEXT NOT NULL CHECK (length(user_agent) <= 200),
    created_at TEXT NOT NULL CHECK (length(created_at) = 27),
    last_seen_at TEXT NOT NULL CHECK (length(last_seen_at) = 27),
    idle_secs INTEGER NOT NULL CHECK (idle_secs > 0),
    idle_expires_at TEXT NOT NULL CHECK (length(idle_expires_at) = 27),
    expires_at TEXT NOT NULL CHECK (length(expires_at) = 27),
    revoked_at TEXT CHECK (length(revoked_at) = 27)
) STRICT;
CREATE INDEX ix_sessions_user ON sessions (user_id, created_at);

CREATE TABLE refresh_tokens (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    session_id BLOB NOT NULL CHECK (length(session_id) = 16) REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at TEXT NOT NULL CHECK (length(issued_at) = 27),
    consumed_at TEXT CHECK (length(consumed_at) = 27),
    successor_hash BLOB CHECK (length(successor_hash) = 32)
) STRICT;
CREATE INDEX ix_refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE call_legs (
    hospital_id BLOB NOT NULL CHECK (length(hospital_id) = 16),
    appointment_id BLOB NOT NULL CHECK (length(appointment_id) = 16),
    user_id BLOB NOT NULL CHECK (length(user_id) = 16),
    epoch INTEGER NOT NULL CHECK (epoch >= 1),
    leg_id BLOB NOT NULL CHECK (length(leg_id) = 16),
    joined_at TEXT NOT NULL CHECK (length(joined_at) = 27),
    PRIMARY KEY (hospital_id, appointment_id, user_id, epoch),
    FOREIGN KEY (hospital_id, appointment_id) REFERENCES appointments (hospital_id, id),
    FOREIGN KEY (hospital_id, user_id) REFERENCES users (hospital_id, id)
) STRICT;
CREATE INDEX ix_call_legs_user ON call_legs (hospital_id, user_id);

CREATE TABLE idempotency_records (
    user_id BLOB NOT NULL CHECK (length(user_id) = 16) REFERENCES users (id) ON DELETE CASCADE,
    route TEXT NOT NULL CHECK (length(route) BETWEEN 1 AND 60),
    idempotency_key TEXT NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 200),
    body_sha256 BLOB NOT NULL CHECK (length(body_sha256) = 32),
    resource_id BLOB NOT NULL CHECK (length(resource_id) = 16),
    expires_at TEXT NOT NULL CHECK (length(expires_at) = 27),
    PRIMARY KEY (user_id, route, idempotency_key)
) STRICT;
CREATE INDEX ix_idempotency_records_expiry ON idempotency_records (expires_at);

-- Outlives what it speaks of: no foreign keys.
CREATE TABLE audit_events (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hospital_id BLOB CHECK (length(hospital_id) = 16),
    at TEXT NOT NULL CHECK (length(at) = 27),
    actor_id BLOB CHECK (length(actor_id) = 16),
    action TEXT NOT NULL CHECK (length(action) BETWEEN 3 AND 60),
    subject_id BLOB CHECK (length(subject_id) = 16),
    patient_id BLOB CHECK (length(patient_id) = 16),
    request_id BLOB CHECK (length(request_id) = 16)
) STRICT;
CREATE INDEX ix_audit_events_hospital ON audit_events (hospital_id, id);
CREATE INDEX ix_audit_events_patient ON audit_events (patient_id, id) WHERE patient_id IS NOT NULL;

-- The last word on double booking. The same sets of states as AppointmentState::blocks_time.
CREATE TRIGGER tr_appointments_doctor_insert BEFORE INSERT ON appointments
WHEN NEW.state IN ('held', 'booked', 'arrived', 'in_call') AND NEW.overbook_reason IS NULL AND EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.hospital_id = NEW.hospital_id AND other.doctor_id = NEW.doctor_id AND other.id <> NEW.id
        AND other.state IN ('held', 'booked', 'arrived', 'in_call') AND other.overbook_reason IS NULL
        AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(ABORT, 'ex_appointments_doctor');
END;
CREATE TRIGGER tr_appointments_doctor_update BEFORE UPDATE OF hospital_id, doctor_id, patient_id, starts_at, ends_at, state, overbook_reason ON appointments
WHEN NEW.state IN ('held', 'booked', 'arrived', 'in_call') AND NEW.overbook_reason IS NULL AND EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.hospital_id = NEW.hospital_id AND other.doctor_id = NEW.doctor_id AND other.id <> NEW.id
        AND other.state IN ('held', 'booked', 'arrived', 'in_call') AND other.overbook_reason IS NULL
        AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(ABORT, 'ex_appointments_doctor');
END;
CREATE TRIGGER tr_appointments_patient_insert BEFORE INSERT ON appointments
WHEN NEW.state IN ('held', 'booked', 'arrived', 'in_call') AND EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.hospital_id = NEW.hospital_id AND other.patient_id = NEW.patient_id AND other.id <> NEW.id
        AND other.state IN ('held', 'booked', 'arrived', 'in_call')
        AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(ABORT, 'ex_appointments_patient');
END;
CREATE TRIGGER tr_appointments_patient_update BEFORE UPDATE OF hospital_id, doctor_id, patient_id, starts_at, ends_at, state, overbook_reason ON appointments
WHEN NEW.state IN ('held', 'booked', 'arrived', 'in_call') AND EXISTS (
    SELECT 1 FROM appointments AS other
    WHERE other.hospital_id = NEW.hospital_id AND other.patient_id = NEW.patient_id AND other.id <> NEW.id
        AND other.state IN ('held', 'booked', 'arrived', 'in_call')
        AND other.starts_at < NEW.ends_at AND other.ends_at > NEW.starts_at
)
BEGIN
    SELECT RAISE(ABORT, 'ex_appointments_patient');
END;
CREATE TRIGGER tr_audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER tr_audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN
    SELECT RAISE(ABORT, 'audit_events is append-only');
END;
CREATE TRIGGER tr_messages_no_update BEFORE UPDATE ON messages
BEGIN
    SELECT RAISE(ABORT, 'messages is append-only');
END;
CREATE TRIGGER tr_messages_no_delete BEFORE DELETE ON messages
BEGIN
    SELECT RAISE(ABORT, 'messages is append-only');
END;
