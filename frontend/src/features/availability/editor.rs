//! What is edited, what is stored, and how one becomes the other.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::DoctorId;
use visita_wire::availability::{
    AvailabilityView, ExceptionView, ReplaceAvailability, WeeklyRuleView,
};
use visita_wire::people::{ChangeDoctor, DoctorView};

use super::model::WeekPlan;
use super::stranded::{StrandedDialog, Stranding};
use crate::api::availability::replace_availability;
use crate::api::people::change_doctor;
use crate::api::{ApiFail, Outcome};
use crate::i18n::t;
use crate::parts::fail_text;
use crate::state::toasts::Toasts;
use crate::ui::{Alert, AlertKind, Button, ButtonKind};

/// Minutes of a visit that the contract takes.
const VISIT_MINUTES: std::ops::RangeInclusive<u16> = 5..=240;
/// Minutes between visits that the contract takes.
const BUFFER_MINUTES: std::ops::RangeInclusive<u16> = 0..=120;

/// The hours while they are edited.
#[derive(Clone, Copy)]
pub struct Editor {
    /// Whose hours.
    pub doctor: DoctorId,
    /// IANA zone of all civil times.
    pub zone: StoredValue<String>,
    /// The week as typed.
    pub plan: RwSignal<WeekPlan>,
    /// Time off and extra hours; every change of them is stored at once.
    pub exceptions: RwSignal<Vec<ExceptionView>>,
    /// Length of a visit, as typed.
    pub visit: RwSignal<String>,
    /// Minutes between visits, as typed.
    pub buffer: RwSignal<String>,
    stored_rules: RwSignal<Vec<WeeklyRuleView>>,
    stored_minutes: RwSignal<(u16, u16)>,
    busy: RwSignal<bool>,
    fail: RwSignal<Option<ApiFail>>,
    asked: RwSignal<Option<Stranding>>,
}

impl Editor {
    /// Starts from what is stored.
    pub fn new(hours: AvailabilityView, profile: &DoctorView) -> Self {
        let plan = WeekPlan::from_rules(&hours.rules);
        Self {
            doctor: profile.id,
            zone: StoredValue::new(hours.time_zone),
            stored_rules: RwSignal::new(plan.rules()),
            plan: RwSignal::new(plan),
            exceptions: RwSignal::new(hours.exceptions),
            visit: RwSignal::new(profile.visit_minutes.to_string()),
            buffer: RwSignal::new(profile.buffer_minutes.to_string()),
            stored_minutes: RwSignal::new((profile.visit_minutes, profile.buffer_minutes)),
            busy: RwSignal::new(false),
            fail: RwSignal::new(None),
            asked: RwSignal::new(None),
        }
    }

    /// The length of a visit; the stored one while the typed one makes no sense.
    pub fn visit_minutes(self) -> u16 {
        self.typed_visit().unwrap_or(self.stored_minutes.get().0)
    }

    /// The typed length of a visit, if it can be taken.
    pub fn typed_visit(self) -> Option<u16> {
        minutes(&self.visit.get(), &VISIT_MINUTES)
    }

    /// The typed minutes between visits, if they can be taken.
    pub fn typed_buffer(self) -> Option<u16> {
        minutes(&self.buffer.get(), &BUFFER_MINUTES)
    }

    fn rules_changed(self) -> bool {
        let visit = self.visit_minutes();
        self.plan.with(|plan| {
            !plan.is_sound(visit) || self.stored_rules.with(|stored| plan.rules() != *stored)
        })
    }

    fn minutes_changed(self) -> bool {
        let stored = self.stored_minutes.get();
        self.typed_visit().zip(self.typed_buffer()) != Some(stored)
    }

    /// True while something typed is not stored.
    pub fn dirty(self) -> Memo<bool> {
        Memo::new(move |_| self.rules_changed() || self.minutes_changed())
    }

