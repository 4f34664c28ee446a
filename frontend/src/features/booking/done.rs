//! The visit is booked: when, and what happens next.

use leptos::prelude::*;
use visita_domain::appointment::EARLY_ARRIVAL_MINUTES;
use visita_domain::people::Role;
use visita_domain::{HospitalId, Ts};
use visita_wire::appointments::AppointmentView;

use super::flow::Flow;
use crate::api::appointments::get_appointment;
use crate::api::people::get_hospital;
use crate::i18n::t;
use crate::intl;
use crate::parts::calendar::offer_calendar;
use crate::parts::{Remote, VisitWhen, day_word, remote};
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, ButtonSize, Card, Icon, IconName, LinkButton, Section};

/// Shows the booked visit.
#[component]
pub fn DoneStep(flow: Flow) -> impl IntoView {
    flow.choice.get_untracked().booked.map(|id| {
        let data = remote(move || get_appointment(id));
        view! {
            <Remote data let:visit>
                <Done role=flow.role visit />
            </Remote>
        }
    })
}

#[component]
fn Done(role: Role, visit: AppointmentView) -> impl IntoView {
    let patient = role == Role::Patient;
    let who = if patient {
        t::appointments::with_doctor(visit.doctor_name.as_str())
    } else {
        t::appointments::of_patient_named(visit.patient_name.as_str())
    };
    let opens = intl::time(visit.starts_at.plus_minutes(-EARLY_ARRIVAL_MINUTES));
    let id = visit.id;
    let toasts = Toasts::from_context();
    view! {
        <Card class="flex flex-wrap items-center gap-4">
            <span class="flex size-14 shrink-0 items-center justify-center rounded-full bg-success/15 text-success">
                <Icon name=IconName::CircleCheck class="size-8" />
            </span>
            <div class="min-w-0 grow basis-56 text-lg" role="status">
                <p class="font-semibold">{who}</p>
                <VisitWhen starts_at=visit.starts_at ends_at=visit.ends_at />
            </div>
            <div class="flex w-full flex-wrap gap-2 sm:w-auto">
                {if patient {
                    view! {
                        <LinkButton
                            kind=ButtonKind::Primary
                            size=ButtonSize::Large
                            icon=IconName::Video
                            href=Route::Visit(id).path()
                        >
                            {t::booking::done_open()}
                        </LinkButton>
                    }
                        .into_any()
                } else {
                    view! {
                        <LinkButton
                            kind=ButtonKind::Primary
                            size=ButtonSize::Large
                            href=Route::Appointment(id).path()
                        >
                            {t::booking::done_details()}
                        </LinkButton>
                    }
                        .into_any()
                }}
            </div>
        </Card>
        {patient
            .then(|| {
                view! {
                    <Section title=t::booking::done_next()>
                        <ol class="list-decimal space-y-2 ps-5">
                            <li>{t::booking::done_step_test()}</li>
                            <li>{t::booking::done_step_enter(opens)}</li>
                            <li>{t::booking::done_step_documents()}</li>
                            <Changes starts_at=visit.starts_at hospital=visit.hospital_id />
                        </ol>
                    </Section>
                }
            })}
        <div class="flex flex-wrap gap-2">
            <Button
                icon=IconName::CalendarPlus
                on_click=move |()| offer_calendar(id, toasts)
            >
                {t::booking::done_calendar()}
            </Button>
            {patient
                .then(|| {
                    view! {
                        <LinkButton href=Route::Appointment(id).path()>
                            {t::booking::done_details_documents()}
                        </LinkButton>
                    }
                })}
            {(!patient)
                .then(|| {
                    view! {
                        <LinkButton icon=IconName::Plus href=Route::Book.path()>
                            {t::booking::done_another()}
                        </LinkButton>
                    }
                })}
            <LinkButton kind=ButtonKind::Ghost icon=IconName::Home href=Route::Home.path()>
                {t::booking::done_home()}
            </LinkButton>
        </div>
    }
}

/// Until when the patient can change the visit, as the hospital wants it. Says nothing until
/// that is known, and nothing when it is too late already.
#[component]
fn Changes(starts_at: Ts, hospital: HospitalId) -> impl IntoView {
    let data = LocalResource::new(move || get_hospital(hospital));
    move || {
        let notice = data.get()?.ok()?.booking.notice_minutes;
        let until = starts_at.plus_minutes(-i64::from(notice));
        let words = if notice == 0 {
            t::booking::done_step_change()
        } else {
            let when = format!("{}, {}", day_word(until, Clock::read()), intl::time(until));
            t::booking::done_step_change_until(when)
        };
        (until > Clock::read()).then(|| view! { <li>{words}</li> })
    }
}
