//! Staff books over other visits or outside hours on purpose, and says why.

use leptos::prelude::*;
use visita_domain::booking::Conflict;
use visita_domain::people::Role;

use crate::i18n::t;
use crate::ui::{Alert, AlertKind, TextArea};

/// Longest reason taken, in characters (the contract's limit).
const REASON_MAX: u32 = 400;
/// Shortest reason taken, in characters (the contract's limit).
const REASON_MIN: usize = 3;

/// What an attempt knows of the conflicts that staff may override, and of the reason for it.
#[derive(Clone, Copy)]
pub struct Overbooking {
    /// What the server named; empty until it did.
    conflicts: RwSignal<Vec<Conflict>>,
    /// Why it is booked all the same, as typed.
    reason: RwSignal<String>,
    /// Faults show once sending was tried.
    tried: RwSignal<bool>,
}

impl Default for Overbooking {
    fn default() -> Self {
        Self {
            conflicts: RwSignal::new(Vec::new()),
            reason: RwSignal::new(String::new()),
            tried: RwSignal::new(false),
        }
    }
}

impl Overbooking {
    /// True when the server has named conflicts that staff may override.
    #[must_use]
    pub fn is_asked(self) -> bool {
        !self.conflicts.with(Vec::is_empty)
    }

    /// Asks for a reason because of these conflicts; what was typed stays.
    pub fn ask(self, conflicts: Vec<Conflict>) {
        self.tried.try_set(false);
        self.conflicts.try_set(conflicts);
    }

    /// Another time or another doctor: nothing is to be overridden yet.
    pub fn forget(self) {
        self.conflicts.set(Vec::new());
    }

    /// The reason to send, none when none is asked for.
    #[must_use]
    pub fn reason(self) -> Option<String> {
        let asked = !self.conflicts.with_untracked(Vec::is_empty);
        asked.then(|| self.reason.get_untracked().trim().to_owned())
    }

    /// Whether it can be sent as it is; a fault shows from now on.
    #[must_use]
    pub fn check(self) -> bool {
        self.tried.set(true);
        untrack(|| self.fault().is_none())
    }

    fn fault(self) -> Option<String> {
        let short = self
            .reason
            .with(|text| text.trim().chars().count() < REASON_MIN);
        (self.tried.get() && self.is_asked() && short).then(t::booking::overbook_missing)
    }
}

/// True when staff can book such a time all the same: only the doctor's side gives way.
#[must_use]
pub fn can_overbook(role: Role, conflicts: &[Conflict]) -> bool {
    role == Role::Staff
        && !conflicts.is_empty()
        && conflicts.iter().all(|conflict| {
            matches!(
                conflict,
                Conflict::DoctorBusy | Conflict::HeldByAnother | Conflict::OutsideAvailability
            )
        })
}

/// Says why the time is not free and asks why it is booked all the same.
#[component]
pub fn OverbookReason(
    /// What is known.
    overbooking: Overbooking,
) -> impl IntoView {
    let has = move |conflict| {
        overbooking
            .conflicts
            .with(|found| found.contains(&conflict))
    };
    view! {
        <Show when=move || overbooking.is_asked()>
            <Alert kind=AlertKind::Warning>
                <p class="font-semibold">{t::booking::overbook_title()}</p>
                <Show when=move || has(Conflict::DoctorBusy)>
                    <p>{t::booking::overbook_busy()}</p>
                </Show>
                <Show when=move || has(Conflict::HeldByAnother)>
                    <p>{t::booking::overbook_held()}</p>
                </Show>
                <Show when=move || has(Conflict::OutsideAvailability)>
                    <p>{t::booking::overbook_outside()}</p>
                </Show>
            </Alert>
            <TextArea
                label=t::booking::overbook_label()
                hint=t::booking::overbook_hint()
                value=overbooking.reason
                rows=2
                max_length=REASON_MAX
                error=Signal::derive(move || overbooking.fault())
            />
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

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
