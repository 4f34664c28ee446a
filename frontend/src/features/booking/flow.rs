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
    /// The last booking sent with its idempotency key.
    sent: StoredValue<Option<(String, String)>>,
    navigate: StoredValue<Navigate, LocalStorage>,
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
