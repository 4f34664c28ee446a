//! Who is signed in.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::people::Role;
use visita_wire::accounts::Activate;
use visita_wire::auth::{Login, Me, Setup, TokenGrant};
use visita_wire::join::JoinGrant;
use visita_wire::second_factor::VerifySecondFactor;

use crate::api::{self, ApiFail, Outcome};
use crate::i18n;
use crate::state::theme;

/// Says that this browser has a session to take up, so that a first visit does
/// not ask for one in vain. It is no secret and no proof.
const KEY: &str = "visita.session";

/// Where the session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Asking the server.
    Loading,
    /// The server could not be reached; try again.
    Unreachable,
    /// Nobody is signed in.
    SignedOut,
    /// Somebody is signed in who must set up a second factor before anything else.
    Enrolling,
    /// Somebody is signed in.
    SignedIn,
    /// Somebody came by a join link: to one visit, without signing in.
    Joined,
}

/// The session, from the context.
#[derive(Clone, Copy)]
pub struct Session {
    user: RwSignal<Option<Me>>,
    phase: RwSignal<Phase>,
}

impl Session {
    /// Starts to take up the browser's session and puts it into the context.
    pub fn provide() -> Self {
        let session = Self {
            user: RwSignal::new(None),
            phase: RwSignal::new(Phase::Loading),
        };
        provide_context(session);
        api::on_session_end(move || session.end());
        session.resume();
        session
    }

    /// The session of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// The signed-in user.
    #[must_use]
    pub fn user(self) -> Signal<Option<Me>> {
        self.user.into()
    }

    /// Where the session stands.
    #[must_use]
    pub fn phase(self) -> Signal<Phase> {
        self.phase.into()
    }

    /// The role of the signed-in user.
    #[must_use]
    pub fn role(self) -> Signal<Option<Role>> {
        let user = self.user;
        Signal::derive(move || user.with(|user| user.as_ref().map(|user| user.role)))
    }

    /// The IANA zone of the user's clinic.
    #[must_use]
    pub fn clinic_zone(self) -> Signal<Option<String>> {
        let user = self.user;
        Signal::derive(move || {
            user.with(|user| user.as_ref().and_then(|user| user.time_zone.clone()))
        })
    }

    /// The user once, without following it. For handlers and for pages that
    /// show only while somebody is signed in.
    #[must_use]
    pub fn user_now(self) -> Option<Me> {
        self.user.try_get_untracked().flatten()
    }

    /// Takes up the session of the refresh cookie.
    pub fn resume(self) {
        if !marked() {
            self.phase.set(Phase::SignedOut);
            return;
        }
        self.phase.set(Phase::Loading);
        spawn_local(async move {
            match api::auth::resume().await {
                Ok(grant) => self.begin(grant),
                Err(fail) if may_pass(&fail) => {
                    self.phase.try_set(Phase::Unreachable);
                }
                Err(_) => self.end(),
            }
        });
    }

    /// Signs in.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn sign_in(self, login: Login) -> Outcome<()> {
        api::auth::login(&login)
            .await
            .map(|grant| self.begin(grant))
    }

    /// Comes by a join link, or back by the cookie of one. A grant without a token says how
    /// the visit ended, and opens nothing.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn join(self, token: Option<String>) -> Outcome<JoinGrant> {
        let grant = api::join::exchange(token).await?;
        if grant.access_token.is_some() {
            self.user.try_set(Some(api::join::me(&grant)));
            self.phase.try_set(Phase::Joined);
        }
        Ok(grant)
    }

    /// Completes a sign-in by a code.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn verify(self, code: VerifySecondFactor) -> Outcome<()> {
        api::second_factor::verify(&code)
            .await
            .map(|grant| self.begin(grant))
    }

    /// The second factor is set up: everything else is open now.
    pub fn enrolled(self) {
        self.phase.try_set(Phase::SignedIn);
    }

    /// Chooses the first password of an account, and signs in.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn activate(self, activate: Activate) -> Outcome<()> {
        api::accounts::activate(&activate)
            .await
            .map(|grant| self.begin(grant))
    }

    /// Sets an empty clinic up, and signs its administrator in.
    ///
    /// # Errors
    /// As the server answers.
    pub async fn set_up(self, setup: Setup) -> Outcome<()> {
        api::auth::set_up(&setup)
            .await
            .map(|grant| self.begin(grant))
    }

    /// Signs out. The page forgets the user even when the server cannot be
    /// reached; the cookie then lasts until it ends by itself.
    pub async fn sign_out(self) {
        // Signing out clears what the browser keeps of us; the colours are nobody's secret.
        let theme = theme::kept();
        let _ = api::auth::logout().await;
        theme::keep(theme);
        self.end();
    }

    /// Shows the changed own account.
    pub fn replace_user(self, user: Me) {
        i18n::prefer(&user.language);
        self.user.try_set(Some(user));
    }

    fn begin(self, grant: TokenGrant) {
        mark(true);
        i18n::prefer(&grant.user.language);
        self.user.try_set(Some(grant.user));
        self.phase.try_set(match grant.mfa_enrolment_required {
            true => Phase::Enrolling,
            false => Phase::SignedIn,
        });
    }

    fn end(self) {
        // The end of a visit says nothing of a sign-in in this browser.
        if self.phase.try_get_untracked() != Some(Phase::Joined) {
            mark(false);
        }
        self.phase.try_set(Phase::SignedOut);
        self.user.try_set(None);
    }
}

/// True when the fault says nothing about the session.
fn may_pass(fail: &ApiFail) -> bool {
    use visita_wire::ErrorCode::{Internal, RateLimited, Unavailable};
    fail.offline || matches!(fail.code, Internal | RateLimited | Unavailable)
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn marked() -> bool {
    // Without storage nothing can be known; then it is worth asking.
    storage().is_none_or(|storage| matches!(storage.get_item(KEY), Ok(Some(_)) | Err(_)))
}

fn mark(signed_in: bool) {
    if let Some(storage) = storage() {
        // A browser that refuses only asks once more than needed.
        let _ = if signed_in {
            storage.set_item(KEY, "1")
        } else {
            storage.remove_item(KEY)
        };
    }
}
