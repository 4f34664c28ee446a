//! What can be done about a visit, by role and state.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, Ts};
use visita_wire::ErrorCode;
use visita_wire::appointments::{AppointmentView, CancelAppointment};

use super::detail::Detail;
use super::late::{Changeable, Notice, TooLate};
use super::model::{Can, arrival_opens};
use super::reassign::Reassign;
use super::reschedule::Reschedule;
use crate::api::appointments::{arrive, cancel_appointment, get_appointment, mark_no_show};
use crate::api::{ApiFail, Outcome};
use crate::i18n::t;
use crate::intl;
use crate::parts::calendar::offer_calendar;
use crate::parts::{fail_text, state_name};
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::toasts::Toasts;
use crate::ui::{
    Button, ButtonKind, ButtonSize, ConfirmDialog, Dialog, DialogActions, Form, Icon, IconName,
    LinkButton, Section, TextArea,
};

/// Longest reason for cancelling, in characters (the contract's limit).
const REASON_MAX: u32 = 400;

/// The way into the visit, with what to expect behind the door.
#[component]
pub fn EnterCard(
    /// The viewer's role.
    role: Role,
    /// The visit.
    id: AppointmentId,
    /// Where it stands.
    state: AppointmentState,
    /// When it starts.
    starts_at: Ts,
) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let can_enter = move || Can::of(role, state, starts_at, minute.get()).enter;
    let open = move || arrival_opens(starts_at) <= minute.get();
    let words = move || match (role, state) {
        (Role::Doctor, AppointmentState::Arrived) => t::appointments::doctor_waiting(),
        (_, AppointmentState::InCall) => t::appointments::enter_in_call(),
        (Role::Patient, AppointmentState::Arrived) => t::appointments::enter_waiting(),
        (Role::Patient, _) if open() => t::appointments::enter_now(),
        (Role::Patient, _) => t::appointments::enter_from(opening_words(starts_at)),
        _ => t::appointments::doctor_open(),
    };
    let label = move || match (role, state) {
        (_, AppointmentState::InCall) => t::appointments::enter_call(),
        (Role::Patient, _) if open() => t::appointments::enter(),
        _ => t::appointments::enter_test(),
    };
    view! {
        <Show when=can_enter>
            <div class="surface flex flex-wrap items-center gap-4 p-4 sm:p-6">
                <span class="flex size-12 shrink-0 items-center justify-center rounded-full bg-primary/12 text-primary">
                    <Icon name=IconName::Video class="size-6" />
                </span>
                <p class="min-w-0 grow basis-52">{words}</p>
                <LinkButton
                    kind=ButtonKind::Primary
                    size=ButtonSize::Large
                    href=Route::Visit(id).path()
                >
                    {label}
                </LinkButton>
            </div>
        </Show>
    }
}

/// "09:30", with the day before it unless that is today.
fn opening_words(starts_at: Ts) -> String {
    let at = arrival_opens(starts_at);
    if intl::civil_date_at(at, None) == intl::civil_date_at(Clock::read(), None) {
        intl::time(at)
    } else {
        format!("{}, {}", intl::day(at), intl::time(at))
    }
}

/// Sends a change; says how it went. What somebody else did meanwhile is shown.
pub fn change<F>(
    detail: Detail,
    id: AppointmentId,
    busy: RwSignal<bool>,
    request: F,
    on_done: impl Fn(&AppointmentView) -> String + 'static,
) where
    F: Future<Output = Outcome<AppointmentView>> + 'static,
{
    if busy.get_untracked() {
        return;
    }
    busy.set(true);
    let toasts = Toasts::from_context();
    spawn_local(async move {
        match request.await {
            Ok(visit) => {
                toasts.success(on_done(&visit));
                detail.show(visit);
            }
            Err(fail) => refused(detail, id, toasts, &fail).await,
        }
        busy.try_set(false);
    });
}

async fn refused(detail: Detail, id: AppointmentId, toasts: Toasts, fail: &ApiFail) {
    if fail.code != ErrorCode::IllegalTransition {
        toasts.error(fail_text(fail));
        return;
    }
    match get_appointment(id).await {
        Ok(visit) => {
            toasts.error(t::appointments::illegal(state_name(visit.state)));
            detail.show(visit);
        }
        Err(fail) => toasts.error(fail_text(&fail)),
    }
}

