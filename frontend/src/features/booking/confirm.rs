//! The time is kept; the reason, and the one button that books.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_domain::{PatientId, Ts};
use visita_wire::ErrorCode;
use visita_wire::appointments::{
    AppointmentView, BookAppointment, ConfirmAppointment, HoldAppointment,
};

use super::flow::Flow;
use super::hold::HoldNote;
use super::model::{Choice, Step};
use super::summary::{DoctorLine, PatientLine};
use crate::api::appointments::{book_appointment, confirm_appointment};
use crate::api::{ApiFail, Outcome};
use crate::i18n::t;
use crate::intl;
use crate::parts::{OverbookReason, Overbooking, can_overbook, fail_text};
use crate::routes::Route;
use crate::state::session::Session;
use crate::ui::{Button, ButtonKind, ButtonSize, Card, Form, Icon, IconName, LinkButton, TextArea};

/// Longest reason taken, in characters (the contract's limit).
const REASON_MAX: u32 = 1000;

/// What the confirmation knows while it is open.
#[derive(Clone, Copy)]
struct Attempt {
    flow: Flow,
    /// What staff may override; nothing is kept then, and booking is at once.
    over: Overbooking,
    /// Faults show once sending was tried.
    tried: RwSignal<bool>,
    fail: RwSignal<Option<ApiFail>>,
    busy: RwSignal<bool>,
}

impl Attempt {
    fn new(flow: Flow) -> Self {
        Self {
            flow,
            over: Overbooking::default(),
            tried: RwSignal::new(false),
            fail: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    fn reason_fault(self) -> Option<String> {
        let empty = self.flow.reason.with(|reason| reason.trim().is_empty());
        (self.tried.get() && empty).then(t::booking::reason_missing)
    }

    /// Keeps the chosen time, unless it is kept already.
    fn hold(self) {
        let choice = self.flow.choice.get_untracked();
        let (Some(doctor_id), Some(starts_at)) = (choice.doctor, choice.at) else {
            return;
        };
        if self.flow.holding.keeps(&choice) {
            return;
        }
        self.fail.set(None);
        let body = HoldAppointment {
            doctor_id,
            starts_at,
            patient_id: self.patient(choice),
        };
        let refused = move |fail: ApiFail| self.refused(fail);
        self.flow.holding.ask(choice, body, refused);
    }

    fn patient(self, choice: Choice) -> Option<PatientId> {
        choice.patient.filter(|_| self.flow.role != Role::Patient)
    }

    /// The booking over other visits or outside hours.
    fn overbooking(self) -> Option<BookAppointment> {
        let choice = self.flow.choice.get_untracked();
        Some(BookAppointment {
            doctor_id: choice.doctor?,
            starts_at: choice.at?,
            reason: self.reason(),
            patient_id: self.patient(choice),
            overbook_reason: Some(self.over.reason()?),
        })
    }

    fn reason(self) -> String {
        self.flow.reason.get_untracked().trim().to_owned()
    }

    fn send(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.tried.set(true);
        if !self.over.check() || untrack(|| self.reason_fault().is_some()) {
            return;
        }
        let (over, kept) = (self.overbooking(), self.flow.holding.kept());
        self.fail.set(None);
        match (over, kept) {
            (Some(body), _) => {
                let key = self.flow.key_for(&body);
                self.wait_for(async move { book_appointment(&body, &key).await });
            }
            (None, Some(id)) => {
                let body = ConfirmAppointment {
                    reason: self.reason(),
                };
                self.wait_for(async move { confirm_appointment(id, &body).await });
            }
            // The minutes ended with this click; the page says so and offers more.
            (None, None) => {}
        }
    }

    fn wait_for(self, request: impl Future<Output = Outcome<AppointmentView>> + 'static) {
        self.busy.set(true);
        spawn_local(async move {
            match request.await {
                Ok(visit) => {
                    self.flow.holding.done();
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
        let kept = self.flow.holding.kept().is_some();
        match fail.code {
            ErrorCode::SlotTaken if can_overbook(self.flow.role, &fail.conflicts) => {
                self.over.ask(fail.conflicts);
            }
            ErrorCode::SlotTaken if fail.conflicts.is_empty() => {
                self.flow.lose(vec![Conflict::DoctorBusy]);
            }
            ErrorCode::SlotTaken => self.flow.lose(fail.conflicts),
            // Another page of the same person may have let it go, too.
            ErrorCode::HoldExpired | ErrorCode::IllegalTransition => self.flow.holding.over(),
            _ if kept || untrack(|| self.over.is_asked()) => {
                self.fail.try_set(Some(fail));
            }
            _ => self.flow.holding.failed(fail_text(&fail)),
        }
    }
}

/// Keeps the time, shows what will be booked, asks for the reason, books.
#[component]
pub fn ConfirmStep(flow: Flow) -> impl IntoView {
    let attempt = Attempt::new(flow);
    attempt.hold();
    let standing = flow.holding.standing();
    let error = Signal::derive(move || attempt.fail.with(|fail| fail.as_ref().map(fail_text)));
    let over = attempt.over;
    let ready = Memo::new(move |_| over.is_asked() || standing.get().until().is_some());
    let trouble = Memo::new(move |_| standing.get().trouble().is_some());
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
                <OverbookReason overbooking=over />
                <HoldNote standing again=move |()| attempt.hold() />
                <Show when=move || !trouble.get()>
                    <Book attempt ready />
                </Show>
            </Form>
        </div>
    }
}

/// The one button that books, and for staff the way back to the free times.
#[component]
fn Book(attempt: Attempt, ready: Memo<bool>) -> impl IntoView {
    let flow = attempt.flow;
    let words = move || {
        if attempt.over.is_asked() {
            t::booking::overbook_book()
        } else {
            t::booking::book()
        }
    };
    view! {
        <Button
            kind=ButtonKind::Primary
            size=ButtonSize::Large
            wide=true
            submit=true
            busy=attempt.busy
            disabled=Signal::derive(move || !ready.get())
        >
            {words}
        </Button>
        <Show when=move || attempt.over.is_asked()>
            <LinkButton
                kind=ButtonKind::Ghost
                wide=true
                href=flow.path(flow.choice.get_untracked().back_to(Step::Time))
            >
                {t::booking::overbook_other()}
            </LinkButton>
        </Show>
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
