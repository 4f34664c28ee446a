//! Time off and extra hours: what is planned, a dialog for more, and removal.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::availability::ExceptionKind;
use visita_domain::{LocalTime, Ts};
use visita_wire::availability::{AddException, ExceptionView};

use super::editor::Editor;
use super::model::{Draft, DraftFault};
use super::stranded::{StrandedDialog, Stranding};
use crate::api::availability::{add_exception, delete_exception};
use crate::i18n::t;
use crate::intl;
use crate::parts::civil::Civil;
use crate::parts::fail_text;
use crate::parts::zone::{civil_in, zone_name};
use crate::state::clock::Clock;
use crate::state::toasts::Toasts;
use crate::ui::{
    Badge, Button, ButtonKind, ButtonSize, Check, Choice, ConfirmDialog, Dialog, DialogActions,
    EmptyState, Form, IconButton, IconName, Section, SelectField, TextField, Tone,
};

const TIME_OFF: &str = "time_off";
const EXTRA_HOURS: &str = "extra_hours";

fn kind_name(kind: ExceptionKind) -> String {
    match kind {
        ExceptionKind::TimeOff => t::availability::time_off(),
        ExceptionKind::ExtraHours => t::availability::extra_hours(),
    }
}

/// "24 Dec 2026 – 26 Dec 2026" for whole days, with times otherwise.
fn range_words(from: Civil, until: Civil) -> String {
    let midnight = LocalTime::MIDNIGHT;
    let last = if until.time == midnight {
        until.date.plus_days(-1)
    } else {
        until.date
    };
    let days = if from.date == last {
        intl::civil_day_long(from.date)
    } else {
        format!(
            "{} – {}",
            intl::civil_date(from.date),
            intl::civil_date(last)
        )
    };
    if from.time == midnight && until.time == midnight {
        return days;
    }
    if from.date == last {
        return format!(
            "{days}, {} – {}",
            intl::time_of_day(from.time),
            intl::time_of_day(until.time)
        );
    }
    format!(
        "{}, {} – {}, {}",
        intl::civil_date(from.date),
        intl::time_of_day(from.time),
        intl::civil_date(until.date),
        intl::time_of_day(until.time)
    )
}

fn words(exception: &ExceptionView, zone: &str) -> String {
    let from = civil_in(exception.starts_at, zone);
    let until = civil_in(exception.ends_at, zone);
    from.zip(until)
        .map(|(from, until)| range_words(from, until))
        .unwrap_or_default()
}

/// What deviates from the usual week.
#[component]
pub fn Exceptions(editor: Editor) -> impl IntoView {
    let adding = RwSignal::new(false);
    let doomed = RwSignal::new(None::<ExceptionView>);
    let asking = RwSignal::new(false);
    let on_remove = Callback::new(move |exception| {
        doomed.set(Some(exception));
        asking.set(true);
    });
    let is_empty = move || editor.exceptions.with(Vec::is_empty);
    view! {
        <Section
            title=t::availability::exceptions()
            action=move || {
                view! {
                    <Button
                        size=ButtonSize::Small
                        icon=IconName::Plus
                        on_click=move |()| adding.set(true)
                    >
                        {t::availability::add_exception()}
                    </Button>
                }
            }
        >
            <Show when=is_empty>
                <EmptyState
                    icon=IconName::CalendarClock
                    title=t::availability::exceptions_empty()
                    text=t::availability::exceptions_empty_hint()
                />
            </Show>
            <ul class="flex flex-col empty:hidden">
                <For
                    each=move || editor.exceptions.get()
                    key=|exception| exception.id
                    let:exception
                >
                    <Row editor exception on_remove />
                </For>
            </ul>
        </Section>
        <Dialog open=adding title=t::availability::exception_title()>
            <AddForm editor open=adding />
        </Dialog>
        <RemoveDialog editor doomed asking />
    }
}

