//! Requests that are sent twice make one record.
//!
//! Who creates something may name the request by a key (draft-ietf-httpapi-idempotency-key-header-06).
//! The transaction that creates the record first claims the key, so of requests at once one
//! creates and the others wait for it, and then find what it made. Only digests are kept.

use diesel::prelude::*;
use uuid::Uuid;

use crate::audit::Trail;
use crate::conn::Db;
use crate::schema::idempotency_records;
use crate::types::Val;
use crate::{Ctx, StoreError};

/// How long a repeated request is recognised, in minutes: 24 h (SECURITY §7.5).
const KEPT_MINUTES: i64 = 24 * 60;

/// Names a request. The words of neither the key nor the request can be read from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Idempotency {
    /// SHA-256 of the caller's key.
    pub key_sha256: [u8; 32],
    /// SHA-256 of what is asked: the path and the body.
    pub request_sha256: [u8; 32],
}

/// The operations that create, as the table names them. A key counts for its own only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Creates {
    Appointment,
    Hold,
    Hospital,
    User,
    Patient,
    Exception,
    Document,
}

impl Creates {
    fn as_str(self) -> &'static str {
        match self {
            Self::Appointment => "book_appointment",
            Self::Hold => "hold_appointment",
            Self::Hospital => "create_hospital",
            Self::User => "create_user",
            Self::Patient => "create_patient",
            Self::Exception => "add_exception",
            Self::Document => "announce_document",
        }
    }
}

/// A record, and whether it was there already.
pub(crate) struct Made<T> {
    pub(crate) record: T,
    pub(crate) replayed: bool,
}

/// Creates a record by `make`, or shows by `again` the one that the same request made before.
/// `id` is the record's, when it is made now; `again` gets the id of the earlier one and
/// answers as a read of it would, so nobody sees by a key what they may not see any more.
///
/// # Errors
/// [`StoreError::IdempotencyKeyReused`] when the key came with another request.
pub(crate) fn once<T>(
    db: &mut Db,
    trail: &mut Trail,
    ctx: &Ctx,
    creates: Creates,
    id: Uuid,
    again: impl FnOnce(&mut Db, &mut Trail, Uuid) -> Result<T, StoreError>,
    make: impl FnOnce(&mut Db, &mut Trail) -> Result<T, StoreError>,
) -> Result<Made<T>, StoreError> {
    if let Some(request) = ctx.idempotency {
        if let Some(earlier) = find(db, ctx, creates, request)? {
            return Ok(Made {
                record: again(db, trail, earlier)?,
                replayed: true,
            });
        }
        claim(db, ctx, creates, request, id)?;
    }
    Ok(Made {
        record: make(db, trail)?,
        replayed: false,
    })
}

fn key(request: Idempotency) -> String {
    request
        .key_sha256
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the same request made before, after what is left of the caller's keys whose day is over.
fn find(
    db: &mut Db,
    ctx: &Ctx,
    creates: Creates,
    request: Idempotency,
) -> Result<Option<Uuid>, StoreError> {
    use idempotency_records as i;
    let own = i::user_id.eq(Val(ctx.actor.user_id));
    diesel::delete(i::table.filter(own).filter(i::expires_at.le(Val(ctx.now)))).execute(db)?;
    let known: Option<(Vec<u8>, Uuid)> = i::table
        .filter(own)
        .filter(i::route.eq(creates.as_str()))
        .filter(i::idempotency_key.eq(key(request)))
        .select((i::body_sha256, i::resource_id))
        .first(db)
        .optional()?;
    match known {
        Some((digest, _)) if digest != request.request_sha256 => {
            Err(StoreError::IdempotencyKeyReused)
        }
        known => Ok(known.map(|(_, id)| id)),
    }
}

fn claim(
    db: &mut Db,
    ctx: &Ctx,
    creates: Creates,
    request: Idempotency,
    id: Uuid,
) -> Result<(), StoreError> {
    use idempotency_records as i;
    diesel::insert_into(i::table)
        .values((
            i::user_id.eq(Val(ctx.actor.user_id)),
            i::route.eq(creates.as_str()),
            i::idempotency_key.eq(key(request)),
            i::body_sha256.eq(request.request_sha256.as_slice()),
            i::resource_id.eq(Val(id)),
            i::expires_at.eq(Val(ctx.now.plus_minutes(KEPT_MINUTES))),
        ))
        .execute(db)?;
    Ok(())
}
