//! The steps of a booking, read from the address so that the back button walks them.

use visita_domain::people::Role;
use visita_domain::{AppointmentId, DoctorId, PatientId, Ts};
use visita_wire::appointments::AppointmentView;
use visita_wire::availability::SlotView;

/// What is chosen so far: the query of the page's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choice {
    /// For whom; patients book for themselves.
    pub patient: Option<PatientId>,
    /// With whom.
    pub doctor: Option<DoctorId>,
    /// When.
    pub at: Option<Ts>,
    /// The visit that came of it.
    pub booked: Option<AppointmentId>,
}

/// One screen of the booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Staff and doctors say for whom.
    Patient,
    /// With whom.
    Doctor,
    /// Day and time.
    Time,
    /// Reason, and the one button that books.
    Confirm,
    /// Done.
    Booked,
}

impl Choice {
    /// Reads the query; what cannot be read counts as not chosen. A doctor books only for
    /// themselves, whatever the address says.
    pub fn read<'a>(get: impl Fn(&str) -> Option<&'a str>, own_doctor: Option<DoctorId>) -> Self {
        Self {
            patient: get("patient").and_then(|text| text.parse().ok()),
            doctor: own_doctor.or_else(|| get("doctor").and_then(|text| text.parse().ok())),
            at: get("at").and_then(|text| text.parse().ok()),
            booked: get("booked").and_then(|text| text.parse().ok()),
        }
    }

    /// The query of this choice, with its question mark when there is one.
    #[must_use]
    pub fn query(&self) -> String {
        let pairs: Vec<_> = [
            ("patient", self.patient.map(|id| id.to_string())),
            ("doctor", self.doctor.map(|id| id.to_string())),
            ("at", self.at.map(|at| at.to_string())),
            ("booked", self.booked.map(|id| id.to_string())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value?)))
        .collect();
        if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        }
    }

    /// The screen to show: the first thing that is not chosen yet.
    #[must_use]
    pub fn step(&self, role: Role) -> Step {
        if self.booked.is_some() {
            Step::Booked
        } else if role != Role::Patient && self.patient.is_none() {
            Step::Patient
        } else if self.doctor.is_none() {
            Step::Doctor
        } else if self.at.is_none() {
            Step::Time
        } else {
            Step::Confirm
        }
    }

    /// This choice as it stood when that step was asked: later answers are dropped.
    #[must_use]
    pub fn back_to(&self, step: Step) -> Self {
        Self {
            patient: self.patient.filter(|_| step > Step::Patient),
            doctor: self.doctor.filter(|_| step > Step::Doctor),
            at: self.at.filter(|_| step > Step::Time),
            booked: None,
        }
    }
}

/// The steps that a role walks, for the progress line.
#[must_use]
pub fn steps(role: Role) -> &'static [Step] {
    match role {
        Role::Patient | Role::Admin | Role::Guest => &[Step::Doctor, Step::Time, Step::Confirm],
        Role::Staff => &[Step::Patient, Step::Doctor, Step::Time, Step::Confirm],
        Role::Doctor => &[Step::Patient, Step::Time, Step::Confirm],
    }
}

/// What became of asking for a time to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeping {
    /// Nothing is kept: nothing was asked, or staff books over others.
    Nothing,
    /// Asked for.
    Asking,
    /// Kept.
    Kept(Kept),
    /// The server says that it is kept no longer.
    Over,
    /// It could not be asked for, and why in words.
    Failed(String),
}

/// A time that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The visit that it becomes.
    pub id: AppointmentId,
    /// What was chosen.
    pub of: Choice,
    /// Until when, on the viewer's clock.
    pub until: Ts,
}

impl Kept {
    /// A time that the server has kept since `now`. How long comes from the server, the rest
    /// from the viewer's clock, which may be wrong.
    #[must_use]
    pub fn of(visit: &AppointmentView, of: Choice, now: Ts) -> Self {
        let secs = visit
            .hold_expires_at
            .map_or(0, |until| until.secs_since(visit.created_at));
        Self {
            id: visit.id,
            of,
            until: now.plus_micros(secs.saturating_mul(1_000_000)),
        }
    }
}

/// How a kept time stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is kept.
    Nothing,
    /// Asked for.
    Asking,
    /// Kept for so many seconds more.
    Kept {
        /// The visit that it becomes.
        id: AppointmentId,
        /// Until when.
        until: Ts,
        /// Seconds until then.
        secs: i64,
    },
    /// Not kept any more.
    Over,
    /// It could not be asked for, and why in words.
    Failed(String),
}

impl Keeping {
    /// How it stands now.
    #[must_use]
    pub fn standing(&self, now: Ts) -> Standing {
        match self {
            Self::Nothing => Standing::Nothing,
            Self::Asking => Standing::Asking,
            Self::Kept(kept) if kept.until > now => Standing::Kept {
                id: kept.id,
                until: kept.until,
                secs: kept.until.secs_since(now),
            },
            Self::Kept(_) | Self::Over => Standing::Over,
            Self::Failed(words) => Standing::Failed(words.clone()),
        }
    }
}

