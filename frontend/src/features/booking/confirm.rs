//! The reason, and the one button that books.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::Ts;
use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_wire::ErrorCode;
use visita_wire::appointments::BookAppointment;

use super::flow::Flow;
use super::model::{Choice, Step, can_overbook};
use super::overbook::Overbook;
use super::summary::{DoctorLine, PatientLine};
use crate::api::ApiFail;
use crate::api::appointments::book_appointment;
use crate::i18n::t;
use crate::intl;
use crate::parts::fail_text;
use crate::routes::Route;
use crate::state::session::Session;
use crate::ui::{Button, ButtonKind, ButtonSize, Card, Form, Icon, IconName, LinkButton, TextArea};

/// Longest reason taken, in characters (the contract's limit).
const REASON_MAX: u32 = 1000;
/// Shortest reason for overbooking, in characters (the contract's limit).
const OVERBOOK_MIN: usize = 3;

/// What the confirmation knows while it is open.
#[derive(Clone, Copy)]
pub struct Attempt {
    flow: Flow,
    /// What staff may override; empty until the server says so.
    pub conflicts: RwSignal<Vec<Conflict>>,
    /// Why it is booked all the same, as typed.
    pub overbook: RwSignal<String>,
    /// Faults show once sending was tried.
    pub tried: RwSignal<bool>,
    fail: RwSignal<Option<ApiFail>>,
    busy: RwSignal<bool>,
}

impl Attempt {
    fn new(flow: Flow) -> Self {
        Self {
            flow,
            conflicts: RwSignal::new(Vec::new()),
            overbook: RwSignal::new(String::new()),
            tried: RwSignal::new(false),
            fail: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    fn reason_fault(self) -> Option<String> {
        let empty = self.flow.reason.with(|reason| reason.trim().is_empty());
        (self.tried.get() && empty).then(t::booking::reason_missing)
    }

    /// What is wrong with the reason for overbooking.
    pub fn overbook_fault(self) -> Option<String> {
        let short = self
            .overbook
            .with(|text| text.trim().chars().count() < OVERBOOK_MIN);
        (self.tried.get() && self.overbooks() && short).then(t::booking::overbook_missing)
    }

    /// True when the server has named conflicts that staff may override.
    pub fn overbooks(self) -> bool {
        !self.conflicts.with(Vec::is_empty)
    }

    fn body(self) -> Option<BookAppointment> {
        let choice = self.flow.choice.get_untracked();
        Some(BookAppointment {
            doctor_id: choice.doctor?,
            starts_at: choice.at?,
            reason: self.flow.reason.get_untracked().trim().to_owned(),
            patient_id: choice.patient.filter(|_| self.flow.role != Role::Patient),
            overbook_reason: (!self.conflicts.with_untracked(Vec::is_empty))
                .then(|| self.overbook.get_untracked().trim().to_owned()),
        })
    }

    fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.tried.set(true);
        if untrack(|| {
            self.reason_fault()
                .or_else(|| self.overbook_fault())
                .is_some()
        }) {
            return;
        }
        let Some(body) = self.body() else { return };
        self.busy.set(true);
        self.fail.set(None);
        spawn_local(async move {
            let key = self.flow.key_for(&body);
            match book_appointment(&body, &key).await {
                Ok(visit) => {
                    self.flow.reason.try_set(String::new());
                    self.flow.replace(Choice {
                        booked: Some(visit.id),
                        ..Choice::default()
                    });
                }
                Err(fail) => self.refused(fail),
            }
            self.busy.try_set(false);
        });
    }

    fn refused(self, fail: ApiFail) {
        if fail.code != ErrorCode::SlotTaken {
            self.fail.try_set(Some(fail));
        } else if can_overbook(self.flow.role, &fail.conflicts) {
            self.tried.try_set(false);
            self.conflicts.try_set(fail.conflicts);
        } else {
            // Fresh times and a friendly word; what was typed stays in the flow.
            let conflicts = if fail.conflicts.is_empty() {
                vec![Conflict::DoctorBusy]
            } else {
                fail.conflicts
            };
            self.flow.lost.try_set(conflicts);
            self.flow.refresh.try_update(|count| *count += 1);
            self.flow
                .replace(self.flow.choice.get_untracked().back_to(Step::Time));
        }
    }
}

/// Shows what will be booked, asks for the reason, books.
#[component]
pub fn ConfirmStep(flow: Flow) -> impl IntoView {
    let attempt = Attempt::new(flow);
    let error = Signal::derive(move || attempt.fail.with(|fail| fail.as_ref().map(fail_text)));
    let submit_words = move || {
        if attempt.overbooks() {
            t::booking::overbook_book()
        } else {
            t::booking::book()
        }
    };
    view! {
        <div class="grid items-start gap-6 lg:grid-cols-2">
            <Summary flow />
            <Form error on_submit=move |()| attempt.send()>
                <TextArea
                    label=t::booking::reason_label()
                    hint=t::booking::reason_hint()
                    value=flow.reason
                    rows=4
                    max_length=REASON_MAX
                    error=Signal::derive(move || attempt.reason_fault())
                />
                <Show when=move || attempt.overbooks()>
                    <Overbook attempt />
                </Show>
                <Button
                    kind=ButtonKind::Primary
                    size=ButtonSize::Large
                    wide=true
                    submit=true
                    busy=attempt.busy
                >
                    {submit_words}
                </Button>
                <Show when=move || attempt.overbooks()>
                    <LinkButton
                        kind=ButtonKind::Ghost
                        wide=true
                        href=flow.path(flow.choice.get_untracked().back_to(Step::Time))
                    >
                        {t::booking::overbook_other()}
                    </LinkButton>
                </Show>
            </Form>
        </div>
    }
}

/// Who, with whom and when.
#[component]
fn Summary(flow: Flow) -> impl IntoView {
    let choice = flow.choice.get_untracked();
    view! {
        <Card class="flex flex-col gap-4">
            {choice.patient.map(|patient| view! { <PatientLine patient /> })}
            {choice.doctor.map(|doctor| view! { <DoctorLine doctor /> })}
            {choice.at.map(|at| view! { <When at /> })}
            <p class="flex items-center gap-3">
                <span class="flex size-10 items-center justify-center">
                    <Icon name=IconName::Video />
                </span>
                {t::booking::summary_video()}
            </p>
            <a
                class="link inline-flex min-h-11 items-center self-start"
                href=format!("{}{}", Route::Book.path(), choice.back_to(Step::Time).query())
            >
                {t::booking::change_time()}
            </a>
        </Card>
    }
}

/// The chosen time, on the viewer's clock and on the clinic's where they differ.
#[component]
fn When(at: Ts) -> impl IntoView {
    let zone = Session::from_context().clinic_zone().get_untracked();
    let clinic = zone.and_then(|zone| intl::clinic_time(at, &zone));
    view! {
        <p class="flex items-center gap-3">
            <span class="flex size-10 items-center justify-center">
                <Icon name=IconName::CalendarClock />
            </span>
            <span>
                <span class="sr-only">{t::booking::summary_when()} ": "</span>
                <span class="block text-lg font-semibold">
                    {intl::day_long(at)} ", " {intl::time(at)}
                </span>
                {clinic
                    .map(|clinic| {
                        view! {
                            <span class="block text-sm text-base-content/70">
                                {t::visits::clinic_time(clinic)}
                            </span>
                        }
                    })}
            </span>
        </p>
    }
}
