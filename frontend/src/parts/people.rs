//! Words for what people are.

use leptos::prelude::*;
use visita_domain::people::{Role, Sex, UserState};

use crate::i18n::t;
use crate::ui::{Badge, Tone};

/// The name of a role.
#[must_use]
pub fn role_name(role: Role) -> String {
    match role {
        Role::Admin => t::people::role_admin(),
        Role::Staff => t::people::role_staff(),
        Role::Doctor => t::people::role_doctor(),
        Role::Patient => t::people::role_patient(),
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

/// Whether an account may sign in.
#[must_use]
pub fn user_state_badge(state: UserState) -> impl IntoView {
    let (tone, words) = match state {
        UserState::Invited => (Tone::Info, t::people::state_invited()),
        UserState::Active => (Tone::Success, t::people::state_active()),
        UserState::Disabled => (Tone::Neutral, t::people::state_disabled()),
    };
    view! { <Badge tone>{words}</Badge> }
}
