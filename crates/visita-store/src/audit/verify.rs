//! `visita audit verify`: whether the trail is what was written (SECURITY R70).

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::HospitalId;
use visita_domain::audit::AuditEvent;

use super::chain::{AuditKeys, GENESIS, Place, Tag, hospital_of};
use super::read::AuditEventRow;
use crate::conn::{Db, MultiBackend};
use crate::schema::{audit_chains, audit_events, audit_strands, hospitals, users};
use crate::types::Val;
use crate::{AnyConn, StoreError, Tenant, tx};

/// Events read at once.
const PAGE: i64 = 2_000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Events that are as they were written.
    pub events: u64,
    /// The first fault of every strand, and those of whole chains.
    pub faults: Vec<Fault>,
}

/// Where the trail is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The hospital; none for the platform.
    pub hospital_id: Option<HospitalId>,
    /// The strand of its chain; none when the whole chain is meant.
    pub strand: Option<i16>,
    /// The first bad event of the strand; none when the whole strand or chain is meant.
    pub seq: Option<i64>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The event is not what was written there.
    Changed,
    /// The event is missing, and later ones are there.
    Missing,
    /// The newest events are missing, from this one on.
    Truncated,
    /// The event was added after the strand's end.
    Added,
    /// No key of the ring wrote this.
    UnknownKey,
    /// The end of the strand is not what was written.
    EndChanged,
    /// A whole strand was removed or added.
    StrandsChanged,
    /// A hospital, or the platform, has no trail at all.
    NoTrail,
}

impl FaultKind {
    /// One English sentence.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Changed => "the event was changed, replaced or moved",
            Self::Missing => "the event was removed",
            Self::Truncated => "the newest events were removed, from this one on",
            Self::Added => "the event was added behind the end",
            Self::UnknownKey => "the key that wrote this is not in the key file",
            Self::EndChanged => "the end of the strand was changed",
            Self::StrandsChanged => "a strand was removed or added",
            Self::NoTrail => "there is no trail at all",
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_strands, check_for_backend(MultiBackend))]
struct StrandRow {
    chain_id: Uuid,
    strand: i16,
    last_seq: i64,
    last_mac: Vec<u8>,
    key_id: String,
    seal: Vec<u8>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_events, check_for_backend(MultiBackend))]
struct LinkRow {
    seq: i64,
    key_id: String,
    mac: Vec<u8>,
}

/// How far a strand is right.
struct Walked {
    events: u64,
    last: Tag,
    fault: Option<(i64, FaultKind)>,
}

/// Reads the whole trail, as it is at one moment, and says what is not as it was written.
/// Takes as long as it takes to read all events once; memory stays the same.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub fn verify(conn: &mut AnyConn) -> Result<Report, StoreError> {
    let keys = conn.scribe.keys.clone();
    tx::read_tx(conn, Tenant::Accounts, |db| {
        let mut report = Report {
            events: 0,
            faults: Vec::new(),
        };
        let strands: Vec<StrandRow> = audit_strands::table
            .select(StrandRow::as_select())
            .order((audit_strands::chain_id, audit_strands::strand))
            .load(db)?;
        for strand in &strands {
            check_strand(db, &keys, strand, &mut report)?;
        }
        check_chains(db, &keys, &strands, &mut report)?;
        Ok(report)
    })
}

fn check_strand(
    db: &mut Db,
    keys: &AuditKeys,
    strand: &StrandRow,
    report: &mut Report,
) -> Result<(), StoreError> {
    let walked = walk(db, keys, strand)?;
    report.events += walked.events;
    let end = Place {
        chain: strand.chain_id,
        strand: strand.strand,
        seq: strand.last_seq,
    };
    let fault = match (walked.fault, keys.find(&strand.key_id)) {
        (Some(fault), _) => Some(fault),
        (None, None) => Some((strand.last_seq, FaultKind::UnknownKey)),
        (None, Some(key)) => {
            let sound =
                strand.last_mac == walked.last && strand.seal == key.strand_seal(end, &walked.last);
            (!sound).then_some((strand.last_seq, FaultKind::EndChanged))
        }
    };
    report.faults.extend(fault.map(|(seq, kind)| Fault {
        hospital_id: hospital_of(strand.chain_id),
        strand: Some(strand.strand),
        seq: Some(seq),
        kind,
    }));
    Ok(())
}

