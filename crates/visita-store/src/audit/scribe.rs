//! Who writes which strand, and where it ends.
//!
//! On PostgreSQL every connection has a strand of its own, so concurrent transactions of
//! one hospital never meet in the chain; on SQLite, where one writer runs at a time, all
//! share strand 0. The ends are remembered, which saves reading them; whoever remembers
//! wrongly notices, because an end moves on only from where it was.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use diesel::prelude::*;
use uuid::Uuid;

use super::chain::{AuditKeys, Place, Tag};
use crate::StoreError;
use crate::conn::Db;
use crate::schema::{audit_chains, audit_strands};
use crate::types::Val;

/// Most ends kept in mind; beyond it all are forgotten and read again.
const MAX_HEADS: usize = 4096;

/// The end of a strand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(super) seq: i64,
    pub(super) mac: Tag,
}

/// Writes one strand of every chain.
pub(crate) struct Scribe {
    pub(crate) keys: AuditKeys,
    pub(super) strand: i16,
    heads: Mutex<HashMap<Uuid, Head>>,
}

impl Scribe {
    pub(crate) fn new(keys: AuditKeys, strand: i16) -> Self {
        Self {
            keys,
            strand,
            heads: Mutex::default(),
        }
    }

    /// Keeps where strands end now; called after the commit, never before.
    pub(crate) fn remember(&self, heads: Vec<(Uuid, Head)>) {
        let mut known = self.heads();
        if known.len() + heads.len() > MAX_HEADS {
            known.clear();
        }
        known.extend(heads);
    }

    /// Moves the chain's end on by what `next` makes of the present one. `next` runs again
    /// when the remembered end was not the present one.
    pub(super) fn advance<T>(
        &self,
        db: &mut Db,
        chain: Uuid,
        next: impl Fn(Option<Head>) -> (T, Head),
    ) -> Result<(T, Head), StoreError> {
        let remembered = self.heads().get(&chain).copied();
        if let Some(old) = remembered {
            let (made, new) = next(Some(old));
            if self.move_end(db, chain, old, new)? {
                return Ok((made, new));
            }
            self.heads().remove(&chain);
        }
        let present = self.read_end(db, chain)?;
        let (made, new) = next(present);
        match present {
            None => self.begin(db, chain, new)?,
            Some(old) if self.move_end(db, chain, old, new)? => {}
            // Another holds this strand's end, which its lock should make impossible.
            Some(_) => return Err(StoreError::Unavailable),
        }
        Ok((made, new))
    }

    fn read_end(&self, db: &mut Db, chain: Uuid) -> Result<Option<Head>, StoreError> {
        let row: Option<(i64, Vec<u8>)> = audit_strands::table
            .filter(audit_strands::chain_id.eq(Val(chain)))
            .filter(audit_strands::strand.eq(self.strand))
            .select((audit_strands::last_seq, audit_strands::last_mac))
            .first(db)
            .optional()?;
        Ok(row.map(|(seq, mac)| Head {
            seq,
            // A damaged end is carried on as it is: `verify` tells, and writing goes on.
            mac: mac.try_into().unwrap_or_default(),
        }))
    }

    fn move_end(&self, db: &mut Db, chain: Uuid, old: Head, new: Head) -> Result<bool, StoreError> {
        let key = self.keys.active();
        let moved = diesel::update(
            audit_strands::table
                .filter(audit_strands::chain_id.eq(Val(chain)))
                .filter(audit_strands::strand.eq(self.strand))
                .filter(audit_strands::last_seq.eq(old.seq)),
        )
        .set((
            audit_strands::last_seq.eq(new.seq),
            audit_strands::last_mac.eq(new.mac.as_slice()),
            audit_strands::key_id.eq(&key.id),
            audit_strands::seal.eq(key.strand_seal(self.end(chain, new), &new.mac).as_slice()),
        ))
        .execute(db)?;
        Ok(moved == 1)
    }

    /// The first event of this strand in this chain.
    fn begin(&self, db: &mut Db, chain: Uuid, new: Head) -> Result<(), StoreError> {
        let key = self.keys.active();
        diesel::insert_into(audit_strands::table)
            .values((
                audit_strands::chain_id.eq(Val(chain)),
                audit_strands::strand.eq(self.strand),
                audit_strands::last_seq.eq(new.seq),
                audit_strands::last_mac.eq(new.mac.as_slice()),
                audit_strands::key_id.eq(&key.id),
                audit_strands::seal.eq(key.strand_seal(self.end(chain, new), &new.mac).as_slice()),
            ))
            .execute(db)?;
        self.seal_chain(db, chain)
    }

    /// Takes the new strand into the seal of its chain.
    fn seal_chain(&self, db: &mut Db, chain: Uuid) -> Result<(), StoreError> {
        let strands: Vec<i16> = audit_strands::table
            .filter(audit_strands::chain_id.eq(Val(chain)))
            .order(audit_strands::strand)
            .select(audit_strands::strand)
            .load(db)?;
        let key = self.keys.active();
        let seal = key.chain_seal(chain, &strands);
        let sealed =
            diesel::update(audit_chains::table.filter(audit_chains::chain_id.eq(Val(chain))))
                .set((
                    audit_chains::key_id.eq(&key.id),
                    audit_chains::seal.eq(seal.as_slice()),
                ))
                .execute(db)?;
        if sealed == 0 {
            diesel::insert_into(audit_chains::table)
                .values((
                    audit_chains::chain_id.eq(Val(chain)),
                    audit_chains::key_id.eq(&key.id),
                    audit_chains::seal.eq(seal.as_slice()),
                ))
                .execute(db)?;
        }
        Ok(())
    }

    fn end(&self, chain: Uuid, head: Head) -> Place {
        Place {
            chain,
            strand: self.strand,
            seq: head.seq,
        }
    }

    fn heads(&self) -> MutexGuard<'_, HashMap<Uuid, Head>> {
        // Ends are put in whole; a wrong one would be noticed.
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
