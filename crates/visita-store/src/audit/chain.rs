//! The keyed hash chain: what makes a changed or missing event show (SECURITY §4.1, R70).
//!
//! Every event's MAC covers the event, its place and the MAC before it, so nothing can be
//! edited, removed, moved or added in between without the key. The end of a strand and the
//! set of a chain's strands are sealed under a second key: the MACs in the rows do not help
//! whoever cuts the newest ones off. The keys are never in the database.

use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use visita_domain::HospitalId;
use visita_domain::audit::AuditEvent;

/// A SHA-256 HMAC.
pub(super) type Tag = [u8; 32];

/// What stands before the first event of a strand.
pub(super) const GENESIS: Tag = [0; 32];

/// The keys of the audit trail: the first writes, all verify.
#[derive(Clone)]
pub struct AuditKeys(Arc<[Key]>);

impl fmt::Debug for AuditKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditKeys")
    }
}

pub(super) struct Key {
    /// First eight hex digits of a hash of the seed: names it in the rows.
    pub(super) id: String,
    event: Tag,
    seal: Tag,
    mark: Tag,
}

/// Where an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) chain: Uuid,
    pub(super) strand: i16,
    pub(super) seq: i64,
}

impl AuditKeys {
    /// Keys of these seeds, newest first. None without any seed.
    #[must_use]
    pub fn from_seeds(seeds: &[[u8; 32]]) -> Option<Self> {
        let keys: Vec<Key> = seeds.iter().map(Key::from_seed).collect();
        (!keys.is_empty()).then(|| Self(keys.into()))
    }

    /// The key for new events.
    pub(super) fn active(&self) -> &Key {
        #[expect(clippy::expect_used, reason = "from_seeds refuses an empty ring")]
        self.0.first().expect("a key")
    }

    /// The names of all, newest first: another text when another key writes or verifies.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|key| key.id.as_str()).collect();
        names.join(" ")
    }

    /// A keyed hash of what a part of the installation is. By the oldest key, which stays
    /// for as long as the events that it wrote: a new key is no change of other parts.
    pub(crate) fn mark(&self, part: &str, text: &str) -> Tag {
        #[expect(clippy::expect_used, reason = "from_seeds refuses an empty ring")]
        let oldest = self.0.last().expect("a key");
        hmac(&oldest.mark, &[part.as_bytes(), b"\0", text.as_bytes()])
    }

    /// The key of that name.
    pub(super) fn find(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }
}

impl Key {
    fn from_seed(seed: &[u8; 32]) -> Self {
        let derive = |label: &[u8]| hmac(seed, &[label]);
        let name: Tag = Sha256::digest(derive(b"visita audit key name")).into();
        Self {
            id: name.iter().take(4).map(|b| format!("{b:02x}")).collect(),
            event: derive(b"visita audit event"),
            seal: derive(b"visita audit seal"),
            mark: derive(b"visita installation mark"),
        }
    }

    /// The MAC of an event after the one whose MAC is `previous`.
    pub(super) fn event(&self, place: Place, event: &AuditEvent, previous: &Tag) -> Tag {
        let mut text = Text::default();
        text.place(place);
        text.bytes(event.id.0.as_bytes());
        text.bytes(&event.at.as_micros().to_be_bytes());
        text.optional(event.actor_id.map(|id| id.0));
        text.bytes(event.action.as_str().as_bytes());
        text.optional(event.subject_id);
        text.optional(event.patient_id.map(|id| id.0));
        text.optional(event.request_id);
        text.bytes(self.id.as_bytes());
        hmac(&self.event, &[b"event", &text.0, previous])
    }

    /// The seal of a strand that ends at that place with that MAC.
    pub(super) fn strand_seal(&self, end: Place, mac: &Tag) -> Tag {
        let mut text = Text::default();
        text.place(end);
        hmac(&self.seal, &[b"strand", &text.0, mac])
    }

    /// The seal of the set of a chain's strands, in their order.
    pub(super) fn chain_seal(&self, chain: Uuid, strands: &[i16]) -> Tag {
        let mut text = Text::default();
        text.bytes(chain.as_bytes());
        for strand in strands {
            text.bytes(&strand.to_be_bytes());
        }
        hmac(&self.seal, &[b"chain", &text.0])
    }
}

/// Bytes that can be read in one way only: every part is preceded by its length.
#[derive(Default)]
struct Text(Vec<u8>);

impl Text {
    fn bytes(&mut self, part: &[u8]) {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
    }

    fn optional(&mut self, id: Option<Uuid>) {
        match id {
            Some(id) => self.bytes(id.as_bytes()),
            None => self.bytes(&[]),
        }
    }

    fn place(&mut self, place: Place) {
        self.bytes(place.chain.as_bytes());
        self.bytes(&place.strand.to_be_bytes());
        self.bytes(&place.seq.to_be_bytes());
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> Tag {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The chain of a hospital, or of the platform.
pub(super) fn chain_of(hospital: Option<HospitalId>) -> Uuid {
    hospital.map_or(Uuid::nil(), |id| id.0)
}

/// Whose chain it is; none for the platform's.
pub(super) fn hospital_of(chain: Uuid) -> Option<HospitalId> {
    (!chain.is_nil()).then_some(HospitalId(chain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use visita_domain::audit::AuditAction;
    use visita_domain::{AuditEventId, PatientId, Ts, UserId};

    fn event() -> AuditEvent {
        AuditEvent {
            id: AuditEventId(Uuid::from_u128(1)),
            hospital_id: Some(HospitalId(Uuid::from_u128(2))),
            at: Ts::from_micros(3).unwrap(),
            actor_id: Some(UserId(Uuid::from_u128(4))),
            action: AuditAction::PatientRead,
            subject_id: None,
            patient_id: None,
            request_id: None,
        }
    }

    #[test]
    fn r70_a_mac_covers_every_part_its_place_and_what_came_before() {
        let keys = AuditKeys::from_seeds(&[[1; 32], [2; 32]]).unwrap();
        let key = keys.active();
        let place = Place {
            chain: Uuid::from_u128(2),
            strand: 0,
            seq: 1,
        };
        let other = Uuid::from_u128(9);
        let changed = |f: fn(&mut AuditEvent)| {
            let mut event = event();
            f(&mut event);
            event
        };
        let mut tags = vec![
            key.event(place, &event(), &GENESIS),
            key.event(place, &event(), &[1; 32]),
            key.event(Place { seq: 2, ..place }, &event(), &GENESIS),
            key.event(Place { strand: 1, ..place }, &event(), &GENESIS),
            key.event(
                Place {
                    chain: other,
                    ..place
                },
                &event(),
                &GENESIS,
            ),
            keys.0[1].event(place, &event(), &GENESIS),
            key.strand_seal(place, &GENESIS),
            key.chain_seal(place.chain, &[0]),
            key.chain_seal(place.chain, &[0, 1]),
        ];
        for event in [
            changed(|e| e.id = AuditEventId(Uuid::from_u128(9))),
            changed(|e| e.at = e.at.plus_secs(1)),
            changed(|e| e.actor_id = None),
            changed(|e| e.action = AuditAction::PatientChanged),
            changed(|e| e.subject_id = Some(Uuid::from_u128(9))),
            changed(|e| e.patient_id = Some(PatientId(Uuid::from_u128(9)))),
            changed(|e| e.request_id = Some(Uuid::from_u128(9))),
        ] {
            tags.push(key.event(place, &event, &GENESIS));
        }
        let count = tags.len();
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), count);
    }
}
