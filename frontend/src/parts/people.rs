//! Words for what people are.

use leptos::prelude::*;
use visita_domain::people::{Role, Sex, UserState};

use crate::i18n::t;
use crate::ui::{Badge, Choice, Tone};

/// The name of a role.
#[must_use]
pub fn role_name(role: Role) -> String {
    match role {
        Role::Admin => t::people::role_admin(),
        Role::Staff => t::people::role_staff(),
        Role::Doctor => t::people::role_doctor(),
        Role::Patient => t::people::role_patient(),
        Role::Guest => t::people::role_guest(),
    }
}

/// The name of a recorded sex.
#[must_use]
pub fn sex_name(sex: Sex) -> String {
    match sex {
        Sex::Female => t::people::sex_female(),
        Sex::Male => t::people::sex_male(),
        Sex::Other => t::people::sex_other(),
        Sex::Unknown => t::people::sex_unknown(),
    }
}

/// The name of an account's state.
#[must_use]
pub fn user_state_name(state: UserState) -> String {
    match state {
        UserState::Invited => t::people::state_invited(),
        UserState::Active => t::people::state_active(),
        UserState::Disabled => t::people::state_disabled(),
    }
}

/// Whether an account may sign in.
#[must_use]
pub fn user_state_badge(state: UserState) -> impl IntoView {
    let tone = match state {
        UserState::Invited => Tone::Info,
        UserState::Active => Tone::Success,
        UserState::Disabled => Tone::Neutral,
    };
    view! { <Badge tone>{user_state_name(state)}</Badge> }
}

/// The states that a list of people can be narrowed to.
#[must_use]
pub fn user_state_choices() -> Vec<Choice> {
    UserState::ALL
        .into_iter()
        .map(|state| Choice::new(state.as_str(), user_state_name(state)))
        .collect()
}
