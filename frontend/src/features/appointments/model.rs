//! What can be done with an appointment, and what has changed in it.

use visita_domain::access::{Action, may_ever};
use visita_domain::appointment::{AppointmentState, EARLY_ARRIVAL_MINUTES, Transition};
use visita_domain::people::Role;
use visita_domain::{LocalDate, Ts};
use visita_wire::appointments::AppointmentView;

/// Minutes after its start during which an open visit still counts as coming: a late patient
/// looks for it among the next visits, not among the past ones.
const GRACE_MINUTES: i64 = 12 * 60;

/// What a viewer may do with an appointment now. The server decides again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Can {
    /// Open the visit page.
    pub enter: bool,
    /// Move it.
    pub reschedule: bool,
    /// Give it to another doctor.
    pub reassign: bool,
    /// Call it off.
    pub cancel: bool,
    /// Mark the patient as arrived, on the patient's behalf.
    pub arrive: bool,
    /// Note that the patient never came.
    pub no_show: bool,
}

impl Can {
    /// What that role may do with a visit in that state at that moment.
    #[must_use]
    pub fn of(role: Role, state: AppointmentState, starts_at: Ts, now: Ts) -> Self {
        let follows = |by| state.after(by).is_ok();
        Self {
            enter: may_ever(role, Action::JoinCall)
                && matches!(
                    state,
                    AppointmentState::Booked | AppointmentState::Arrived | AppointmentState::InCall
                ),
            reschedule: may_ever(role, Action::RescheduleAppointment)
                && follows(Transition::Reschedule),
            reassign: may_ever(role, Action::ReassignAppointment) && follows(Transition::Reassign),
            cancel: may_ever(role, Action::CancelAppointment) && follows(Transition::Cancel),
            // A patient arrives by entering the visit.
            arrive: role == Role::Staff
                && follows(Transition::Arrive)
                && arrival_opens(starts_at) <= now,
            no_show: may_ever(role, Action::MarkNoShow)
                && follows(Transition::MarkNoShow)
                && starts_at <= now,
        }
    }
}

/// From when on a patient may wait for the visit.
#[must_use]
pub fn arrival_opens(starts_at: Ts) -> Ts {
    starts_at.plus_minutes(-EARLY_ARRIVAL_MINUTES)
}

/// One way in which an appointment differs from what was on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Another time.
    Moved,
    /// Another doctor.
    Doctor,
    /// Another state.
    State(AppointmentState),
    /// Something that the screen does not name.
    Other,
}

/// What somebody else changed while the screen was open; never empty.
#[must_use]
pub fn changes(before: &AppointmentView, after: &AppointmentView) -> Vec<Change> {
    let mut found = Vec::new();
    if (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at) {
        found.push(Change::Moved);
    }
    if before.doctor_id != after.doctor_id {
        found.push(Change::Doctor);
    }
    if before.state != after.state {
        found.push(Change::State(after.state));
    }
    if found.is_empty() {
        found.push(Change::Other);
    }
    found
}

/// Which part of the list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tab {
    /// What comes, soonest first.
    #[default]
    Upcoming,
    /// What was, newest first.
    Past,
}

impl Tab {
    /// Its text in the address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upcoming => "upcoming",
            Self::Past => "past",
        }
    }

    /// The tab of that text; the upcoming visits for anything else.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        if text == Self::Past.as_str() {
            Self::Past
        } else {
            Self::Upcoming
        }
    }

    /// The instants between which the tab's visits start, as `from` and `to`.
    #[must_use]
    pub fn range(self, now: Ts) -> (Option<Ts>, Option<Ts>) {
        match self {
            Self::Upcoming => (Some(now.plus_minutes(-GRACE_MINUTES)), None),
            Self::Past => (None, Some(now)),
        }
    }

    /// The states shown unless one is asked for. A visit that waits or runs is no past one, and
    /// one that is over or called off is no next one.
    #[must_use]
    pub fn states(self) -> &'static [AppointmentState] {
        use AppointmentState::{Arrived, Booked, Cancelled, Finished, InCall, NoShow};
        match self {
            Self::Upcoming => &[Booked, Arrived, InCall],
            Self::Past => &[Booked, Finished, Cancelled, NoShow],
        }
    }
}