impl Standing {
    /// Until when the time is kept.
    #[must_use]
    pub fn until(&self) -> Option<Ts> {
        match self {
            Self::Kept { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// "9:32" until then.
    #[must_use]
    pub fn left(&self) -> Option<String> {
        match self {
            Self::Kept { secs, .. } => Some(format!("{}:{:02}", secs / 60, secs % 60)),
            _ => None,
        }
    }

    /// Some when the time is not kept although it should be; inside it the words of the
    /// fault, if it was one.
    #[must_use]
    pub fn trouble(&self) -> Option<Option<String>> {
        match self {
            Self::Over => Some(None),
            Self::Failed(words) => Some(Some(words.clone())),
            _ => None,
        }
    }
}

/// The free times nearest to the wanted one, at most so many, in order of time.
#[must_use]
pub fn nearest(slots: &[SlotView], wanted: Ts, most: usize) -> Vec<SlotView> {
    let mut near = slots.to_vec();
    near.sort_by_key(|slot| slot.starts_at.secs_since(wanted).abs());
    near.truncate(most);
    near.sort_by_key(|slot| slot.starts_at);
    near
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use uuid::Uuid;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn read(query: &str, own: Option<DoctorId>) -> Choice {
        let pairs: BTreeMap<_, _> = query
            .trim_start_matches('?')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        Choice::read(|name| pairs.get(name).copied(), own)
    }

    fn whole() -> Choice {
        Choice {
            patient: Some(PatientId::new(Uuid::from_u128(1))),
            doctor: Some(DoctorId::new(Uuid::from_u128(2))),
            at: Some("2026-11-23T09:30:00Z".parse().expect("instant")),
            booked: None,
        }
    }

    #[wasm_bindgen_test]
    fn the_address_carries_the_choice() {
        let choice = whole();
        assert_eq!(read(&choice.query(), None), choice);
        assert_eq!(Choice::default().query(), "");
        assert_eq!(
            read("?doctor=nonsense&at=tomorrow", None),
            Choice::default()
        );
        let own = DoctorId::new(Uuid::from_u128(9));
        assert_eq!(read(&choice.query(), Some(own)).doctor, Some(own));
    }

    #[wasm_bindgen_test]
    fn steps_follow_what_is_missing() {
        let own = Some(DoctorId::new(Uuid::from_u128(9)));
        for (role, query, own, expected) in [
            (Role::Patient, String::new(), None, Step::Doctor),
            (Role::Staff, String::new(), None, Step::Patient),
            (Role::Doctor, String::new(), own, Step::Patient),
            (
                Role::Doctor,
                whole().back_to(Step::Doctor).query(),
                own,
                Step::Time,
            ),
            (
                Role::Staff,
                whole().back_to(Step::Doctor).query(),
                None,
                Step::Doctor,
            ),
            (
                Role::Patient,
                whole().back_to(Step::Time).query(),
                None,
                Step::Time,
            ),
            (Role::Patient, whole().query(), None, Step::Confirm),
        ] {
            assert_eq!(read(&query, own).step(role), expected, "{role:?} {query}");
        }
        let done = Choice {
            booked: Some(AppointmentId::new(Uuid::from_u128(3))),
            ..Choice::default()
        };
        assert_eq!(read(&done.query(), None).step(Role::Staff), Step::Booked);
    }

    fn at(text: &str) -> Ts {
        text.parse().expect("instant")
    }

    #[wasm_bindgen_test]
    fn a_time_is_kept_as_long_as_the_server_says_on_any_clock() {
        let id = AppointmentId::new(Uuid::from_u128(3));
        // The viewer's clock is a day late.
        let kept = Kept {
            id,
            of: whole(),
            until: at("2026-11-22T09:10:00Z"),
        };
        let state = Keeping::Kept(kept);
        let early = state.standing(at("2026-11-22T09:00:28Z"));
        assert_eq!(early.left().as_deref(), Some("9:32"));
        assert_eq!(early.until(), Some(at("2026-11-22T09:10:00Z")));
        assert_eq!(early.trouble(), None);
        let last = state.standing(at("2026-11-22T09:09:59Z"));
        assert_eq!(last.left().as_deref(), Some("0:01"));
        let over = state.standing(at("2026-11-22T09:10:00Z"));
        assert_eq!(over, Standing::Over);
        assert_eq!(over.trouble(), Some(None));
        assert_eq!(over.until(), None);
        let failed = Keeping::Failed("no connection".to_owned());
        let words = failed.standing(at("2026-11-22T09:10:00Z")).trouble();
        assert_eq!(words, Some(Some("no connection".to_owned())));
    }

    #[wasm_bindgen_test]
    fn the_nearest_times_are_before_and_after_and_in_order() {
        let slot = |text: &str| SlotView {
            starts_at: at(text),
            ends_at: at(text).plus_minutes(20),
        };
        let all = [
            slot("2026-11-23T08:00:00Z"),
            slot("2026-11-23T09:10:00Z"),
            slot("2026-11-23T09:50:00Z"),
            slot("2026-11-23T10:30:00Z"),
            slot("2026-11-24T09:30:00Z"),
        ];
        let times = |most| -> Vec<String> {
            nearest(&all, at("2026-11-23T09:30:00Z"), most)
                .iter()
                .map(|slot| slot.starts_at.to_string()[11..16].to_owned())
                .collect()
        };
        assert_eq!(times(3), ["09:10", "09:50", "10:30"]);
        assert_eq!(times(9).len(), 5);
        assert_eq!(nearest(&[], at("2026-11-23T09:30:00Z"), 3), []);
    }
}
