//! `/j#TOKEN`: one tap from a message to the waiting room, without signing in.

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::appointment::AppointmentState;
use visita_domain::join::JoinAs;
use visita_wire::ErrorCode;
use visita_wire::join::{JoinGrant, JoinVisitView};

use super::Loaded;
use super::lobby::ClinicPhone;
use super::model::opens_at;
use crate::api::{ApiFail, Outcome};
use crate::i18n::t;
use crate::intl;
use crate::parts::fail_text;
use crate::routes::Route;
use crate::shell::{Banners, ThemeButton};
use crate::state::clock::Clock;
use crate::state::session::{Phase, Session};
use crate::state::socket::Socket;
use crate::ui::{Alert, AlertKind, Button, ButtonKind, ButtonSize, Fact, Facts, IconName, Spinner};

/// Says that this tab came by a link, so that a reload goes back in. It is no secret.
const KEY: &str = "visita.join";

/// Where the page stands.
#[derive(Clone, PartialEq)]
enum Step {
    /// Asks for the one tap. Whatever opens links by itself stays here.
    Tap,
    /// Asking the server.
    Busy,
    /// In.
    In(JoinGrant),
    /// The visit is over.
    Over(JoinGrant),
    /// Not in, and why.
    Out(ApiFail),
    /// The page without a link.
    NoLink,
}

#[derive(Clone, Copy)]
struct Join {
    token: RwSignal<Option<String>>,
    step: RwSignal<Step>,
    session: Session,
}

impl Join {
    /// Presents the link, or comes back by the cookie.
    fn go(self) {
        let token = self.token.get_untracked();
        self.step.set(Step::Busy);
        spawn_local(async move {
            let found = self.session.join(token).await;
            self.learn(found);
        });
    }

    fn learn(self, found: Outcome<JoinGrant>) {
        let step = match found {
            Ok(grant) if grant.access_token.is_some() => Step::In(grant),
            Ok(grant) => Step::Over(grant),
            Err(fail) => Step::Out(fail),
        };
        remember(matches!(step, Step::In(_)));
        self.step.try_set(step);
    }
}

/// The page.
#[component]
pub fn JoinPage() -> impl IntoView {
    let session = Session::from_context();
    let token = RwSignal::new(take_token());
    let first = match token.with_untracked(Option::is_some) {
        true => Step::Tap,
        false => Step::NoLink,
    };
    let join = Join {
        token,
        step: RwSignal::new(first),
        session,
    };
    // Another link opened in this tab changes the fragment and loads no page.
    let listener = window_event_listener(leptos::ev::hashchange, move |_| {
        if let Some(other) = take_token() {
            token.set(Some(other));
            join.step.set(Step::Tap);
        }
    });
    on_cleanup(move || listener.remove());
    if token.with_untracked(Option::is_none) && remembered() {
        join.go();
    }
    let phase = session.phase();
    Effect::new(move |_| {
        // The server has ended it: it also says why.
        let ended = phase.get() == Phase::SignedOut;
        if ended && matches!(join.step.get_untracked(), Step::In(_)) {
            join.go();
        }
    });
    move || match join.step.get() {
        Step::In(grant) => view! { <Inside grant /> }.into_any(),
        step => view! { <Outside join step /> }.into_any(),
    }
}

/// What stands in the fragment, which leaves the address bar and the history at once.
fn take_token() -> Option<String> {
    let window = window();
    let hash = window.location().hash().ok()?;
    let token = hash.strip_prefix('#').filter(|token| !token.is_empty())?;
    let history = window.history().ok()?;
    let state = history.state().unwrap_or_default();
    // A browser that refuses shows a token that it holds anyway.
    let _ = history.replace_state_with_url(&state, "", Some(&Route::Join.path()));
    Some(token.to_owned())
}

fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

fn remembered() -> bool {
    storage().is_some_and(|storage| matches!(storage.get_item(KEY), Ok(Some(_))))
}