/// From the first event to the first fault, or past the end.
fn walk(db: &mut Db, keys: &AuditKeys, strand: &StrandRow) -> Result<Walked, StoreError> {
    let mut walked = Walked {
        events: 0,
        last: GENESIS,
        fault: None,
    };
    let mut expected = 1;
    loop {
        let rows: Vec<(LinkRow, AuditEventRow)> = audit_events::table
            .filter(audit_events::chain_id.eq(Val(strand.chain_id)))
            .filter(audit_events::strand.eq(strand.strand))
            .filter(audit_events::seq.ge(expected))
            .select((LinkRow::as_select(), AuditEventRow::as_select()))
            .order(audit_events::seq)
            .limit(PAGE)
            .load(db)?;
        if rows.is_empty() {
            if expected <= strand.last_seq {
                walked.fault = Some((expected, FaultKind::Truncated));
            }
            return Ok(walked);
        }
        for (link, row) in rows {
            let place = Place {
                chain: strand.chain_id,
                strand: strand.strand,
                seq: expected,
            };
            match judge(keys, strand, place, &link, &row.into(), &walked.last) {
                Ok(mac) => walked.last = mac,
                Err(kind) => {
                    walked.fault = Some((expected, kind));
                    return Ok(walked);
                }
            }
            walked.events += 1;
            expected += 1;
        }
    }
}

fn judge(
    keys: &AuditKeys,
    strand: &StrandRow,
    place: Place,
    link: &LinkRow,
    event: &AuditEvent,
    before: &Tag,
) -> Result<Tag, FaultKind> {
    if link.seq != place.seq {
        return Err(FaultKind::Missing);
    }
    let key = keys.find(&link.key_id).ok_or(FaultKind::UnknownKey)?;
    let mac = key.event(place, event, before);
    if link.mac != mac {
        return Err(FaultKind::Changed);
    }
    if place.seq > strand.last_seq {
        return Err(FaultKind::Added);
    }
    Ok(mac)
}

/// Whether every chain has the strands it had, and everybody who should has a chain.
fn check_chains(
    db: &mut Db,
    keys: &AuditKeys,
    strands: &[StrandRow],
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut found: BTreeMap<Uuid, Vec<i16>> = BTreeMap::new();
    for row in strands {
        found.entry(row.chain_id).or_default().push(row.strand);
    }
    let sealed: Vec<(Uuid, String, Vec<u8>)> = audit_chains::table
        .select((
            audit_chains::chain_id,
            audit_chains::key_id,
            audit_chains::seal,
        ))
        .load(db)?;
    let seals: BTreeMap<Uuid, (String, Vec<u8>)> = sealed
        .into_iter()
        .map(|(chain, key, seal)| (chain, (key, seal)))
        .collect();
    let recorded = strands_of_events(db)?;
    let wanted = chains_of_people(db)?;
    let all: BTreeSet<Uuid> = found
        .keys()
        .chain(seals.keys())
        .chain(recorded.iter().map(|(chain, _)| chain))
        .chain(&wanted)
        .copied()
        .collect();
    for chain in all {
        let strands = found.get(&chain).map_or(&[][..], Vec::as_slice);
        let strangers = recorded
            .iter()
            .any(|(of, strand)| *of == chain && !strands.contains(strand));
        let kind = match seals.get(&chain) {
            _ if strangers => Some(FaultKind::StrandsChanged),
            None if strands.is_empty() => Some(FaultKind::NoTrail),
            None => Some(FaultKind::StrandsChanged),
            Some((key_id, seal)) => match keys.find(key_id) {
                None => Some(FaultKind::UnknownKey),
                Some(key) => (seal.as_slice() != key.chain_seal(chain, strands))
                    .then_some(FaultKind::StrandsChanged),
            },
        };
        report.faults.extend(kind.map(|kind| Fault {
            hospital_id: hospital_of(chain),
            strand: None,
            seq: None,
            kind,
        }));
    }
    Ok(())
}

fn strands_of_events(db: &mut Db) -> Result<BTreeSet<(Uuid, i16)>, StoreError> {
    let strands: Vec<(Uuid, i16)> = audit_events::table
        .select((audit_events::chain_id, audit_events::strand))
        .distinct()
        .load(db)?;
    Ok(strands.into_iter().collect())
}

/// Creating a hospital or an administrator leaves an event.
fn chains_of_people(db: &mut Db) -> Result<BTreeSet<Uuid>, StoreError> {
    let hospitals: Vec<Uuid> = hospitals::table.select(hospitals::id).load(db)?;
    let platform: Option<String> = users::table
        .filter(users::hospital_id.is_null())
        .select(users::name)
        .first(db)
        .optional()?;
    Ok(hospitals
        .into_iter()
        .chain(platform.map(|_| Uuid::nil()))
        .collect())
}