/// Neighbours that fall on the same day, together and in the given order.
pub fn by_day(
    items: &[AppointmentView],
    day_of: impl Fn(Ts) -> Option<LocalDate>,
) -> Vec<(LocalDate, Vec<AppointmentView>)> {
    let mut days: Vec<(LocalDate, Vec<AppointmentView>)> = Vec::new();
    for item in items {
        let Some(day) = day_of(item.starts_at) else {
            continue;
        };
        match days.last_mut() {
            Some((last, group)) if *last == day => group.push(item.clone()),
            _ => days.push((day, vec![item.clone()])),
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;
    use AppointmentState as S;
    use uuid::Uuid;
    use visita_domain::{AppointmentId, DoctorId, HospitalId, PatientId};
    use wasm_bindgen_test::wasm_bindgen_test;

    fn ts(text: &str) -> Ts {
        text.parse().expect("instant")
    }

    fn view(starts_at: &str, state: S) -> AppointmentView {
        let starts_at = ts(starts_at);
        AppointmentView {
            id: AppointmentId::new(Uuid::nil()),
            hospital_id: HospitalId::new(Uuid::nil()),
            doctor_id: DoctorId::new(Uuid::nil()),
            doctor_name: String::new(),
            patient_id: PatientId::new(Uuid::nil()),
            patient_name: String::new(),
            starts_at,
            ends_at: starts_at.plus_minutes(20),
            state,
            reason: String::new(),
            overbook_reason: None,
            cancel_reason: None,
            conversation_id: None,
            version: 1,
            waiting_since: None,
            admitted_at: None,
            finished_at: None,
            hold_expires_at: None,
            created_at: starts_at,
        }
    }

    #[wasm_bindgen_test]
    fn each_role_sees_the_actions_of_the_state() {
        let start = ts("2026-11-23T10:00:00Z");
        let early = start.plus_minutes(-90);
        let late = start.plus_minutes(10);
        let names = |can: Can| {
            [
                (can.enter, "enter"),
                (can.reschedule, "reschedule"),
                (can.reassign, "reassign"),
                (can.cancel, "cancel"),
                (can.arrive, "arrive"),
                (can.no_show, "no_show"),
            ]
            .iter()
            .filter(|(may, _)| *may)
            .map(|(_, name)| *name)
            .collect::<Vec<_>>()
            .join(" ")
        };
        for (role, state, now, expected) in [
            (Role::Patient, S::Booked, early, "enter reschedule cancel"),
            (Role::Patient, S::Booked, late, "enter reschedule cancel"),
            (Role::Patient, S::Arrived, late, "enter cancel"),
            (Role::Patient, S::InCall, late, "enter"),
            (Role::Patient, S::Finished, late, ""),
            (Role::Doctor, S::Booked, early, "enter reschedule cancel"),
            (
                Role::Doctor,
                S::Booked,
                late,
                "enter reschedule cancel no_show",
            ),
            (Role::Staff, S::Booked, early, "reschedule reassign cancel"),
            (
                Role::Staff,
                S::Booked,
                late,
                "reschedule reassign cancel arrive no_show",
            ),
            (Role::Staff, S::Arrived, late, "reassign cancel"),
            (Role::Staff, S::Cancelled, late, ""),
            (Role::Staff, S::NoShow, late, ""),
            (Role::Admin, S::Booked, late, ""),
        ] {
            assert_eq!(
                names(Can::of(role, state, start, now)),
                expected,
                "{role:?} {state:?}"
            );
        }
    }

    #[wasm_bindgen_test]
    fn what_changed_is_named() {
        let before = view("2026-11-23T10:00:00Z", S::Booked);
        let moved = view("2026-11-24T10:00:00Z", S::Booked);
        let cancelled = view("2026-11-24T10:00:00Z", S::Cancelled);
        assert_eq!(changes(&before, &moved), [Change::Moved]);
        assert_eq!(
            changes(&before, &cancelled),
            [Change::Moved, Change::State(S::Cancelled)]
        );
        let given = AppointmentView {
            doctor_id: DoctorId::new(Uuid::from_u128(2)),
            ..before.clone()
        };
        assert_eq!(changes(&before, &given), [Change::Doctor]);
        assert_eq!(changes(&before, &before), [Change::Other]);
    }

    #[wasm_bindgen_test]
    fn a_late_patient_still_finds_the_visit_among_the_next_ones() {
        let now = ts("2026-11-23T10:30:00Z");
        let start = ts("2026-11-23T10:00:00Z");
        let (from, _) = Tab::Upcoming.range(now);
        let (_, to) = Tab::Past.range(now);
        assert!(from.is_some_and(|from| from <= start));
        assert!(
            to.is_some_and(|to| start < to),
            "once over, it is among the past"
        );
        for state in S::ALL.into_iter().filter(|state| *state != S::Held) {
            let shown = |tab: Tab| tab.states().contains(&state);
            assert!(shown(Tab::Upcoming) || shown(Tab::Past), "{state:?}");
        }
        assert_eq!(Tab::from_text("past"), Tab::Past);
        assert_eq!(Tab::from_text("nonsense"), Tab::Upcoming);
    }

    #[wasm_bindgen_test]
    fn days_keep_the_order_of_the_list() {
        let items = [
            view("2026-11-24T10:00:00Z", S::Booked),
            view("2026-11-24T09:00:00Z", S::Booked),
            view("2026-11-23T09:00:00Z", S::Booked),
        ];
        let days = by_day(&items, |at| at.to_string().get(..10)?.parse().ok());
        let shape: Vec<_> = days
            .iter()
            .map(|(day, group)| (day.to_string(), group.len()))
            .collect();
        assert_eq!(
            shape,
            [("2026-11-24".to_owned(), 2), ("2026-11-23".to_owned(), 1)]
        );
    }
}