/// Without storage a reload asks for the link again.
fn remember(joined: bool) {
    if let Some(storage) = storage() {
        let _ = match joined {
            true => storage.set_item(KEY, "1"),
            false => storage.remove_item(KEY),
        };
    }
}

/// Before and after the visit: one card and at most one thing to do.
#[component]
fn Outside(join: Join, step: Step) -> impl IntoView {
    let go = move |()| join.go();
    match step {
        Step::Tap => view! {
            <Card title=t::join::title() text=t::join::text()>
                <Button
                    kind=ButtonKind::Primary
                    size=ButtonSize::Large
                    wide=true
                    icon=IconName::Video
                    on_click=go
                >
                    {t::join::go()}
                </Button>
            </Card>
        }
        .into_any(),
        Step::Busy | Step::In(_) => view! { <main class="min-h-dvh"><Spinner /></main> }.into_any(),
        Step::Over(grant) => {
            let (title, text) = ending(grant.visit.state);
            view! {
                <Card title text>
                    <Particulars visit=grant.visit.clone() />
                    <Phone visit=grant.visit />
                </Card>
            }
            .into_any()
        }
        Step::Out(fail) if fail.code == ErrorCode::JoinLinkInvalid => view! {
            <Card title=t::join::invalid_title() text=t::join::invalid_text()>
                <ToSignIn />
            </Card>
        }
        .into_any(),
        Step::Out(fail) if fail.code == ErrorCode::JoinLinkInUse => view! {
            <Card title=t::join::in_use_title() text=t::join::in_use_text()>
                <Button kind=ButtonKind::Primary size=ButtonSize::Large wide=true on_click=go>
                    {t::join::again()}
                </Button>
            </Card>
        }
        .into_any(),
        Step::Out(fail) => view! {
            <Card title=t::join::title() text="">
                <Alert kind=AlertKind::Error>{fail_text(&fail)}</Alert>
                <Button kind=ButtonKind::Primary size=ButtonSize::Large wide=true on_click=go>
                    {t::join::again()}
                </Button>
            </Card>
        }
        .into_any(),
        Step::NoLink => view! {
            <Card title=t::join::no_link_title() text=t::join::no_link_text()>
                <ToSignIn />
            </Card>
        }
        .into_any(),
    }
}

fn ending(state: AppointmentState) -> (String, String) {
    match state {
        AppointmentState::Cancelled => (t::join::cancelled_title(), t::join::cancelled_text()),
        AppointmentState::NoShow => (t::join::missed_title(), t::join::missed_text()),
        _ => (t::join::finished_title(), t::join::finished_text()),
    }
}

#[component]
fn ToSignIn() -> impl IntoView {
    view! {
        <a
            class="link link-primary inline-flex min-h-11 items-center font-medium"
            href=Route::SignIn.path()
        >
            {t::join::sign_in()}
        </a>
    }
}

/// One card on the page.
#[component]
fn Card(
    /// The page's name.
    title: String,
    /// One line under it.
    #[prop(into)]
    text: String,
    children: Children,
) -> impl IntoView {
    document().set_title(&t::shell::title(&title));
    view! {
        <div class="flex min-h-dvh flex-col bg-base-200">
            <Banners />
            <header class="flex items-center justify-between px-4 py-3">
                <span class="flex items-center gap-3 text-lg font-semibold">
                    <img src="/favicon.svg" alt="" width="36" height="36" class="size-9" />
                    {t::common::app_name()}
                </span>
                <ThemeButton />
            </header>
            <main id="main" class="flex flex-1 flex-col items-center justify-center p-4">
                <div class="surface flex w-full max-w-lg flex-col gap-5 p-6">
                    <div role="status" class="flex flex-col gap-1">
                        <h1 class="text-2xl font-semibold">{title}</h1>
                        <p class="text-base-content/80">{text}</p>
                    </div>
                    {children()}
                </div>
            </main>
        </div>
    }
}

