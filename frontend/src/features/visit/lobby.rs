//! The waiting room: patients wait and know why; doctors see who waits and let them in.

use leptos::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_wire::appointments::Presence;

use super::check::EnterFault;
use super::room::Room;
use super::side::{Side, SideButtons, SidePanel};
use super::video::Picture;
use crate::i18n::t;
use crate::intl;
use crate::rtc::media::Kind;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{Avatar, Badge, Button, ButtonKind, ButtonSize, Icon, IconName, Tone};

use super::check::DeviceSwitch;

/// The screen.
#[component]
pub fn LobbyScreen(room: Room) -> impl IntoView {
    let side = RwSignal::new(None::<Side>);
    view! {
        <div class="relative flex min-h-0 grow">
            <div class="flex min-w-0 grow flex-col items-center gap-4 overflow-y-auto p-4 md:justify-center">
                <div class="surface flex w-full max-w-lg flex-col items-center gap-4 p-6 text-center">
                    {if room.is_patient() {
                        view! { <PatientWaits room /> }.into_any()
                    } else {
                        view! { <DoctorSees room /> }.into_any()
                    }}
                    <EnterFault room />
                    <SelfView room />
                    <div class="flex flex-wrap justify-center gap-2">
                        <SideButtons room side />
                        <Button
                            kind=ButtonKind::Ghost
                            icon=IconName::LogOut
                            on_click=move |()| room.leave()
                        >
                            {if room.is_patient() {
                                t::visit::leave_lobby()
                            } else {
                                t::visit::leave()
                            }}
                        </Button>
                    </div>
                </div>
                <ClinicPhone />
            </div>
            <SidePanel room side />
        </div>
    }
}

/// The patient's part: you are in, who is there, how long.
#[component]
fn PatientWaits(room: Room) -> impl IntoView {
    let doctor = room.other_name();
    let present = doctor.clone();
    let online = room.doctor_online();
    view! {
        <span class="flex size-16 items-center justify-center rounded-full bg-primary/10 text-primary">
            <Icon name=IconName::DoorOpen class="size-8" />
        </span>
        <div role="status" class="flex flex-col gap-1">
            <h2 class="text-2xl font-semibold">{t::visit::lobby_title()}</h2>
            <p class="text-base-content/80">
                {move || {
                    if online.get() {
                        t::visit::doctor_here(present.as_str())
                    } else {
                        t::visit::doctor_not_here(doctor.as_str())
                    }
                }}
            </p>
        </div>
        <Waiting room />
        <p class="text-sm text-base-content/70">{t::visit::lobby_stay()}</p>
    }
}

/// The doctor's part: is the patient there, and the way to let them in.
#[component]
fn DoctorSees(room: Room) -> impl IntoView {
    let state = room.state();
    let name = room.other_name();
    let arrived = move || state.get() == AppointmentState::Arrived;
    let patient = room.patient();
    view! {
        <Avatar name=name.clone() large=true />
        <h2 class="text-2xl font-semibold">{name}</h2>
        <div role="status" class="flex flex-col items-center gap-2">
            <Show
                when=arrived
                fallback=|| view! { <p class="text-base-content/80">{t::visit::patient_not_here()}</p> }
            >
                {move || match patient.get() {
                    Presence::Online => {
                        view! { <Badge tone=Tone::Success>{t::visit::patient_online()}</Badge> }
                    }
                    Presence::Reconnecting => {
                        view! { <Badge tone=Tone::Warning>{t::visit::patient_reconnecting()}</Badge> }
                    }
                    Presence::Away => {
                        view! { <Badge tone=Tone::Neutral>{t::visit::patient_away()}</Badge> }
                    }
                }}
            </Show>
        </div>
        <Waiting room />
        <Button
            kind=ButtonKind::Primary
            size=ButtonSize::Large
            wide=true
            icon=IconName::DoorOpen
            busy=room.busy()
            disabled=Signal::derive(move || !arrived())
            on_click=move |()| room.admit()
        >
            {t::visit::admit()}
        </Button>
    }
}

/// For how long the patient has been waiting.
#[component]
fn Waiting(room: Room) -> impl IntoView {
    let second = Clock::from_context().second();
    let state = room.state();
    // The doctor's page may have been open before the patient came.
    let since = Memo::new(move |_| {
        let waits = state.get() == AppointmentState::Arrived;
        waits.then(|| room.visit().waiting_since.unwrap_or_else(Clock::read))
    });
    let words = move || {
        since
            .get()
            .map(|since| match second.get().secs_since(since).max(0) / 60 {
                0 => t::visit::waiting_moment(),
                minutes => t::visit::waiting_minutes(minutes),
            })
    };
    view! {
        <p class="text-sm text-base-content/70">
            {t::visit::planned_for(intl::time(room.visit().starts_at))}
            {move || words().map(|words| format!(" · {words}"))}
        </p>
    }
}

/// The own picture, small, with the switches.
#[component]
fn SelfView(room: Room) -> impl IntoView {
    let media = room.media;
    let seen = media.sends(Kind::Camera);
    view! {
        <div class="flex items-center gap-3">
            <div class="aspect-video w-32 overflow-hidden rounded-box bg-neutral-900 text-white">
                <Show
                    when=move || seen.get()
                    fallback=|| {
                        view! {
                            <span class="flex size-full items-center justify-center">
                                <Icon name=IconName::VideoOff />
                            </span>
                        }
                    }
                >
                    <Picture stream=media.preview() label=t::visit::own_picture() mirrored=true />
                </Show>
            </div>
            <DeviceSwitch media kind=Kind::Mic />
            <DeviceSwitch media kind=Kind::Camera />
        </div>
    }
}

/// The way that always works.
#[component]
pub fn ClinicPhone() -> impl IntoView {
    let user = Session::from_context().user_now();
    let phone = user
        .and_then(|user| user.hospital_phone)
        .filter(|phone| !phone.is_empty());
    phone.map(|phone| {
        view! {
            <p class="flex items-center gap-2 text-sm text-base-content/80">
                <Icon name=IconName::Phone class="size-4" />
                {t::visit::phone_help()}
                <a class="link inline-flex min-h-11 items-center font-medium" href=format!("tel:{}", digits(&phone))>
                    {phone.clone()}
                </a>
            </p>
        }
    })
}

/// What a `tel:` link may hold.
fn digits(phone: &str) -> String {
    phone
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == '+')
        .collect()
}
