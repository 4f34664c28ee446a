//! What the steps of one booking share.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use uuid::Uuid;
use visita_domain::booking::Conflict;
use visita_domain::people::Role;
use visita_domain::{DoctorId, Ts};
use visita_wire::appointments::BookAppointment;
use visita_wire::auth::Me;

use super::hold::Holding;
use super::model::{Choice, Step};
use crate::routes::Route;

/// One booking, from the first question to the visit. What is typed lives here and not in a
/// step, so that a lost slot or the back button never costs a word.
#[derive(Clone, Copy)]
pub struct Flow {
    /// Who books.
    pub role: Role,
    /// What is chosen so far.
    pub choice: Memo<Choice>,
    /// Why the patient comes, as typed.
    pub reason: RwSignal<String>,
    /// The time chosen last: coming back shows its day.
    pub last: RwSignal<Option<Ts>>,
    /// Why the last time asked for was refused.
    pub lost: RwSignal<Vec<Conflict>>,
    /// Changes when the free times shown may be stale.
    pub refresh: RwSignal<u32>,
    /// What doctors are narrowed to; kept while one looks at a doctor's times and comes back.
    pub wish: Wish,
    /// The chosen time, kept while the reason is typed.
    pub holding: Holding,
    /// The last booking sent with its idempotency key.
    sent: StoredValue<Option<(String, String)>>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

/// What doctors are narrowed to; empty for all of them.
#[derive(Clone, Copy, Default)]
pub struct Wish {
    /// Part of the name or specialty.
    pub search: RwSignal<String>,
    /// Exactly that specialty.
    pub specialty: RwSignal<String>,
    /// A BCP 47 tag.
    pub language: RwSignal<String>,
}

impl Wish {
    /// Whether the doctors shown are less than all.
    pub fn is_narrow(self) -> bool {
        let set = |text: RwSignal<String>| text.with(|text| !text.trim().is_empty());
        set(self.search) || set(self.specialty) || set(self.language)
    }

    /// Shows everybody.
    pub fn clear(self) {
        for text in [self.search, self.specialty, self.language] {
            text.set(String::new());
        }
    }
}

type Navigate = Box<dyn Fn(&str, NavigateOptions)>;

impl Flow {
    /// A booking by that user, following the address.
    pub fn new(user: &Me) -> Self {
        let role = user.role;
        let own = (role == Role::Doctor).then(|| DoctorId::from(user.id));
        let query = use_query_map();
        let choice =
            Memo::new(move |_| query.with(|query| Choice::read(|name| query.get_str(name), own)));
        Self {
            role,
            choice,
            reason: RwSignal::new(String::new()),
            last: RwSignal::new(None),
            lost: RwSignal::new(Vec::new()),
            refresh: RwSignal::new(0),
            wish: Wish::default(),
            holding: Holding::new(),
            sent: StoredValue::new(None),
            navigate: StoredValue::new_local(Box::new(use_navigate())),
        }
    }

    /// The step to show.
    pub fn step(self) -> Memo<Step> {
        Memo::new(move |_| self.choice.get().step(self.role))
    }

    /// The address of a choice.
    pub fn path(self, choice: Choice) -> String {
        format!("{}{}", Route::Book.path(), choice.query())
    }

    /// Goes on with that time.
    pub fn pick(self, at: Ts) {
        self.lost.set(Vec::new());
        self.last.set(Some(at));
        self.go(Choice {
            at: Some(at),
            ..self.choice.get_untracked()
        });
    }

    /// Goes back to the free times because that one cannot be had; what was typed stays.
    pub fn lose(self, conflicts: Vec<Conflict>) {
        let choice = self.choice.get_untracked();
        self.last.try_set(choice.at);
        self.lost.try_set(conflicts);
        self.refresh.try_update(|count| *count += 1);
        self.replace(choice.back_to(Step::Time));
    }

    /// Goes on with a choice; the back button comes back here.
    pub fn go(self, choice: Choice) {
        self.navigate(choice, false);
    }

    /// Goes on with a choice; the back button skips this step.
    pub fn replace(self, choice: Choice) {
        self.navigate(choice, true);
    }

    fn navigate(self, choice: Choice, replace: bool) {
        let path = self.path(choice);
        self.navigate.with_value(|navigate| {
            navigate(
                &path,
                NavigateOptions {
                    replace,
                    ..NavigateOptions::default()
                },
            );
        });
    }

    /// The idempotency key for a booking: the same for the same booking sent again, so that a
    /// retry after a lost answer cannot book twice.
    pub fn key_for(self, body: &BookAppointment) -> String {
        // A body that cannot be written cannot be sent either.
        let text = serde_json::to_string(body).unwrap_or_default();
        let known = self.sent.with_value(|sent| {
            sent.as_ref()
                .filter(|(last, _)| *last == text)
                .map(|(_, key)| key.clone())
        });
        known.unwrap_or_else(|| {
            let key = Uuid::new_v4().to_string();
            self.sent.set_value(Some((text, key.clone())));
            key
        })
    }
}
