//! The chosen time is kept for some minutes, so that nobody takes it while the reason is typed.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::{AppointmentId, Ts};
use visita_wire::appointments::{CancelAppointment, HoldAppointment};

use super::model::{Choice, Keeping, Kept, Standing};
use crate::api::ApiFail;
use crate::api::appointments::{cancel_appointment, hold_appointment};
use crate::i18n::t;
use crate::intl;
use crate::state::clock::Clock;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, Icon, IconName};

/// What is kept, and for which choice.
#[derive(Clone, Copy)]
pub struct Holding {
    state: RwSignal<Keeping>,
    /// Answers to an older question are dropped.
    run: StoredValue<u64>,
}

impl Holding {
    /// Nothing is kept yet.
    pub fn new() -> Self {
        Self {
            state: RwSignal::new(Keeping::Nothing),
            run: StoredValue::new(0),
        }
    }

    /// How it stands, to the second.
    pub fn standing(self) -> Memo<Standing> {
        let second = Clock::from_context().second();
        Memo::new(move |_| self.state.with(|state| state.standing(second.get())))
    }

    /// The visit that is kept now.
    pub fn kept(self) -> Option<AppointmentId> {
        let now = Clock::read();
        let standing = self.state.try_with_untracked(|state| state.standing(now))?;
        match standing {
            Standing::Kept { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Whether that choice is kept already.
    pub fn keeps(self, choice: &Choice) -> bool {
        let same = |state: &Keeping| matches!(state, Keeping::Kept(kept) if kept.of == *choice);
        self.kept().is_some() && self.state.with_untracked(same)
    }

    /// Keeps the choice's time; the server lets go of the one kept before.
    /// Hands on why it cannot be kept.
    pub fn ask(self, choice: Choice, body: HoldAppointment, refused: impl Fn(ApiFail) + 'static) {
        let run = self.run.with_value(|run| run + 1);
        self.run.set_value(run);
        self.state.set(Keeping::Asking);
        spawn_local(async move {
            let answer = hold_appointment(&body).await;
            if self.run.try_get_value() != Some(run) {
                return;
            }
            match answer {
                Ok(visit) => {
                    let kept = Kept::of(&visit, choice, Clock::read());
                    self.state.try_set(Keeping::Kept(kept));
                }
                Err(fail) => {
                    self.state.try_set(Keeping::Nothing);
                    refused(fail);
                }
            }
        });
    }

    /// It could not be asked for.
    pub fn failed(self, words: String) {
        self.state.try_set(Keeping::Failed(words));
    }

    /// The server says that the minutes are over.
    pub fn over(self) {
        self.state.try_set(Keeping::Over);
    }

    /// The time is booked.
    pub fn done(self) {
        self.state.try_set(Keeping::Nothing);
    }

    /// Gives the time back to others. Nobody waits for the answer: it would end by itself.
    pub fn let_go(self) {
        if let Some(id) = self.kept() {
            self.state.try_set(Keeping::Nothing);
            spawn_local(async move {
                drop(cancel_appointment(id, &CancelAppointment::default()).await);
            });
        }
    }
}

/// Until when the time is kept, or that it is not any more.
#[component]
pub fn HoldNote(
    /// How it stands.
    standing: Memo<Standing>,
    /// Asks for the time once more.
    #[prop(into)]
    again: Callback<()>,
) -> impl IntoView {
    // Without the seconds, so that the words are not written anew with every one of them.
    let until = Memo::new(move |_| standing.get().until());
    let trouble = Memo::new(move |_| standing.get().trouble());
    let left = move || standing.get().left().unwrap_or_default();
    move || {
        if let Some(until) = until.get() {
            return view! { <KeptNote until left=Signal::derive(left) /> }.into_any();
        }
        trouble
            .get()
            .map(|words| {
                let words = words.unwrap_or_else(t::booking::hold_over);
                view! {
                    <Alert kind=AlertKind::Warning>
                        <p>{words}</p>
                        <div class="mt-3">
                            <Button kind=ButtonKind::Primary on_click=again>
                                {t::booking::hold_again()}
                            </Button>
                        </div>
                    </Alert>
                }
            })
            .into_any()
    }
}

#[component]
fn KeptNote(
    /// When the minutes end.
    until: Ts,
    /// "9:32".
    left: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="flex items-center gap-3 text-base-content/80" data-testid="hold">
            <Icon name=IconName::Clock />
            <p role="status">{t::booking::hold_until(intl::time(until))}</p>
            <span class="ms-auto text-sm tabular-nums text-base-content/70" aria-hidden="true">
                {left}
            </span>
        </div>
    }
}
