//! Sidebar on wide screens, a bar above and below on phones.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::use_location;
use visita_wire::auth::Me;

use super::nav::{self, NavItem, ON_PHONE};
use super::unread::Unread;
use crate::i18n::t;
use crate::parts::role_name;
use crate::routes::Route;
use crate::state::config::Config;
use crate::state::connection::Connection;
use crate::state::session::Session;
use crate::state::theme::ThemeState;
use crate::ui::{Avatar, Dialog, Icon, IconButton, IconName};

/// The frame around the pages of a signed-in user.
#[component]
pub fn Shell() -> impl IntoView {
    Unread::provide();
    let user = Session::from_context().user();
    let items =
        Memo::new(move |_| user.with(|user| user.as_ref().map(nav::items).unwrap_or_default()));
    let main = focus_on_navigation();
    view! {
        <a href="#main" class="skip-link">
            {t::shell::skip()}
        </a>
        <div class="lg:grid lg:min-h-dvh lg:grid-cols-[16.5rem_1fr]">
            <Sidebar items />
            <div class="flex min-h-dvh min-w-0 flex-col">
                <TopBar />
                <Banners />
                <main
                    id="main"
                    tabindex="-1"
                    node_ref=main
                    class="flex-1 px-4 pt-4 pb-(--page-bottom) outline-none sm:px-6 sm:pt-6 lg:px-10 lg:pt-8"
                >
                    <Outlet />
                </main>
            </div>
        </div>
        <BottomBar items />
    }
}

/// After a step to another page, readers of the screen start at its content.
fn focus_on_navigation() -> NodeRef<html::Main> {
    let main = NodeRef::<html::Main>::new();
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now)
            && let Some(main) = main.get_untracked()
        {
            // An element of the page can always take the focus.
            let _ = main.focus();
        }
        now
    });
    main
}

#[component]
fn Sidebar(
    /// The entries.
    items: Memo<Vec<NavItem>>,
) -> impl IntoView {
    view! {
        <aside class="sticky top-0 hidden h-dvh flex-col border-e border-base-300 bg-base-100 lg:flex">
            <div class="px-5 pt-6 pb-4">
                <Brand />
            </div>
            <nav aria-label=t::shell::navigation() class="flex-1 overflow-y-auto px-3">
                <ul class="flex flex-col gap-1">
                    {move || {
                        items
                            .get()
                            .into_iter()
                            .map(|item| view! { <li><SideLink item /></li> })
                            .collect_view()
                    }}
                </ul>
            </nav>
            <UserPanel />
        </aside>
    }
}

#[component]
fn SideLink(
    /// The entry.
    item: NavItem,
) -> impl IntoView {
    view! {
        <A href=item.route.path() exact=item.route == Route::Home attr:class="side-link">
            <Icon name=item.icon />
            <span class="flex-1">{item.label}</span>
            {(item.route == Route::Messages).then(|| view! { <UnreadMark /> })}
        </A>
    }
}

/// The clinic's name under the product's.
#[component]
fn Brand() -> impl IntoView {
    let user = Session::from_context().user();
    let clinic =
        move || user.with(|user| user.as_ref().and_then(|user| user.hospital_name.clone()));
    view! {
        <a href=Route::Home.path() class="flex min-h-11 min-w-0 items-center gap-3">
            <img src="/favicon.svg" alt="" width="36" height="36" class="size-9 shrink-0" />
            <span class="min-w-0">
                <span class="block text-lg leading-tight font-semibold">
                    {t::common::app_name()}
                </span>
                <span class="block truncate text-sm text-base-content/70">{clinic}</span>
            </span>
        </a>
    }
}

#[component]
fn UserPanel() -> impl IntoView {
    let session = Session::from_context();
    let user = session.user();
    let name = Signal::derive(move || user.with(|u| u.as_ref().map(name_of).unwrap_or_default()));
    let role = move || user.with(|u| u.as_ref().map(|user| role_name(user.role)));
    view! {
        <div class="border-t border-base-300 p-3">
            <A href=Route::Profile.path() attr:class="side-link">
                <Avatar name />
                <span class="min-w-0 flex-1">
                    <span class="block truncate font-medium">{name}</span>
                    <span class="block text-sm text-base-content/70">{role}</span>
                </span>
            </A>
            <div class="mt-2 flex justify-between">
                <ThemeButton />
                <SignOutButton />
            </div>
        </div>
    }
}

fn name_of(user: &Me) -> String {
    user.name.clone()
}

