//! Booking a visit: doctor, day and time, reason, done. Each step has an address of its own,
//! so the back button walks them.

mod confirm;
mod doctor;
mod done;
mod flow;
mod hold;
mod lost;
mod model;
mod overbook;
mod patient;
mod summary;
mod time;

use leptos::html;
use leptos::prelude::*;
use visita_domain::people::Role;

use crate::i18n::t;
use crate::routes::Route;
use crate::state::session::Session;
use crate::ui::{EmptyState, Icon, IconName, Page};
use confirm::ConfirmStep;
use doctor::DoctorStep;
use done::DoneStep;
use flow::Flow;
use model::{Step, steps};
use patient::PatientStep;
use time::TimeStep;

/// Books a visit, for oneself or, by reception and doctors, for a patient.
#[component]
pub fn BookPage() -> impl IntoView {
    match Session::from_context().user_now() {
        Some(user) if user.role != Role::Admin => {
            view! { <Booking flow=Flow::new(&user) /> }.into_any()
        }
        _ => view! { <EmptyState icon=IconName::Calendar title=t::booking::wrong_role() /> }
            .into_any(),
    }
}

#[component]
fn Booking(flow: Flow) -> impl IntoView {
    let step = flow.step();
    // Who leaves the booking gives the time back.
    on_cleanup(move || flow.holding.let_go());
    view! {
        <Page>
            <Head flow step />
            {move || match step.get() {
                Step::Patient => view! { <PatientStep flow /> }.into_any(),
                Step::Doctor => view! { <DoctorStep flow /> }.into_any(),
                Step::Time => view! { <TimeStep flow /> }.into_any(),
                Step::Confirm => view! { <ConfirmStep flow /> }.into_any(),
                Step::Booked => view! { <DoneStep flow /> }.into_any(),
            }}
        </Page>
    }
}

/// Where one is: back, the steps, and the question of the step, which takes the focus when the
/// step changes, so that a screen reader says it.
#[component]
fn Head(flow: Flow, step: Memo<Step>) -> impl IntoView {
    let node = NodeRef::<html::H1>::new();
    Effect::new(move |before: Option<Step>| {
        let now = step.get();
        if before.is_some_and(|before| before != now)
            && let Some(heading) = node.get_untracked()
        {
            // A heading that cannot take the focus only is not read out.
            let _ = heading.focus();
        }
        now
    });
    let back = move || (step.get() != Step::Booked).then(|| back_link(flow, step.get()));
    view! {
        <header class="flex flex-col gap-2">
            {move || {
                back()
                    .map(|(href, words)| {
                        view! {
                            <a
                                href=href
                                class="link link-hover inline-flex min-h-11 items-center gap-1 self-start text-sm text-base-content/70"
                            >
                                <Icon name=IconName::ArrowLeft class="rtl:rotate-180" />
                                {words}
                            </a>
                            <Progress flow step />
                        }
                    })
            }}
            <h1
                node_ref=node
                tabindex="-1"
                class="text-2xl font-semibold text-balance outline-none sm:text-3xl"
            >
                {move || question(flow.role, step.get())}
            </h1>
        </header>
    }
}

fn question(role: Role, step: Step) -> String {
    match (step, role) {
        (Step::Patient, Role::Doctor) => t::booking::patient_title_follow_up(),
        (Step::Patient, _) => t::booking::patient_title(),
        (Step::Doctor, Role::Patient) => t::booking::doctor_title(),
        (Step::Doctor, _) => t::booking::doctor_title_other(),
        (Step::Time, Role::Patient) => t::booking::time_title(),
        (Step::Time, _) => t::booking::time_title_other(),
        (Step::Confirm, _) => t::booking::confirm_title(),
        (Step::Booked, Role::Patient) => t::booking::done_title(),
        (Step::Booked, _) => t::booking::done_title_other(),
    }
}

/// The step before, or the start page from the first.
fn back_link(flow: Flow, step: Step) -> (String, String) {
    let before = steps(flow.role)
        .iter()
        .rev()
        .find(|earlier| **earlier < step);
    let path = match before {
        Some(earlier) => flow.path(flow.choice.get_untracked().back_to(*earlier)),
        None => Route::Home.path(),
    };
    (path, t::booking::back())
}

/// The steps as a line: where one is and what is done.
#[component]
fn Progress(flow: Flow, step: Memo<Step>) -> impl IntoView {
    view! {
        <nav aria-label=t::booking::progress()>
            <ol class="steps w-full text-sm">
                {steps(flow.role)
                    .iter()
                    .map(|own| {
                        let own = *own;
                        let path = move || flow.path(flow.choice.get().back_to(own));
                        view! {
                            <li
                                class="step"
                                class:step-primary=move || own <= step.get()
                                aria-current=move || (own == step.get()).then_some("step")
                            >
                                {move || {
                                    if own < step.get() {
                                        view! {
                                            <a class="link link-hover inline-flex min-h-11 items-center" href=path>
                                                {step_name(own)}
                                            </a>
                                        }
                                            .into_any()
                                    } else {
                                        view! {
                                            <span class="inline-flex min-h-11 items-center">
                                                {step_name(own)}
                                            </span>
                                        }
                                            .into_any()
                                    }
                                }}
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </nav>
    }
}

fn step_name(step: Step) -> String {
    match step {
        Step::Patient => t::booking::step_patient(),
        Step::Doctor => t::booking::step_doctor(),
        Step::Time => t::booking::step_time(),
        Step::Confirm | Step::Booked => t::booking::step_confirm(),
    }
}
