//! Booking a visit: doctor, day and time, reason, done. Each step has an address of its own,
//! so the back button walks them.

mod confirm;
mod doctor;
mod done;
mod flow;
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
use crate::ui::{EmptyState, IconName, Page, PageHeader};
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
    let title = move || match (step.get(), flow.role) {
        (Step::Booked, Role::Patient) => t::booking::done_title(),
        (Step::Booked, _) => t::booking::done_title_other(),
        (_, Role::Doctor) => t::booking::title_follow_up(),
        _ => t::booking::title(),
    };
    view! {
        <Page>
            {move || {
                if step.get() == Step::Booked {
                    view! { <PageHeader title=title() /> }.into_any()
                } else {
                    view! { <PageHeader title=title() back=back_link(flow, step.get()) /> }
                        .into_any()
                }
            }}
            <Show when=move || step.get() != Step::Booked>
                <Progress flow step />
                <Question flow step />
            </Show>
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

/// The step before, or the start page from the first.
fn back_link(flow: Flow, step: Step) -> (String, String) {
    let before = steps(flow.role).iter().rev().find(|earlier| **earlier < step);
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

/// The question of the step. Takes the focus when the step changes, so that a screen reader
/// says where one is.
#[component]
fn Question(flow: Flow, step: Memo<Step>) -> impl IntoView {
    let node = NodeRef::<html::H2>::new();
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
    let words = move || match step.get() {
        Step::Patient => t::booking::patient_title(),
        Step::Doctor => t::booking::doctor_title(),
        Step::Time if flow.role == Role::Patient => t::booking::time_title(),
        Step::Time => t::booking::time_title_other(),
        Step::Confirm | Step::Booked => t::booking::confirm_title(),
    };
    view! {
        <h2 node_ref=node tabindex="-1" class="text-xl font-semibold outline-none">
            {words}
        </h2>
    }
}
