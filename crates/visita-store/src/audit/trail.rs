//! The events of one transaction, written last: the shorter the end of a strand is held, the better.

use diesel::prelude::*;
use uuid::Uuid;
use visita_domain::audit::AuditEvent;

use super::Entry;
use super::chain::{GENESIS, Place, Tag, chain_of};
use super::scribe::{Head, Scribe};
use crate::StoreError;
use crate::conn::Db;
use crate::schema::audit_events;
use crate::types::Val;

/// Gathers what a transaction does.
#[derive(Default)]
pub(crate) struct Trail(Vec<Entry>);

/// An event with its place and MAC.
struct Link {
    seq: i64,
    event: AuditEvent,
    mac: Tag,
}

impl Trail {
    /// Adds an event. It is written with the transaction's changes, or they are not made.
    pub(crate) fn record(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Chains and writes the events. Returns where the strands end then, to be
    /// remembered after the commit.
    pub(crate) fn write(
        self,
        db: &mut Db,
        scribe: &Scribe,
    ) -> Result<Vec<(Uuid, Head)>, StoreError> {
        let mut left = self.0;
        let mut heads = Vec::new();
        while let Some(first) = left.first() {
            let chain = chain_of(first.hospital_id);
            let (own, others): (Vec<_>, Vec<_>) = left
                .into_iter()
                .partition(|entry| chain_of(entry.hospital_id) == chain);
            left = others;
            let events: Vec<AuditEvent> = own.iter().map(Entry::event).collect();
            let (links, head) =
                scribe.advance(db, chain, |old| link(scribe, chain, old, &events))?;
            for one in &links {
                insert(db, scribe, chain, one)?;
            }
            heads.push((chain, head));
        }
        Ok(heads)
    }
}

/// The events after the end of the strand, and its new end.
fn link(
    scribe: &Scribe,
    chain: Uuid,
    old: Option<Head>,
    events: &[AuditEvent],
) -> (Vec<Link>, Head) {
    let mut head = old.unwrap_or(Head {
        seq: 0,
        mac: GENESIS,
    });
    let links = events
        .iter()
        .map(|event| {
            let place = Place {
                chain,
                strand: scribe.strand,
                seq: head.seq + 1,
            };
            head = Head {
                seq: place.seq,
                mac: scribe.keys.active().event(place, event, &head.mac),
            };
            Link {
                seq: place.seq,
                event: event.clone(),
                mac: head.mac,
            }
        })
        .collect();
    (links, head)
}

fn insert(db: &mut Db, scribe: &Scribe, chain: Uuid, link: &Link) -> Result<(), StoreError> {
    use audit_events as a;
    let event = &link.event;
    diesel::insert_into(a::table)
        .values((
            a::chain_id.eq(Val(chain)),
            a::strand.eq(scribe.strand),
            a::seq.eq(link.seq),
            a::id.eq(Val(event.id)),
            a::at.eq(Val(event.at)),
            a::actor_id.eq(event.actor_id.map(Val)),
            a::action.eq(Val(event.action)),
            a::subject_id.eq(event.subject_id.map(Val)),
            a::patient_id.eq(event.patient_id.map(Val)),
            a::request_id.eq(event.request_id.map(Val)),
            a::key_id.eq(&scribe.keys.active().id),
            a::mac.eq(link.mac.as_slice()),
        ))
        .execute(db)?;
    Ok(())
}