#[component]
fn TopBar() -> impl IntoView {
    let user = Session::from_context().user();
    let name = Signal::derive(move || user.with(|u| u.as_ref().map(name_of).unwrap_or_default()));
    view! {
        <header class="sticky top-0 z-20 flex h-(--bar-top) items-center justify-between gap-3 border-b border-base-300 bg-base-100 px-4 lg:hidden">
            <Brand />
            <div class="flex items-center gap-1">
                <ThemeButton />
                <a
                    href=Route::Profile.path()
                    class="flex size-11 items-center justify-center rounded-full"
                    aria-label=t::shell::profile()
                >
                    <Avatar name />
                </a>
            </div>
        </header>
    }
}

#[component]
fn BottomBar(
    /// The entries.
    items: Memo<Vec<NavItem>>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let first =
        move || items.with(|items| items.iter().take(ON_PHONE).cloned().collect::<Vec<_>>());
    let rest = move || items.with(|items| items.iter().skip(ON_PHONE).cloned().collect::<Vec<_>>());
    view! {
        <nav
            aria-label=t::shell::navigation()
            class="fixed inset-x-0 bottom-0 z-20 h-(--bar-bottom) border-t border-base-300 bg-base-100 lg:hidden"
        >
            <ul class="mx-auto flex h-16 max-w-xl">
                {move || {
                    first()
                        .into_iter()
                        .map(|item| view! { <li class="flex-1"><BottomLink item /></li> })
                        .collect_view()
                }}
                <li class="flex-1">
                    <button
                        type="button"
                        class="bottom-link"
                        aria-haspopup="dialog"
                        on:click=move |_| open.set(true)
                    >
                        <Icon name=IconName::Menu class="size-6" />
                        <span>{t::shell::more()}</span>
                    </button>
                </li>
            </ul>
        </nav>
        <Dialog open title=t::shell::more()>
            <ul class="flex flex-col gap-1" on:click=move |_| open.set(false)>
                {move || {
                    rest()
                        .into_iter()
                        .map(|item| view! { <li><SideLink item /></li> })
                        .collect_view()
                }}
                <li>
                    <A href=Route::Profile.path() attr:class="side-link">
                        <Icon name=IconName::User />
                        <span>{t::shell::profile()}</span>
                    </A>
                </li>
                <li>
                    <SignOutButton />
                </li>
            </ul>
        </Dialog>
    }
}

#[component]
fn BottomLink(
    /// The entry.
    item: NavItem,
) -> impl IntoView {
    view! {
        <A href=item.route.path() exact=item.route == Route::Home attr:class="bottom-link">
            <span class="relative">
                <Icon name=item.icon class="size-6" />
                {(item.route == Route::Messages)
                    .then(|| {
                        view! {
                            <span class="absolute -end-3 -top-1.5">
                                <UnreadMark />
                            </span>
                        }
                    })}
            </span>
            <span>{item.label}</span>
        </A>
    }
}

/// The number of unread messages.
#[component]
fn UnreadMark() -> impl IntoView {
    let unread = Unread::count();
    view! {
        <Show when=move || unread.get().is_some_and(|count| count > 0)>
            <span class="badge badge-primary badge-sm px-1.5">
                <span aria-hidden="true">{move || unread.get()}</span>
                <span class="sr-only">{move || unread.get().map(t::shell::unread_conversations)}</span>
            </span>
        </Show>
    }
}

/// Changes between light and dark.
#[component]
pub fn ThemeButton() -> impl IntoView {
    let theme = ThemeState::from_context();
    let dark = theme.dark();
    let icon = Signal::derive(move || {
        if dark.get() {
            IconName::Sun
        } else {
            IconName::Moon
        }
    });
    let label = Signal::derive(move || {
        if dark.get() {
            t::shell::use_light()
        } else {
            t::shell::use_dark()
        }
    });
    view! { <IconButton icon label on_click=move |()| theme.toggle() /> }
}

#[component]
fn SignOutButton() -> impl IntoView {
    let session = Session::from_context();
    view! {
        <button
            type="button"
            class="side-link w-auto"
            on:click=move |_| spawn_local(session.sign_out())
        >
            <Icon name=IconName::LogOut class="rtl:rotate-180" />
            <span>{t::shell::sign_out()}</span>
        </button>
    }
}

/// What concerns the whole app: demo data, no network.
#[component]
pub fn Banners() -> impl IntoView {
    let demo = Config::from_context().demo();
    let online = Connection::from_context().online();
    view! {
        <Show when=move || demo.get()>
            <aside
                aria-label=t::common::demo()
                class="bg-info/12 px-4 py-2 text-center text-sm text-info"
            >
                {t::common::demo_banner()} " "
                <a class="link font-medium" href=Route::DemoMail.path()>
                    {t::common::demo_mail()}
                </a>
            </aside>
        </Show>
        <div role="status">
            <Show when=move || !online.get()>
                <p class="flex items-center justify-center gap-2 bg-warning/15 px-4 py-2 text-sm font-medium text-warning">
                    <Icon name=IconName::WifiOff />
                    {t::common::offline_banner()}
                </p>
            </Show>
        </div>
    }
}
