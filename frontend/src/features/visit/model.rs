//! Which screen of a visit shows. Pure.

use visita_domain::Ts;
use visita_domain::appointment::{AppointmentState, EARLY_ARRIVAL_MINUTES};

/// Where the viewer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Looks at camera and microphone first.
    Outside,
    /// In the waiting room or the call, whichever it is time for.
    Inside,
    /// Left; can come back.
    Left,
}

/// What shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Camera and microphone.
    Check,
    /// The waiting room, or the doctor's view of it.
    Lobby,
    /// The call.
    Call,
    /// Left, with the way back.
    Left,
    /// The visit is finished.
    Finished,
    /// The visit does not take place.
    Off,
}

/// The screen for a state and a stance.
#[must_use]
pub fn screen(state: AppointmentState, stance: Stance) -> Screen {
    match (state, stance) {
        (AppointmentState::Finished, _) => Screen::Finished,
        (AppointmentState::Cancelled | AppointmentState::NoShow, _) => Screen::Off,
        (_, Stance::Outside) => Screen::Check,
        (_, Stance::Left) => Screen::Left,
        (AppointmentState::InCall, Stance::Inside) => Screen::Call,
        (_, Stance::Inside) => Screen::Lobby,
    }
}

/// From when a patient may enter the waiting room.
#[must_use]
pub fn opens_at(starts_at: Ts) -> Ts {
    starts_at.plus_minutes(-EARLY_ARRIVAL_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::{Screen, Stance, screen};
    use visita_domain::appointment::AppointmentState as S;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_state_of_the_visit_comes_before_the_stance_of_the_viewer() {
        for stance in [Stance::Outside, Stance::Inside, Stance::Left] {
            assert_eq!(screen(S::Finished, stance), Screen::Finished);
            assert_eq!(screen(S::Cancelled, stance), Screen::Off);
            assert_eq!(screen(S::NoShow, stance), Screen::Off);
        }
        for state in [S::Booked, S::Arrived, S::InCall] {
            assert_eq!(screen(state, Stance::Outside), Screen::Check);
            assert_eq!(screen(state, Stance::Left), Screen::Left);
        }
        assert_eq!(screen(S::Booked, Stance::Inside), Screen::Lobby);
        assert_eq!(screen(S::Arrived, Stance::Inside), Screen::Lobby);
        assert_eq!(screen(S::InCall, Stance::Inside), Screen::Call);
    }
}