#[component]
fn Row(
    editor: Editor,
    exception: ExceptionView,
    on_remove: Callback<ExceptionView>,
) -> impl IntoView {
    let text = editor.zone.with_value(|zone| words(&exception, zone));
    let tone = match exception.kind {
        ExceptionKind::TimeOff => Tone::Warning,
        ExceptionKind::ExtraHours => Tone::Success,
    };
    let kind = kind_name(exception.kind);
    let label = t::availability::exception_remove_named(format!("{kind}, {text}"));
    view! {
        <li class="flex items-center gap-3 border-t border-base-300 py-2 first:border-t-0">
            <div class="min-w-0 grow">
                <Badge tone>{kind}</Badge>
                <p class="mt-1">{text}</p>
            </div>
            <IconButton
                icon=IconName::Trash
                label
                on_click=move |()| on_remove.run(exception.clone())
            />
        </li>
    }
}

#[component]
fn RemoveDialog(
    editor: Editor,
    doomed: RwSignal<Option<ExceptionView>>,
    asking: RwSignal<bool>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let text = Signal::derive(move || {
        let what = doomed.get();
        what.map(|exception| {
            let when = editor.zone.with_value(|zone| words(&exception, zone));
            format!("{}: {when}", kind_name(exception.kind))
        })
        .unwrap_or_default()
    });
    let busy = RwSignal::new(false);
    let asked = RwSignal::new(None::<Stranding>);
    let remove = move |keep_booked: bool| {
        let Some(id) = doomed.with_untracked(|doomed| doomed.as_ref().map(|e| e.id)) else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            match delete_exception(editor.doctor, id, keep_booked).await {
                Ok(()) => {
                    editor
                        .exceptions
                        .try_update(|list| list.retain(|kept| kept.id != id));
                    toasts.success(t::availability::exception_removed());
                }
                Err(fail) => match Stranding::of(&fail) {
                    Some(stranding) => drop(asked.try_set(Some(stranding))),
                    None => toasts.error(fail_text(&fail)),
                },
            }
            busy.try_set(false);
            asking.try_set(false);
        });
    };
    view! {
        <ConfirmDialog
            open=asking
            danger=true
            busy
            title=t::availability::exception_remove_title()
            text
            confirm=t::availability::exception_remove()
            on_confirm=move |()| remove(false)
        />
        <StrandedDialog
            asked
            zone=editor.zone.get_value()
            on_keep=move |()| remove(true)
        />
    }
}

/// What is typed in the dialog.
#[derive(Clone, Copy)]
struct Typed {
    kind: RwSignal<String>,
    whole_days: RwSignal<bool>,
    first_day: RwSignal<String>,
    last_day: RwSignal<String>,
    from: RwSignal<String>,
    until: RwSignal<String>,
}

impl Typed {
    fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            kind: RwSignal::new(TIME_OFF.to_owned()),
            whole_days: RwSignal::new(true),
            first_day: text(),
            last_day: text(),
            from: text(),
            until: text(),
        }
    }

    fn is_extra(self) -> bool {
        self.kind.with(|kind| kind == EXTRA_HOURS)
    }

    /// Extra hours without times would be a whole night's work.
    fn whole(self) -> bool {
        self.whole_days.get() && !self.is_extra()
    }

    fn draft(self) -> Draft {
        untrack(|| Draft {
            kind: if self.is_extra() {
                ExceptionKind::ExtraHours
            } else {
                ExceptionKind::TimeOff
            },
            whole_days: self.whole(),
            first_day: self.first_day.get(),
            last_day: if self.is_extra() {
                String::new()
            } else {
                self.last_day.get()
            },
            from: self.from.get(),
            until: self.until.get(),
        })
    }
}

/// The request of a draft, on the clinic's clock.
fn request(draft: &Draft, zone: &str) -> Result<AddException, DraftFault> {
    let clock = |at: Ts| civil_in(at, zone);
    let now = clock(Clock::read()).ok_or(DraftFault::Missing)?;
    let exception = draft.check(now)?;
    let instant = |civil: Civil| civil.instant(clock).ok_or(DraftFault::Missing);
    Ok(AddException {
        kind: exception.kind,
        starts_at: instant(exception.from)?,
        ends_at: instant(exception.until)?,
        keep_booked: false,
    })
}