    /// True when nothing keeps it from being stored.
    fn sound(self) -> bool {
        let visit = self.visit_minutes();
        self.typed_visit().is_some()
            && self.typed_buffer().is_some()
            && self.plan.with(|plan| plan.is_sound(visit))
    }

    fn discard(self) {
        self.fail.set(None);
        self.stored_rules
            .with_untracked(|rules| self.plan.update(|plan| plan.reset(rules)));
        let (visit, buffer) = self.stored_minutes.get_untracked();
        self.visit.set(visit.to_string());
        self.buffer.set(buffer.to_string());
    }

    /// Stores what was typed; with `keep_booked` also when booked visits are left outside.
    fn save(self, toasts: Toasts, keep_booked: bool) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.fail.set(None);
        spawn_local(async move {
            match self.store(keep_booked).await {
                Ok(()) => toasts.success(t::availability::saved()),
                Err(fail) => match Stranding::of(&fail) {
                    Some(stranding) => drop(self.asked.try_set(Some(stranding))),
                    None => drop(self.fail.try_set(Some(fail))),
                },
            }
            self.busy.try_set(false);
        });
    }

    /// Sends what changed. What has been stored counts as stored even when the rest fails.
    async fn store(self, keep_booked: bool) -> Outcome<()> {
        let minutes = untrack(|| self.typed_visit().zip(self.typed_buffer()));
        if let Some((visit, buffer)) = minutes.filter(|_| untrack(|| self.minutes_changed())) {
            let body = ChangeDoctor {
                visit_minutes: Some(visit),
                buffer_minutes: Some(buffer),
                ..ChangeDoctor::default()
            };
            let profile = change_doctor(self.doctor, &body).await?;
            self.stored_minutes
                .try_set((profile.visit_minutes, profile.buffer_minutes));
        }
        if untrack(|| self.rules_changed()) {
            let rules = self.plan.with_untracked(WeekPlan::rules);
            let body = ReplaceAvailability { rules, keep_booked };
            let hours = replace_availability(self.doctor, &body).await?;
            self.plan.try_update(|plan| plan.reset(&hours.rules));
            self.stored_rules
                .try_set(WeekPlan::from_rules(&hours.rules).rules());
        }
        Ok(())
    }
}

fn minutes(text: &str, range: &std::ops::RangeInclusive<u16>) -> Option<u16> {
    text.trim()
        .parse()
        .ok()
        .filter(|minutes| range.contains(minutes))
}

/// Save and discard, at the lower edge of the page while something is not stored.
#[component]
pub fn SaveBar(editor: Editor) -> impl IntoView {
    let toasts = Toasts::from_context();
    let dirty = editor.dirty();
    let sound = Memo::new(move |_| editor.sound());
    let words = move || {
        if sound.get() {
            t::availability::unsaved()
        } else {
            t::availability::unsaved_faults()
        }
    };
    view! {
        <Show when=move || dirty.get()>
            <div class="sticky bottom-20 z-10 flex flex-col gap-3 rounded-box border border-base-300 bg-base-100 p-4 shadow-lg lg:bottom-4">
                {move || {
                    editor
                        .fail
                        .get()
                        .map(|fail| {
                            view! { <Alert kind=AlertKind::Error>{fail_text(&fail)}</Alert> }
                        })
                }}
                <div class="flex flex-wrap items-center justify-end gap-2">
                    <p class="grow basis-48" role="status">
                        {words}
                    </p>
                    <Button kind=ButtonKind::Ghost on_click=move |()| editor.discard()>
                        {t::availability::discard()}
                    </Button>
                    <Button
                        kind=ButtonKind::Primary
                        busy=editor.busy
                        disabled=Signal::derive(move || !sound.get())
                        on_click=move |()| editor.save(toasts, false)
                    >
                        {t::availability::save()}
                    </Button>
                </div>
            </div>
        </Show>
        <StrandedDialog
            asked=editor.asked
            zone=editor.zone.get_value()
            on_keep=move |()| editor.save(toasts, true)
        />
    }
}
