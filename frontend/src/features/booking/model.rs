//! The steps of a booking, read from the address so that the back button walks them.

use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, DoctorId, PatientId, Ts};

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
        Role::Patient | Role::Admin => &[Step::Doctor, Step::Time, Step::Confirm],
        Role::Staff => &[Step::Patient, Step::Doctor, Step::Time, Step::Confirm],
        Role::Doctor => &[Step::Patient, Step::Time, Step::Confirm],
    }
}

/// True when staff can book such a time all the same: only the doctor's side gives way.
#[must_use]
pub fn can_overbook(role: Role, conflicts: &[Conflict]) -> bool {
    role == Role::Staff
        && !conflicts.is_empty()
        && conflicts.iter().all(|c| {
            matches!(
                c,
                Conflict::DoctorBusy | Conflict::HeldByAnother | Conflict::OutsideAvailability
            )
        })
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

    #[wasm_bindgen_test]
    fn staff_override_the_doctors_side_only() {
        use Conflict::{DoctorBusy, HeldByAnother, InThePast, OutsideAvailability, PatientBusy};
        for (role, conflicts, expected) in [
            (Role::Staff, vec![DoctorBusy], true),
            (Role::Staff, vec![DoctorBusy, OutsideAvailability], true),
            (Role::Staff, vec![HeldByAnother], true),
            (Role::Staff, vec![DoctorBusy, PatientBusy], false),
            (Role::Staff, vec![InThePast], false),
            (Role::Staff, vec![], false),
            (Role::Patient, vec![DoctorBusy], false),
            (Role::Doctor, vec![OutsideAvailability], false),
        ] {
            assert_eq!(can_overbook(role, &conflicts), expected, "{conflicts:?}");
        }
    }
}