/// The buttons of the visit, the gentle ones first.
#[component]
pub fn Actions(detail: Detail, visit: AppointmentView) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let role = detail.role;
    let (id, state, starts_at) = (visit.id, visit.state, visit.starts_at);
    let can = Memo::new(move |_| Can::of(role, state, starts_at, minute.get()));
    let busy = RwSignal::new(false);
    let notice = Notice::of(role, visit.hospital_id, starts_at);
    let changeable = Memo::new(move |_| notice.changeable());
    let may_change = move || changeable.get() == Changeable::Yes;
    // Dead buttons say nothing; these words say whom to call.
    let too_late = move || {
        let wants = can.get().reschedule || can.get().cancel;
        wants && changeable.get() == Changeable::TooLate
    };
    let moving = RwSignal::new(false);
    let giving = RwSignal::new(false);
    let cancelling = RwSignal::new(false);
    let missing = RwSignal::new(false);
    let toasts = Toasts::from_context();
    let conversation = visit.conversation_id.filter(|_| role != Role::Staff);
    let next = match role {
        Role::Patient => Route::BookWith(visit.doctor_id),
        _ => Route::BookFor(visit.patient_id),
    };
    view! {
        <Section title=t::appointments::actions()>
            <div class="flex flex-col gap-2">
                <Show when=move || can.get().arrive>
                    <Button
                        wide=true
                        kind=ButtonKind::Primary
                        icon=IconName::DoorOpen
                        busy
                        on_click=move |()| {
                            change(
                                detail,
                                id,
                                busy,
                                arrive(id),
                                |_| t::appointments::arrive_done(),
                            );
                        }
                    >
                        {t::appointments::arrive()}
                    </Button>
                </Show>
                {conversation
                    .map(|conversation| {
                        view! {
                            <LinkButton
                                wide=true
                                icon=IconName::MessageSquare
                                href=Route::Conversation(conversation).path()
                            >
                                {t::appointments::messages()}
                            </LinkButton>
                        }
                    })}
                <Show when=too_late>
                    <TooLate notice />
                </Show>
                <Show when=move || can.get().reschedule && may_change()>
                    <Button
                        wide=true
                        icon=IconName::CalendarClock
                        on_click=move |()| moving.set(true)
                    >
                        {t::appointments::reschedule()}
                    </Button>
                </Show>
                <Show when=move || can.get().reassign>
                    <Button
                        wide=true
                        icon=IconName::Stethoscope
                        on_click=move |()| giving.set(true)
                    >
                        {t::appointments::reassign()}
                    </Button>
                </Show>
                {state
                    .blocks_time()
                    .then(|| {
                        view! {
                            <Button
                                wide=true
                                icon=IconName::CalendarPlus
                                on_click=move |()| offer_calendar(id, toasts)
                            >
                                {t::appointments::calendar()}
                            </Button>
                        }
                    })}
                <Show when=move || can.get().no_show>
                    <Button wide=true icon=IconName::Ban on_click=move |()| missing.set(true)>
                        {t::appointments::no_show()}
                    </Button>
                </Show>
                <Show when=move || can.get().cancel && may_change()>
                    <Button
                        wide=true
                        kind=ButtonKind::Ghost
                        icon=IconName::CircleX
                        on_click=move |()| cancelling.set(true)
                    >
                        {t::appointments::cancel()}
                    </Button>
                </Show>
                {state
                    .is_final()
                    .then(|| {
                        view! {
                            <LinkButton wide=true icon=IconName::CalendarPlus href=next.path()>
                                {t::appointments::next()}
                            </LinkButton>
                        }
                    })}
            </div>
        </Section>
        <Reschedule detail visit=visit.clone() open=moving />
        <Reassign detail visit open=giving />
        <CancelDialog detail id open=cancelling busy />
        <ConfirmDialog
            open=missing
            danger=true
            busy
            title=t::appointments::no_show_title()
            text=t::appointments::no_show_text()
            confirm=t::appointments::no_show_confirm()
            on_confirm=move |()| {
                missing.set(false);
                change(detail, id, busy, mark_no_show(id), |_| t::appointments::no_show_done());
            }
        />
    }
}

/// Asks before a visit is called off, and why.
#[component]
fn CancelDialog(
    detail: Detail,
    id: AppointmentId,
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
) -> impl IntoView {
    let reason = RwSignal::new(String::new());
    let submit = move |()| {
        let text = reason.get_untracked().trim().to_owned();
        let body = CancelAppointment {
            reason: (!text.is_empty()).then_some(text),
        };
        open.set(false);
        let request = async move { cancel_appointment(id, &body).await };
        change(detail, id, busy, request, |_| {
            t::appointments::cancel_done()
        });
    };
    view! {
        <Dialog open title=t::appointments::cancel_title()>
            <Form on_submit=submit>
                <p class="text-base-content/80">{t::appointments::cancel_text()}</p>
                <TextArea
                    label=t::appointments::cancel_reason_label()
                    hint=t::appointments::cancel_reason_hint()
                    value=reason
                    rows=2
                    optional=true
                    max_length=REASON_MAX
                />
                <DialogActions>
                    <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                        {t::appointments::cancel_keep()}
                    </Button>
                    <Button kind=ButtonKind::Danger submit=true busy>
                        {t::appointments::cancel_confirm()}
                    </Button>
                </DialogActions>
            </Form>
        </Dialog>
    }
}