/// With whom, when and where.
#[component]
fn Particulars(visit: JoinVisitView) -> impl IntoView {
    view! {
        <Facts>
            <Fact name=t::join::clinic() value=visit.hospital_name />
            <Fact name=t::visit::doctor() value=visit.doctor_name />
            <Fact name=t::visit::when() value=intl::date_time(visit.starts_at) />
        </Facts>
    }
}

/// The way that always works, for whom no session is left.
#[component]
fn Phone(visit: JoinVisitView) -> impl IntoView {
    let phone = Some(visit.hospital_phone).filter(|phone| !phone.is_empty());
    phone.map(|phone| {
        let digits: String = phone
            .chars()
            .filter(|c| c.is_ascii_digit() || *c == '+')
            .collect();
        view! {
            <p class="text-sm text-base-content/80">
                {t::visit::phone_help()} " "
                <a class="link inline-flex min-h-11 items-center font-medium" href=format!("tel:{digits}")>
                    {phone}
                </a>
            </p>
        }
    })
}

/// In: the patient goes to the waiting room when it is open, a guest sees how it stands.
#[component]
fn Inside(grant: JoinGrant) -> impl IntoView {
    let id = grant.visit.appointment_id;
    let visit = StoredValue::new(grant.visit);
    let live = Socket::from_context().visit(id);
    let starts_at = Memo::new(move |_| {
        let live = live.get().map(|live| live.starts_at);
        live.unwrap_or_else(|| visit.with_value(|visit| visit.starts_at))
    });
    let state = Memo::new(move |_| {
        let live = live.get().map(|live| live.state);
        live.unwrap_or_else(|| visit.with_value(|visit| visit.state))
    });
    let second = Clock::from_context().second();
    let is_open = Memo::new(move |_| {
        state.get() != AppointmentState::Booked || second.get() >= opens_at(starts_at.get())
    });
    let now = move || JoinVisitView {
        starts_at: starts_at.get(),
        state: state.get(),
        ..visit.get_value()
    };
    if grant.joins_as != JoinAs::Patient {
        let name = grant.name;
        return view! { {move || view! { <GuestWaits name=name.clone() visit=now() /> }} }
            .into_any();
    }
    view! {
        {move || match is_open.get() {
            true => view! { <Loaded id /> }.into_any(),
            false => view! { <Early visit=now() /> }.into_any(),
        }}
    }
    .into_any()
}

/// Too early is no error: the page counts down and goes in by itself.
#[component]
fn Early(visit: JoinVisitView) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let opens = opens_at(visit.starts_at);
    let left = move || {
        let minutes = (opens.secs_since(minute.get()).max(0) + 59) / 60;
        match minutes {
            0..120 => t::join::opens_in_minutes(minutes.max(1)),
            120..2_880 => t::join::opens_in_hours(minutes / 60),
            _ => t::join::opens_in_days(minutes / 1_440),
        }
    };
    let title = t::join::early_title();
    view! {
        <Card title text=t::join::early_text(intl::date_time(opens))>
            <p class="text-xl font-semibold" data-testid="countdown">{left}</p>
            <Particulars visit=visit.clone() />
            <ClinicPhone />
        </Card>
    }
}

/// How the visit stands, for whoever accompanies the patient.
#[component]
fn GuestWaits(
    /// The guest's name.
    name: String,
    visit: JoinVisitView,
) -> impl IntoView {
    let words = match visit.state {
        AppointmentState::Arrived => t::join::guest_arrived(),
        AppointmentState::InCall => t::join::guest_in_call(),
        _ => t::join::guest_booked(),
    };
    view! {
        <Card title=t::join::guest_title(name) text=words>
            <Particulars visit />
            <p class="text-sm text-base-content/70">{t::join::guest_stay()}</p>
            <ClinicPhone />
        </Card>
    }
}
