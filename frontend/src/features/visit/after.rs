//! After the call: left with a way back, finished, or not taking place.

use leptos::prelude::*;
use visita_domain::appointment::AppointmentState;
use visita_wire::appointments::AppointmentView;

use super::lobby::ClinicPhone;
use super::room::Room;
use crate::api::appointments::get_appointment;
use crate::i18n::t;
use crate::intl;
use crate::parts::documents::DocumentPanel;
use crate::parts::{Remote, remote};
use crate::routes::Route;
use crate::ui::{
    Button, ButtonKind, ButtonSize, EmptyState, Fact, Facts, Icon, IconName, LinkButton, Section,
};

/// Left; the visit is still open.
#[component]
pub fn LeftScreen(room: Room) -> impl IntoView {
    let state = room.state();
    let text = move || match state.get() {
        AppointmentState::InCall => t::visit::left_call_text(),
        _ => t::visit::left_lobby_text(),
    };
    view! {
        <div class="mx-auto flex w-full max-w-lg grow flex-col justify-center gap-4 p-4">
            <div class="surface p-2">
                <EmptyState
                    icon=IconName::DoorOpen
                    title=t::visit::left_title()
                    text=Signal::derive(move || Some(text()))
                >
                    <div class="flex w-full max-w-xs flex-col gap-2">
                        <Button
                            kind=ButtonKind::Primary
                            size=ButtonSize::Large
                            wide=true
                            icon=IconName::Video
                            busy=room.busy()
                            on_click=move |()| room.enter()
                        >
                            {t::visit::come_back()}
                        </Button>
                        {(!room.by_link)
                            .then(|| {
                                view! {
                                    <LinkButton href=Route::Home.path() wide=true>
                                        {t::common::to_start()}
                                    </LinkButton>
                                }
                            })}
                    </div>
                </EmptyState>
            </div>
            <ClinicPhone />
        </div>
    }
}

/// The visit is finished: what happened, and where to find it.
#[component]
pub fn FinishedScreen(room: Room) -> impl IntoView {
    let visit = room.visit();
    let id = visit.id;
    // The times of admission and end came after the page was opened.
    let data = remote(move || get_appointment(id));
    let patient = (!room.is_patient()).then_some(visit.patient_id);
    view! {
        <div class="mx-auto flex w-full max-w-2xl flex-col gap-4 p-4 md:py-10">
            <div class="surface flex flex-col items-center gap-3 p-6 text-center">
                <span class="flex size-16 items-center justify-center rounded-full bg-success/10 text-success">
                    <Icon name=IconName::CircleCheck class="size-8" />
                </span>
                <div role="status" class="flex flex-col gap-1">
                    <h2 class="text-2xl font-semibold">{t::visit::finished_title()}</h2>
                    <p class="text-base-content/80">{t::visit::finished_text()}</p>
                </div>
                <div class="flex flex-wrap justify-center gap-2">
                    <LinkButton
                        kind=ButtonKind::Primary
                        href=Route::Appointment(visit.id).path()
                        icon=IconName::Calendar
                    >
                        {t::visit::to_visit()}
                    </LinkButton>
                    {visit
                        .conversation_id
                        .map(|id| {
                            view! {
                                <LinkButton
                                    href=Route::Conversation(id).path()
                                    icon=IconName::MessageSquare
                                >
                                    {t::visit::to_messages()}
                                </LinkButton>
                            }
                        })}
                    <LinkButton kind=ButtonKind::Ghost href=Route::Home.path()>
                        {t::common::to_start()}
                    </LinkButton>
                </div>
            </div>
            <Section title=t::visit::what_happened()>
                <Remote data let:visit>
                    <WhatHappened room visit />
                </Remote>
            </Section>
            <Section title=t::visit::documents()>
                <DocumentPanel patient appointment=Some(visit.id) upload=false />
            </Section>
        </div>
    }
}

/// With whom, when, and for how long.
#[component]
fn WhatHappened(room: Room, visit: AppointmentView) -> impl IntoView {
    let other = if room.is_patient() {
        (t::visit::doctor(), visit.doctor_name)
    } else {
        (t::visit::patient(), visit.patient_name)
    };
    let took = visit
        .admitted_at
        .zip(visit.finished_at)
        .map(|(from, until)| t::visit::minutes((until.secs_since(from).max(0) + 59) / 60));
    view! {
        <Facts>
            <Fact name=other.0 value=other.1 />
            <Fact name=t::visit::when() value=intl::date_time(visit.starts_at) />
            <Fact name=t::visit::duration() value=took.unwrap_or_default() />
        </Facts>
    }
}

/// Cancelled or missed.
#[component]
pub fn OffScreen(room: Room) -> impl IntoView {
    let missed = room.state().get_untracked() == AppointmentState::NoShow;
    let title = if missed {
        t::visit::missed_title()
    } else {
        t::visit::cancelled_title()
    };
    view! {
        <div class="mx-auto w-full max-w-lg p-4 md:py-10">
            <div class="surface p-2">
                <EmptyState icon=IconName::Ban title text=t::visit::off_text()>
                    <div class="flex flex-wrap justify-center gap-2">
                        <LinkButton
                            kind=ButtonKind::Primary
                            href=Route::Appointment(room.id()).path()
                        >
                            {t::visit::to_visit()}
                        </LinkButton>
                        <LinkButton href=Route::Home.path()>{t::common::to_start()}</LinkButton>
                    </div>
                </EmptyState>
            </div>
            <ClinicPhone />
        </div>
    }
}
