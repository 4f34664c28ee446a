//! A visit's card, and the bar that steers a visit without a mouse.

use leptos::prelude::*;
use visita_domain::people::Role;
use visita_wire::appointments::AppointmentView;

use super::board::{Board, Hand};
use super::model::Movable;
use crate::i18n::t;
use crate::parts::{StateBadge, VisitWhen};
use crate::routes::Route;
use crate::ui::{
    Button, ButtonKind, Dialog, DialogActions, Fact, Facts, IconButton, IconName, LinkButton,
};

/// Who, when and where it stands, with the ways on.
#[component]
pub fn VisitCard(board: Board) -> impl IntoView {
    let open = RwSignal::new(false);
    // The last one stays while the dialog closes.
    let shown = RwSignal::new(None::<AppointmentView>);
    Effect::new(move |_| {
        if let Some(visit) = board.card.get() {
            shown.set(Some(visit));
            open.set(true);
        }
    });
    Effect::new(move |_| {
        if !open.get() {
            board.card.set(None);
        }
    });
    let title = Signal::derive(move || {
        shown
            .with(|visit| visit.as_ref().map(|visit| visit.patient_name.clone()))
            .unwrap_or_default()
    });
    view! {
        <Dialog open title>
            {move || shown.get().map(|visit| view! { <Inside board visit open /> })}
        </Dialog>
    }
}

#[component]
fn Inside(board: Board, visit: AppointmentView, open: RwSignal<bool>) -> impl IntoView {
    let id = visit.id;
    let movable = Movable::of(board.role, visit.state).any();
    let doctor = (board.role == Role::Staff).then_some(visit.doctor_name);
    view! {
        <div class="flex flex-col gap-4">
            <div class="flex flex-wrap items-start justify-between gap-3">
                <VisitWhen starts_at=visit.starts_at ends_at=visit.ends_at />
                <StateBadge state=visit.state />
            </div>
            <Facts>
                {doctor.map(|name| view! { <Fact name=t::board::doctor() value=name /> })}
                <Fact name=t::board::reason() value=visit.reason />
            </Facts>
        </div>
        <DialogActions>
            {movable
                .then(|| {
                    view! {
                        <Button
                            icon=IconName::CalendarClock
                            on_click=move |()| {
                                open.set(false);
                                board.take(id, Hand::Keys);
                            }
                        >
                            {t::board::move_visit()}
                        </Button>
                    }
                })}
            <LinkButton kind=ButtonKind::Primary href=Route::Appointment(id).path()>
                {t::board::open_visit()}
            </LinkButton>
        </DialogActions>
    }
}

/// What the arrow keys do, as buttons: for fingers, and to see where the visit would go.
#[component]
pub fn Steering(board: Board) -> impl IntoView {
    let target = Memo::new(move |_| {
        board.motion.with(|motion| {
            let motion = motion.as_ref().filter(|motion| motion.hand == Hand::Keys)?;
            Some((motion.visit.patient_name.clone(), motion.target))
        })
    });
    let words = move || {
        target
            .get()
            .map(|(name, place)| t::board::steering(name, board.words(place)))
    };
    let shows = move || target.with(Option::is_some);
    view! {
        <Show when=shows>
            <div
                data-steering=""
                role="toolbar"
                aria-label=t::board::move_visit()
                class="surface sticky bottom-[calc(var(--bar-bottom)+0.5rem)] z-30 flex flex-wrap items-center gap-2 p-3 shadow-lg lg:bottom-4"
            >
                <p class="min-w-0 grow basis-full font-medium sm:basis-52">{words}</p>
                <IconButton
                    icon=IconName::ArrowLeft
                    label=t::board::to_left()
                    on_click=move |()| board.nudge(-1, None)
                />
                <Button on_click=move |()| board.nudge(0, Some(false))>
                    {t::board::earlier()}
                </Button>
                <Button on_click=move |()| board.nudge(0, Some(true))>{t::board::later()}</Button>
                <IconButton
                    icon=IconName::ArrowRight
                    label=t::board::to_right()
                    on_click=move |()| board.nudge(1, None)
                />
                <Button kind=ButtonKind::Ghost on_click=move |()| board.cancel()>
                    {t::board::stop()}
                </Button>
                <Button kind=ButtonKind::Primary on_click=move |()| board.put_down()>
                    {t::board::put_down()}
                </Button>
            </div>
        </Show>
    }
}
