//! The question before a moved visit stays where it was put, and what comes of it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::booking::Conflict;
use visita_wire::ErrorCode;
use visita_wire::appointments::RescheduleAppointment;

use super::board::{Board, Proposal};
use crate::api::ApiFail;
use crate::api::appointments::reschedule_appointment;
use crate::i18n::t;
use crate::parts::{OverbookReason, Overbooking, can_overbook, fail_text};
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, Dialog, DialogActions, Form};

/// What the dialog knows while it is open.
#[derive(Clone, Copy)]
struct Ask {
    board: Board,
    open: RwSignal<bool>,
    shown: RwSignal<Option<Proposal>>,
    /// What reception may override.
    over: Overbooking,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Ask {
    fn begin(self, proposal: Proposal) {
        self.over.forget();
        self.shown.set(Some(proposal));
        self.open.set(true);
    }

    fn send(self) {
        let Some(proposal) = self.shown.get_untracked() else {
            return;
        };
        if !self.over.check() || self.busy.get_untracked() {
            return;
        }
        let body = RescheduleAppointment {
            starts_at: proposal.starts_at,
            doctor_id: proposal.to_doctor.as_ref().map(|column| column.doctor),
            overbook_reason: self.over.reason(),
        };
        self.busy.set(true);
        spawn_local(async move {
            let (id, version) = (proposal.visit.id, proposal.visit.version);
            match reschedule_appointment(id, version, &body).await {
                Ok(moved) => {
                    let done = t::board::done(proposal.visit.patient_name, proposal.new);
                    self.board.said.try_set(done.clone());
                    self.toasts.success(done);
                    self.close();
                    self.board.focus.try_set(Some((moved.id, moved.version)));
                }
                Err(fail) => self.refused(fail),
            }
            self.busy.try_set(false);
        });
    }

    fn close(self) {
        self.open.try_set(false);
        self.board.reload.try_run(());
    }

    fn refused(self, fail: ApiFail) {
        let words = match fail.code {
            ErrorCode::SlotTaken if can_overbook(self.board.role, &fail.conflicts) => {
                self.over.ask(fail.conflicts);
                return;
            }
            ErrorCode::SlotTaken => {
                let reasons: Vec<String> =
                    fail.conflicts.iter().copied().map(conflict_text).collect();
                t::board::refused(reasons.join(" "))
            }
            ErrorCode::VersionMismatch | ErrorCode::IllegalTransition => t::board::changed(),
            _ => t::board::refused(fail_text(&fail)),
        };
        self.board.notice.try_set(Some(words));
        self.close();
    }
}

/// Why a time cannot be had, in one sentence.
fn conflict_text(conflict: Conflict) -> String {
    match conflict {
        Conflict::DoctorBusy => t::board::conflict_doctor_busy(),
        Conflict::HeldByAnother => t::board::conflict_held(),
        Conflict::PatientBusy => t::board::conflict_patient_busy(),
        Conflict::OutsideAvailability => t::board::conflict_outside(),
        Conflict::InThePast => t::board::conflict_past(),
        Conflict::TooSoon => t::board::conflict_too_soon(),
        Conflict::TooFarAhead => t::board::conflict_too_far(),
    }
}

/// Asks whether a visit that was put down shall stay there.
#[component]
pub fn AskDialog(board: Board) -> impl IntoView {
    let ask = Ask {
        board,
        open: RwSignal::new(false),
        shown: RwSignal::new(None),
        over: Overbooking::default(),
        busy: RwSignal::new(false),
        toasts: Toasts::from_context(),
    };
    Effect::new(move |_| {
        if let Some(proposal) = board.proposal.get() {
            board.proposal.set(None);
            ask.begin(proposal);
        }
    });
    view! {
        <Dialog open=ask.open title=t::board::ask_title()>
            <Form on_submit=move |()| ask.send()>
                {move || ask.shown.get().map(|proposal| view! { <Words proposal /> })}
                <OverbookReason overbooking=ask.over />
                <DialogActions>
                    <Button kind=ButtonKind::Ghost on_click=move |()| ask.open.set(false)>
                        {t::board::ask_keep()}
                    </Button>
                    <Button kind=ButtonKind::Primary submit=true busy=ask.busy>
                        {move || {
                            if ask.over.is_asked() {
                                t::board::overbook_confirm()
                            } else {
                                t::board::ask_confirm()
                            }
                        }}
                    </Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}

#[component]
fn Words(proposal: Proposal) -> impl IntoView {
    view! {
        <p class="font-semibold">{proposal.visit.patient_name}</p>
        <dl class="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
            <dt class="text-base-content/70">{t::board::ask_old()}</dt>
            <dd>{proposal.old}</dd>
            <dt class="text-base-content/70">{t::board::ask_new()}</dt>
            <dd class="font-semibold">{proposal.new}</dd>
        </dl>
        <p class="text-sm text-base-content/80">{t::board::ask_text()}</p>
    }
}
