//! Until when a patient may move or cancel, as the hospital wants it.

use leptos::prelude::*;
use visita_domain::booking::BookingPolicy;
use visita_domain::people::Role;
use visita_domain::{HospitalId, Ts};
use visita_wire::people::HospitalView;

use crate::api::Outcome;
use crate::api::people::get_hospital;
use crate::i18n::t;
use crate::parts::remote;
use crate::state::clock::Clock;
use crate::ui::{Icon, IconName};

/// What the hospital lets patients do; its own people are bound by none of it.
#[derive(Clone, Copy)]
pub struct Notice {
    /// None for those whom it does not bind.
    hospital: Option<LocalResource<Outcome<HospitalView>>>,
    starts_at: Ts,
    minute: Signal<Ts>,
}

/// Whether the visit can be changed now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changeable {
    /// The hospital has not been asked yet.
    Unknown,
    /// It can.
    Yes,
    /// Only by a call.
    TooLate,
}

impl Notice {
    /// For that viewer of a visit.
    pub fn of(role: Role, hospital: HospitalId, starts_at: Ts) -> Self {
        let bound = role == Role::Patient;
        Self {
            hospital: bound.then(|| remote(move || get_hospital(hospital))),
            starts_at,
            minute: Clock::from_context().minute(),
        }
    }

    /// Whether the visit can be changed now.
    pub fn changeable(self) -> Changeable {
        let Some(hospital) = self.hospital else {
            return Changeable::Yes;
        };
        let minute = self.minute.get();
        hospital.with(|hospital| match hospital {
            None => Changeable::Unknown,
            // The server decides; without its rule nothing is forbidden here.
            Some(Err(_)) => Changeable::Yes,
            Some(Ok(hospital)) => changeable(hospital.booking.into(), self.starts_at, minute),
        })
    }

    /// The clinic's phone, once it is known.
    pub fn phone(self) -> Option<String> {
        let known = self.hospital?.get()?.ok()?.phone;
        (!known.is_empty()).then_some(known)
    }
}

fn changeable(policy: BookingPolicy, starts_at: Ts, now: Ts) -> Changeable {
    if policy.may_change(starts_at, now) {
        Changeable::Yes
    } else {
        Changeable::TooLate
    }
}

/// Says that it is too late, and whom to call.
#[component]
pub fn TooLate(
    /// What is known of the clinic.
    notice: Notice,
) -> impl IntoView {
    view! {
        <div class="flex gap-3 rounded-box bg-base-200 p-4" data-testid="too-late">
            <Icon name=IconName::Phone />
            <div>
                {move || match notice.phone() {
                    None => view! { <p>{t::errors::too_late()}</p> }.into_any(),
                    Some(phone) => {
                        view! {
                            <p>{t::appointments::too_late_call()}</p>
                            <a
                                class="link link-primary inline-flex min-h-11 items-center whitespace-nowrap font-medium"
                                href=format!("tel:{phone}")
                            >
                                {phone.clone()}
                            </a>
                        }
                            .into_any()
                    }
                }}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn the_buttons_go_when_the_notice_begins() {
        let starts_at: Ts = "2026-11-24T10:00:00Z".parse().expect("instant");
        let policy = BookingPolicy {
            notice_minutes: 24 * 60,
            ..BookingPolicy::default()
        };
        for (minutes_before, expected) in [
            (24 * 60 + 1, Changeable::Yes),
            (24 * 60, Changeable::Yes),
            (24 * 60 - 1, Changeable::TooLate),
            (-5, Changeable::TooLate),
        ] {
            let now = starts_at.plus_minutes(-minutes_before);
            assert_eq!(
                changeable(policy, starts_at, now),
                expected,
                "{minutes_before}"
            );
        }
    }
}
