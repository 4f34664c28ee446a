//! What this installation is made of: its schema, its keys and its settings.
//!
//! A start that finds them other than the one before leaves an event (SECURITY §4.4). What
//! is kept for that is a keyed hash, so that the database does not tell settings.

use diesel::prelude::*;
use visita_domain::Ts;
use visita_domain::audit::AuditAction;

use crate::audit::Entry;
use crate::conn::Db;
use crate::schema::installation_marks as m;
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, migrate, tx};

/// A part of the installation that changes between two starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What the operator has set.
    Settings,
    /// The keys of sign-in tokens and of what is sealed.
    TokenKeys,
    /// The keys of the audit trail.
    AuditKeys,
    /// The tables, by the newest migration.
    Schema,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::TokenKeys => "token_keys",
            Self::AuditKeys => "audit_keys",
            Self::Schema => "schema",
        }
    }

    /// What the trail says of a change.
    fn action(self) -> AuditAction {
        match self {
            Self::Settings => AuditAction::SettingsChanged,
            Self::TokenKeys | Self::AuditKeys => AuditAction::KeysChanged,
            Self::Schema => AuditAction::SchemaMigrated,
        }
    }
}

struct Mark {
    part: Part,
    mark: [u8; 32],
}

/// Compares the described parts, the schema and the audit keys with what was noted before;
/// leaves an event for each that is new or another, and notes it. Returns those.
///
/// # Errors
/// [`StoreError::Unavailable`]; then nothing is noted.
pub fn note(
    conn: &mut AnyConn,
    described: &[(Part, String)],
    now: Ts,
) -> Result<Vec<Part>, StoreError> {
    let keys = conn.scribe.keys.clone();
    let own = [
        (Part::Schema, migrate::newest()),
        (Part::AuditKeys, keys.names()),
    ];
    let marks: Vec<Mark> = own
        .iter()
        .chain(described)
        .map(|(part, text)| Mark {
            part: *part,
            mark: keys.mark(part.as_str(), text),
        })
        .collect();
    if tx::read_tx(conn, Tenant::Platform, |db| changed(db, &marks))?.is_empty() {
        return Ok(Vec::new());
    }
    tx::write_tx(conn, Tenant::Platform, |db, trail| {
        let changed = changed(db, &marks)?;
        for mark in &changed {
            keep(db, mark, now)?;
            trail.record(Entry::by_itself(mark.part.action(), now));
        }
        Ok(changed.iter().map(|mark| mark.part).collect())
    })
}

/// Records that somebody had the trail verified, and whether it was whole.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn note_verification(conn: &mut AnyConn, whole: bool, now: Ts) -> Result<(), StoreError> {
    let action = if whole {
        AuditAction::AuditVerified
    } else {
        AuditAction::AuditFaultFound
    };
    tx::append_tx(conn, Tenant::Platform, |_, trail| {
        trail.record(Entry::by_itself(action, now));
        Ok(())
    })
}

fn changed<'a>(db: &mut Db, marks: &'a [Mark]) -> Result<Vec<&'a Mark>, StoreError> {
    let known: Vec<(String, Vec<u8>)> = m::table.select((m::part, m::mark)).load(db)?;
    let same = |mark: &Mark| {
        known
            .iter()
            .any(|(part, bytes)| part == mark.part.as_str() && bytes == &mark.mark)
    };
    Ok(marks.iter().filter(|mark| !same(mark)).collect())
}

fn keep(db: &mut Db, mark: &Mark, now: Ts) -> Result<(), StoreError> {
    let part = mark.part.as_str();
    diesel::delete(m::table.filter(m::part.eq(part))).execute(db)?;
    diesel::insert_into(m::table)
        .values((
            m::part.eq(part),
            m::mark.eq(mark.mark.as_slice()),
            m::changed_at.eq(Val(now)),
        ))
        .execute(db)?;
    Ok(())
}
