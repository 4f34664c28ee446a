//! The tables, written by hand for both databases. A test compares this file with
//! what the migrations make on each.

use diesel::{allow_tables_to_appear_in_same_query, table};

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    hospitals (id) {
        id -> DbUuid,
        name -> Text,
        slug -> Text,
        time_zone -> Text,
        phone -> Text,
        address -> Text,
        archived -> Bool,
        created_at -> DbTs,
        lead_minutes -> Integer,
        horizon_days -> Integer,
        notice_minutes -> Integer,
        sort_name -> Text,
        search_text -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    lobbies (hospital_id) {
        hospital_id -> DbUuid,
        rev -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    users (id) {
        id -> DbUuid,
        hospital_id -> Nullable<DbUuid>,
        role -> DbWord,
        state -> DbWord,
        email -> DbWord,
        name -> Text,
        sort_name -> Text,
        search_text -> Text,
        language -> Text,
        created_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    credentials (user_id) {
        user_id -> DbUuid,
        password_hash -> Text,
        changed_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    doctor_profiles (hospital_id, doctor_id) {
        hospital_id -> DbUuid,
        doctor_id -> DbUuid,
        specialty -> Text,
        languages -> DbJson,
        biography -> Text,
        licence_number -> Text,
        visit_minutes -> SmallInt,
        buffer_minutes -> SmallInt,
        search_text -> Text,
        sort_specialty -> Text,
        spoken -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    patient_profiles (hospital_id, patient_id) {
        hospital_id -> DbUuid,
        patient_id -> DbUuid,
        date_of_birth -> Nullable<DbDate>,
        sex -> DbWord,
        phone -> Text,
        record_number -> Text,
        emergency_contact -> Text,
        search_text -> Text,
        sort_born -> Text,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    availability_rules (hospital_id, id) {
        hospital_id -> DbUuid,
        id -> DbUuid,
        doctor_id -> DbUuid,
        weekday -> SmallInt,
        from_minute -> SmallInt,
        until_minute -> SmallInt,
        valid_from -> Nullable<DbDate>,
        valid_until -> Nullable<DbDate>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    availability_exceptions (hospital_id, id) {
        hospital_id -> DbUuid,
        id -> DbUuid,
        doctor_id -> DbUuid,
        kind -> DbWord,
        starts_at -> DbTs,
        ends_at -> DbTs,
        created_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    conversations (hospital_id, id) {
        hospital_id -> DbUuid,
        id -> DbUuid,
        epoch -> BigInt,
        last_seq -> BigInt,
        created_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    conversation_members (hospital_id, conversation_id, user_id) {
        hospital_id -> DbUuid,
        conversation_id -> DbUuid,
        user_id -> DbUuid,
        delivered_seq -> BigInt,
        read_seq -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    appointments (hospital_id, id) {
        hospital_id -> DbUuid,
        id -> DbUuid,
        doctor_id -> DbUuid,
        patient_id -> DbUuid,
        conversation_id -> DbUuid,
        starts_at -> DbTs,
        ends_at -> DbTs,
        state -> DbWord,
        reason -> Text,
        overbook_reason -> Nullable<Text>,
        cancel_reason -> Nullable<Text>,
        version -> BigInt,
        waiting_since -> Nullable<DbTs>,
        admitted_at -> Nullable<DbTs>,
        finished_at -> Nullable<DbTs>,
        hold_expires_at -> Nullable<DbTs>,
        booked_by -> DbUuid,
        created_at -> DbTs,
        changed_at -> Nullable<DbTs>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    documents (hospital_id, id) {
        hospital_id -> DbUuid,
        id -> DbUuid,
        patient_id -> DbUuid,
        appointment_id -> Nullable<DbUuid>,
        uploaded_by -> DbUuid,
        name -> Text,
        media_type -> DbWord,
        size -> BigInt,
        sha256 -> Nullable<Text>,
        state -> DbWord,
        created_at -> DbTs,
        deleted_at -> Nullable<DbTs>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    messages (hospital_id, conversation_id, seq) {
        hospital_id -> DbUuid,
        conversation_id -> DbUuid,
        seq -> BigInt,
        sender_id -> Nullable<DbUuid>,
        client_id -> DbUuid,
        body_hash -> Binary,
        kind -> DbWord,
        body -> Text,
        document_id -> Nullable<DbUuid>,
        created_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    sessions (id) {
        id -> DbUuid,
        user_id -> DbUuid,
        user_agent -> Text,
        created_at -> DbTs,
        last_seen_at -> DbTs,
        idle_secs -> BigInt,
        idle_expires_at -> DbTs,
        expires_at -> DbTs,
        revoked_at -> Nullable<DbTs>,
        auth_time -> DbTs,
        second_factor -> Bool,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> DbUuid,
        issued_at -> DbTs,
        consumed_at -> Nullable<DbTs>,
        successor_hash -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    totp_factors (user_id) {
        user_id -> DbUuid,
        seed_sealed -> Binary,
        key_id -> Text,
        confirmed_at -> DbTs,
        last_step -> BigInt,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    totp_enrolments (user_id) {
        user_id -> DbUuid,
        seed_sealed -> Binary,
        key_id -> Text,
        expires_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    recovery_codes (user_id, idx) {
        user_id -> DbUuid,
        idx -> SmallInt,
        code_hash -> Text,
        used_at -> Nullable<DbTs>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    mfa_challenges (hash) {
        hash -> Binary,
        user_id -> DbUuid,
        created_at -> DbTs,
        expires_at -> DbTs,
        tries -> SmallInt,
        used_at -> Nullable<DbTs>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    call_legs (hospital_id, appointment_id, user_id, epoch) {
        hospital_id -> DbUuid,
        appointment_id -> DbUuid,
        user_id -> DbUuid,
        epoch -> BigInt,
        leg_id -> DbUuid,
        joined_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    idempotency_records (user_id, route, idempotency_key) {
        user_id -> DbUuid,
        route -> Text,
        idempotency_key -> Text,
        body_sha256 -> Binary,
        resource_id -> DbUuid,
        expires_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    audit_events (chain_id, strand, seq) {
        chain_id -> DbUuid,
        strand -> SmallInt,
        seq -> BigInt,
        id -> DbUuid,
        at -> DbTs,
        actor_id -> Nullable<DbUuid>,
        action -> DbWord,
        subject_id -> Nullable<DbUuid>,
        patient_id -> Nullable<DbUuid>,
        request_id -> Nullable<DbUuid>,
        key_id -> Text,
        mac -> Binary,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    audit_strands (chain_id, strand) {
        chain_id -> DbUuid,
        strand -> SmallInt,
        last_seq -> BigInt,
        last_mac -> Binary,
        key_id -> Text,
        seal -> Binary,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    audit_chains (chain_id) {
        chain_id -> DbUuid,
        key_id -> Text,
        seal -> Binary,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    account_codes (id) {
        id -> DbUuid,
        purpose -> DbWord,
        user_id -> Nullable<DbUuid>,
        hospital_id -> Nullable<DbUuid>,
        email -> DbWord,
        name -> Text,
        language -> Text,
        nonce -> Binary,
        token_hash -> Binary,
        created_at -> DbTs,
        expires_at -> DbTs,
        used_at -> Nullable<DbTs>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    mails (id) {
        id -> DbUuid,
        hospital_id -> Nullable<DbUuid>,
        to_address -> DbWord,
        kind -> DbWord,
        language -> Text,
        code_id -> Nullable<DbUuid>,
        state -> DbWord,
        attempts -> BigInt,
        next_try_at -> DbTs,
        leased_until -> Nullable<DbTs>,
        created_at -> DbTs,
        sent_at -> Nullable<DbTs>,
        last_error -> Nullable<Text>,
        appointment_id -> Nullable<DbUuid>,
        visit_starts_at -> Nullable<DbTs>,
        visit_ends_at -> Nullable<DbTs>,
        visit_created_at -> Nullable<DbTs>,
        visit_version -> Nullable<BigInt>,
        join_link_id -> Nullable<DbUuid>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    visit_timers (hospital_id, appointment_id, kind) {
        hospital_id -> DbUuid,
        appointment_id -> DbUuid,
        kind -> DbWord,
        due_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    job_leases (name) {
        name -> Text,
        holder -> Nullable<DbUuid>,
        leased_until -> Nullable<DbTs>,
        next_run_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    calendar_feeds (hospital_id, user_id) {
        hospital_id -> DbUuid,
        user_id -> DbUuid,
        token_hash -> Binary,
        created_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    installation_marks (part) {
        part -> Text,
        mark -> Binary,
        changed_at -> DbTs,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    appointment_changes (hospital_id, appointment_id, version) {
        hospital_id -> DbUuid,
        appointment_id -> DbUuid,
        version -> BigInt,
        kind -> DbWord,
        at -> DbTs,
        by_user -> Nullable<DbUuid>,
        starts_at -> Nullable<DbTs>,
        doctor_id -> Nullable<DbUuid>,
    }
}

table! {
    use diesel::sql_types::*;
    use crate::types::*;
    join_links (hospital_id, id) {
        hospital_id -> DbUuid,
        id -> DbUuid,
        appointment_id -> DbUuid,
        joins_as -> DbWord,
        guest_name -> Nullable<Text>,
        created_by -> Nullable<DbUuid>,
        created_at -> DbTs,
        revoked_at -> Nullable<DbTs>,
        session_id -> Nullable<DbUuid>,
        holder_hash -> Nullable<Binary>,
        opened_at -> Nullable<DbTs>,
        asking_hash -> Nullable<Binary>,
        asked_at -> Nullable<DbTs>,
    }
}

allow_tables_to_appear_in_same_query!(
    hospitals,
    lobbies,
    users,
    credentials,
    doctor_profiles,
    patient_profiles,
    availability_rules,
    availability_exceptions,
    conversations,
    conversation_members,
    appointments,
    appointment_changes,
    documents,
    messages,
    sessions,
    refresh_tokens,
    totp_factors,
    totp_enrolments,
    recovery_codes,
    mfa_challenges,
    call_legs,
    audit_events,
    audit_strands,
    audit_chains,
    account_codes,
    mails,
    calendar_feeds,
    join_links,
);

// Users in the parts that they play in a row.
diesel::alias! {
    pub const ACTORS: Alias<Actors> = users as actors;
    pub const DOCTORS: Alias<Doctors> = users as doctors;
    pub const PATIENTS: Alias<Patients> = users as patients;
    pub const UPLOADERS: Alias<Uploaders> = users as uploaders;
}
