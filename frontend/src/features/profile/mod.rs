//! The own account: name and language, password, sessions, colours.

mod about;
mod calendar;
mod email;
mod password;
mod second_factor;
mod sessions;

use leptos::prelude::*;
use leptos::task::spawn_local;
use visita_domain::people::Role;

use crate::i18n::t;
use crate::routes::Route;
use crate::state::config::Config;
use crate::state::session::Session;
use crate::state::theme::{Theme, ThemeState};
use crate::ui::{Button, Card, Icon, IconName, Page, PageHeader, Section};

/// `/profile`.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let session = Session::from_context();
    view! {
        <Page narrow=true>
            <PageHeader title=t::profile::title()>
                <Button
                    icon=IconName::LogOut
                    on_click=move |()| spawn_local(session.sign_out())
                >
                    {t::shell::sign_out()}
                </Button>
            </PageHeader>
            <about::About />
            <OwnPages />
            <calendar::CalendarLink />
            <Appearance />
            <email::EmailAddress />
            <password::Password />
            <second_factor::SecondFactor />
            <sessions::Sessions />
            <DemoTools />
        </Page>
    }
}

/// To what else belongs to the account.
#[component]
fn OwnPages() -> impl IntoView {
    let me = Session::from_context().user_now();
    let links = me.map_or_else(Vec::new, |me| match me.role {
        Role::Patient => vec![
            (
                Route::Patient(me.id.into()),
                IconName::User,
                t::profile::record(),
                t::profile::record_text(),
            ),
            (
                Route::AccessReport,
                IconName::Shield,
                t::oversight::report(),
                t::profile::report_text(),
            ),
        ],
        Role::Doctor => vec![
            (
                Route::Doctor(me.id.into()),
                IconName::User,
                t::profile::public(),
                t::profile::public_text(),
            ),
            (
                Route::Audit,
                IconName::Shield,
                t::oversight::audit(),
                t::profile::audit_text(),
            ),
        ],
        Role::Staff | Role::Admin | Role::Guest => Vec::new(),
    });
    links
        .into_iter()
        .map(|(route, icon, title, text)| {
            view! {
                <Card>
                    <a class="row-link" href=route.path()>
                        <Icon name=icon class="text-primary" />
                        <span class="min-w-0 flex-1">
                            <span class="block font-semibold">{title}</span>
                            <span class="block text-sm text-base-content/70">{text}</span>
                        </span>
                        <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
                    </a>
                </Card>
            }
        })
        .collect_view()
}

/// A demo shows how the app is made, too.
#[component]
fn DemoTools() -> impl IntoView {
    let demo = Config::from_context().demo();
    view! {
        <Show when=move || demo.get()>
            <a class="link link-hover self-start py-3" href=Route::DevUi.path()>
                {t::profile::widgets()}
            </a>
        </Show>
    }
}

#[component]
fn Appearance() -> impl IntoView {
    let theme = ThemeState::from_context();
    let choice = theme.choice();
    view! {
        <Section title=t::profile::appearance()>
            <fieldset>
                <legend class="mb-2 text-sm font-medium">{t::profile::theme()}</legend>
                <div class="flex flex-col sm:flex-row sm:gap-6">
                    {Theme::ALL
                        .into_iter()
                        .map(|own| {
                            view! {
                                <label class="flex min-h-11 cursor-pointer items-center gap-3">
                                    <input
                                        type="radio"
                                        name="theme"
                                        class="radio radio-primary"
                                        prop:checked=move || choice.get() == own
                                        on:change=move |_| theme.choose(own)
                                    />
                                    <span>{theme_name(own)}</span>
                                </label>
                            }
                        })
                        .collect_view()}
                </div>
            </fieldset>
        </Section>
    }
}

fn theme_name(theme: Theme) -> String {
    match theme {
        Theme::System => t::profile::theme_system(),
        Theme::Light => t::profile::theme_light(),
        Theme::Dark => t::profile::theme_dark(),
    }
}