#[component]
fn AddForm(editor: Editor, open: RwSignal<bool>) -> impl IntoView {
    let toasts = Toasts::from_context();
    let typed = Typed::new();
    let fault = RwSignal::new(None::<DraftFault>);
    let fail = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let asked = RwSignal::new(None::<Stranding>);
    let submit = move |keep_booked: bool| {
        let body = match editor.zone.with_value(|zone| request(&typed.draft(), zone)) {
            Ok(body) => AddException {
                keep_booked,
                ..body
            },
            Err(found) => return fault.set(Some(found)),
        };
        fault.set(None);
        fail.set(None);
        busy.set(true);
        spawn_local(async move {
            match add_exception(editor.doctor, &body).await {
                Ok(exception) => {
                    editor.exceptions.try_update(|list| {
                        list.push(exception);
                        list.sort_by_key(|exception| (exception.starts_at, exception.id));
                    });
                    toasts.success(t::availability::exception_added());
                    open.try_set(false);
                }
                Err(found) => match Stranding::of(&found) {
                    Some(stranding) => drop(asked.try_set(Some(stranding))),
                    None => drop(fail.try_set(Some(fail_text(&found)))),
                },
            }
            busy.try_set(false);
        });
    };
    let zone = editor
        .zone
        .with_value(|zone| t::availability::exceptions_zone(zone_name(zone)));
    view! {
        <Form error=fail on_submit=move |()| submit(false)>
            <KindFields typed />
            <DayFields typed fault />
            <Show when=move || !typed.whole()>
                <div class="grid gap-4 sm:grid-cols-2">
                    <TextField
                        kind="time"
                        label=t::availability::exception_time_from()
                        value=typed.from
                    />
                    <TextField
                        kind="time"
                        label=t::availability::exception_time_until()
                        value=typed.until
                    />
                </div>
            </Show>
            <p class="text-sm text-base-content/70">
                {zone}
            </p>
            <DialogActions>
                <Button kind=ButtonKind::Primary submit=true busy>
                    {t::availability::exception_save()}
                </Button>
            </DialogActions>
        </Form>
        <StrandedDialog
            asked
            zone=editor.zone.get_value()
            on_keep=move |()| submit(true)
        />
    }
}

#[component]
fn KindFields(typed: Typed) -> impl IntoView {
    let choices = vec![
        Choice::new(TIME_OFF, t::availability::time_off()),
        Choice::new(EXTRA_HOURS, t::availability::extra_hours()),
    ];
    let hint = Signal::derive(move || {
        Some(if typed.is_extra() {
            t::availability::extra_hours_hint()
        } else {
            t::availability::time_off_hint()
        })
    });
    view! {
        <SelectField
            label=t::availability::exception_kind()
            value=typed.kind
            choices
            hint
        />
        <Show when=move || !typed.is_extra()>
            <Check label=t::availability::exception_all_day() value=typed.whole_days />
        </Show>
    }
}

#[component]
fn DayFields(typed: Typed, fault: RwSignal<Option<DraftFault>>) -> impl IntoView {
    let error = Signal::derive(move || {
        fault.get().map(|fault| match fault {
            DraftFault::Missing => t::availability::exception_invalid(),
            DraftFault::Reversed => t::availability::exception_reversed(),
            DraftFault::Past => t::availability::exception_past(),
        })
    });
    let first = Signal::derive(move || {
        if typed.is_extra() {
            t::availability::exception_date()
        } else {
            t::availability::exception_first()
        }
    });
    view! {
        <div class="grid items-start gap-4 sm:grid-cols-2">
            <TextField kind="date" label=first value=typed.first_day error />
            <Show when=move || !typed.is_extra()>
                <TextField
                    kind="date"
                    label=t::availability::exception_last()
                    value=typed.last_day
                    optional=true
                />
            </Show>
        </div>
    }
}
