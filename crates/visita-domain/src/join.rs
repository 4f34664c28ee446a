//! Join links: one tap from a message to the lobby of one visit (SECURITY §2.11).

use serde::{Deserialize, Serialize};

use crate::appointment::{AppointmentState, EARLY_ARRIVAL_MINUTES};
use crate::{TimeRange, Ts};

/// A link that nobody has come by ends so long after the planned end of its visit.
pub const LINGER_MINUTES: i64 = 15;
/// A visit that has begun, or whose patient waits, goes on as long as its doctor needs. Its
/// links end in any case so long after the planned end.
pub const OVERRUN_MINUTES: i64 = 4 * 60;
/// Links of one visit that have not been revoked, at most.
pub const MAX_LINKS: usize = 8;
/// Longest name of a guest, in characters.
pub const MAX_GUEST_NAME: usize = 80;

/// Whom a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JoinAs {
    /// The patient of the visit.
    Patient,
    /// Somebody who translates.
    Interpreter,
    /// Somebody of the patient's family, or a friend.
    Family,
    /// Anybody else, such as a carer or a student.
    Other,
}

impl JoinAs {
    /// Every value.
    pub const ALL: [Self; 4] = [Self::Patient, Self::Interpreter, Self::Family, Self::Other];

    /// The stable text, as in the contract and the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Interpreter => "interpreter",
            Self::Family => "family",
            Self::Other => "other",
        }
    }

    /// The value of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// When the visit lets come in who has a link: as the lobby does.
#[must_use]
pub fn opens_at(visit: TimeRange) -> Ts {
    visit.start().plus_minutes(-EARLY_ARRIVAL_MINUTES)
}

/// Whether more than waiting is possible already: near enough, or the clinic has begun.
#[must_use]
pub fn is_open(visit: TimeRange, state: AppointmentState, now: Ts) -> bool {
    let begun = matches!(state, AppointmentState::Arrived | AppointmentState::InCall);
    begun || now >= opens_at(visit)
}

/// When the links of a visit end. It follows the visit, so a visit that is moved takes its
/// links along, and one that is over has none.
#[must_use]
pub fn ends_at(visit: TimeRange, state: AppointmentState) -> Option<Ts> {
    use AppointmentState as S;
    let minutes = match state {
        S::Booked => LINGER_MINUTES,
        S::Arrived | S::InCall => OVERRUN_MINUTES,
        S::Held | S::Finished | S::Cancelled | S::NoShow => return None,
    };
    Some(visit.end().plus_minutes(minutes))
}

/// Until when whoever has a link is told how its visit ended.
#[must_use]
pub fn told_until(visit: TimeRange) -> Ts {
    visit.end().plus_minutes(OVERRUN_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_end_with_their_visit_and_never_under_a_running_one() {
        use AppointmentState as S;
        let at = |text: &str| text.parse::<Ts>().expect("a time");
        let visit = TimeRange::new(at("2026-11-24T09:00:00Z"), at("2026-11-24T09:20:00Z"))
            .expect("a range");
        assert_eq!(opens_at(visit), at("2026-11-24T08:00:00Z"));
        for (state, expected) in [
            (S::Held, None),
            (S::Booked, Some("2026-11-24T09:35:00Z")),
            (S::Arrived, Some("2026-11-24T13:20:00Z")),
            (S::InCall, Some("2026-11-24T13:20:00Z")),
            (S::Finished, None),
            (S::Cancelled, None),
            (S::NoShow, None),
        ] {
            assert_eq!(ends_at(visit, state), expected.map(at), "{state:?}");
        }
        for one in JoinAs::ALL {
            assert_eq!(JoinAs::from_text(one.as_str()), Some(one));
        }
    }
}
