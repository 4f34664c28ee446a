//! The second factor: on or off, another app, new recovery codes.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_wire::second_factor::{TotpEnrolment, TotpStatus};

use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::intl;
use crate::parts::{Enrol, RecoveryCodes, Remote, StepUpDialog, StepUpGate, fail_text, remote};
use crate::state::toasts::Toasts;
use crate::ui::{Badge, Button, ButtonKind, ConfirmDialog, Dialog, IconName, Section, Tone};

/// What the person wants to do.
#[derive(Clone, Copy)]
enum Step {
    Enrol,
    Renew,
    Remove,
}

/// What the dialog shows.
#[derive(Clone, PartialEq, Eq)]
enum Shown {
    Seed(TotpEnrolment),
    Codes(Vec<String>),
}

/// What the section is made of.
#[derive(Clone, Copy)]
struct Parts {
    data: LocalResource<api::Outcome<TotpStatus>>,
    gate: StepUpGate,
    open: RwSignal<bool>,
    shown: RwSignal<Option<Shown>>,
    asking: RwSignal<bool>,
    busy: RwSignal<bool>,
    toasts: Toasts,
}

impl Parts {
    /// Takes a step; once more after a proof, when the server asks for one.
    fn run(self, step: Step) {
        self.busy.set(true);
        spawn_local(async move {
            let outcome = self.take(step).await;
            self.busy.try_set(false);
            self.asking.try_set(false);
            let again = Callback::new(move |()| self.run(step));
            if let Err(fail) = outcome
                && !self.gate.catches(&fail, again)
            {
                self.toasts.error(fail_text(&fail));
            }
        });
    }

    async fn take(self, step: Step) -> Result<(), ApiFail> {
        let shown = match step {
            Step::Enrol => Shown::Seed(api::second_factor::start().await?),
            Step::Renew => Shown::Codes(api::second_factor::renew_codes().await?.recovery_codes),
            Step::Remove => {
                api::second_factor::remove().await?;
                self.toasts.success(t::security::turned_off());
                self.data.refetch();
                return Ok(());
            }
        };
        self.shown.try_set(Some(shown));
        self.open.try_set(true);
        Ok(())
    }

    fn done(self, text: Option<String>) {
        self.open.set(false);
        self.data.refetch();
        if let Some(text) = text {
            self.toasts.success(text);
        }
    }
}

/// The section.
#[component]
pub fn SecondFactor() -> impl IntoView {
    let parts = Parts {
        data: remote(api::second_factor::status),
        gate: StepUpGate::new(),
        open: RwSignal::new(false),
        shown: RwSignal::new(None),
        asking: RwSignal::new(false),
        busy: RwSignal::new(false),
        toasts: Toasts::from_context(),
    };
    view! {
        <Section title=t::security::section()>
            <Remote data=parts.data let(status)>
                <Overview status parts />
            </Remote>
            <Dialog open=parts.open title=t::security::section()>
                {move || dialog(parts)}
            </Dialog>
            <ConfirmDialog
                open=parts.asking
                title=t::security::turn_off_ask()
                text=t::security::turn_off_text()
                confirm=t::security::turn_off()
                danger=true
                busy=parts.busy
                on_confirm=move |()| parts.run(Step::Remove)
            />
            <StepUpDialog gate=parts.gate />
        </Section>
    }
}

fn dialog(parts: Parts) -> Option<AnyView> {
    let view = match parts.shown.get()? {
        Shown::Seed(enrolment) => view! {
            <Enrol enrolment on_done=move |()| parts.done(Some(t::security::turned_on())) />
        }
        .into_any(),
        Shown::Codes(codes) => {
            view! { <RecoveryCodes codes on_saved=move |()| parts.done(None) /> }.into_any()
        }
    };
    Some(view)
}

#[component]
fn Overview(
    /// What the server says.
    status: TotpStatus,
    /// The section's parts.
    parts: Parts,
) -> impl IntoView {
    let text = match status.confirmed_at {
        Some(since) => t::security::on_since(intl::date_time(since)),
        None => t::security::off(),
    };
    let few = status.recovery_codes_left < 3;
    let tone = if few { Tone::Warning } else { Tone::Neutral };
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-base-content/70">{text}</p>
            {status
                .enrolled
                .then(|| {
                    view! {
                        <p>
                            <Badge tone>{t::security::codes_left(status.recovery_codes_left)}</Badge>
                        </p>
                    }
                })}
            <div class="flex flex-wrap gap-3">
                <Button icon=IconName::Shield busy=parts.busy on_click=move |()| parts.run(Step::Enrol)>
                    {if status.enrolled {
                        t::security::change()
                    } else {
                        t::security::turn_on()
                    }}
                </Button>
                {status
                    .enrolled
                    .then(|| {
                        view! {
                            <Button
                                icon=IconName::Refresh
                                busy=parts.busy
                                on_click=move |()| parts.run(Step::Renew)
                            >
                                {t::security::renew_codes()}
                            </Button>
                        }
                    })}
                {(status.enrolled && !status.required)
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Ghost
                                on_click=move |()| parts.asking.set(true)
                            >
                                {t::security::turn_off()}
                            </Button>
                        }
                    })}
            </div>
        </div>
    }
}
