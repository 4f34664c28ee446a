//! Where one is signed in, and signing out there.

use leptos::prelude::*;
use visita_domain::SessionId;
use visita_wire::auth::SessionView;

use crate::api;
use crate::i18n::t;
use crate::intl;
use crate::parts::{Remote, fail_text, remote};
use crate::state::toasts::Toasts;
use crate::ui::{Badge, Button, ButtonSize, ConfirmDialog, Icon, IconName, Section, Tone};

/// The section.
#[component]
pub fn Sessions() -> impl IntoView {
    let toasts = Toasts::from_context();
    let data = remote(api::auth::list_sessions);
    let asking = RwSignal::new(false);
    let asking_all = RwSignal::new(false);
    let chosen = RwSignal::new(None::<SessionId>);
    let end = Action::new_local(move |id: &SessionId| {
        let id = *id;
        async move {
            match api::auth::end_session(id).await {
                Ok(()) => toasts.success(t::profile::session_ended()),
                Err(fail) => toasts.error(fail_text(&fail)),
            }
            asking.try_set(false);
            data.refetch();
        }
    });
    let end_all = Action::new_local(move |(): &()| async move {
        match api::auth::end_other_sessions().await {
            Ok(()) => toasts.success(t::profile::sessions_ended()),
            Err(fail) => toasts.error(fail_text(&fail)),
        }
        asking_all.try_set(false);
        data.refetch();
    });
    let ask = Callback::new(move |id| {
        chosen.set(Some(id));
        asking.set(true);
    });
    view! {
        <Section title=t::profile::sessions()>
            <Remote data let(page)>
                {(page.items.len() > 1)
                    .then(|| {
                        view! {
                            <Button
                                size=ButtonSize::Small
                                on_click=move |()| asking_all.set(true)
                            >
                                {t::profile::sessions_end()}
                            </Button>
                        }
                    })}
                <ul class="rows">
                    {page
                        .items
                        .into_iter()
                        .map(|session| view! { <SessionRow session ask /> })
                        .collect_view()}
                </ul>
            </Remote>
            <ConfirmDialog
                open=asking_all
                title=t::profile::sessions_end_ask()
                text=t::profile::sessions_end_text()
                confirm=t::profile::sessions_end()
                busy=end_all.pending()
                on_confirm=move |()| drop(end_all.dispatch_local(()))
            />
            <ConfirmDialog
                open=asking
                title=t::profile::session_end_ask()
                text=t::profile::session_end_text()
                confirm=t::profile::session_end()
                busy=end.pending()
                on_confirm=move |()| {
                    if let Some(id) = chosen.get_untracked() {
                        end.dispatch_local(id);
                    }
                }
            />
        </Section>
    }
}

/// "Chrome on Windows" for what a browser sends of itself. Browsers name each
/// other for old sites' sake, so the more special name is looked for first.
fn device_name(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox", "Firefox"),
        ("Chrom", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| {
        list.iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => t::profile::browser_on(browser, system),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        // A program of an integrator: its own words, without what follows.
        (None, None) => user_agent
            .split_whitespace()
            .next()
            .map_or_else(t::profile::unknown_device, str::to_owned),
    }
}

#[component]
fn SessionRow(
    /// The session.
    session: SessionView,
    /// Asks whether to end it.
    ask: Callback<SessionId>,
) -> impl IntoView {
    let id = session.id;
    let device = device_name(&session.user_agent);
    let action = match session.current {
        true => view! { <Badge tone=Tone::Success>{t::profile::session_here()}</Badge> }.into_any(),
        false => view! {
            <Button size=ButtonSize::Small on_click=move |()| ask.run(id)>
                {t::profile::session_end()}
            </Button>
        }
        .into_any(),
    };
    view! {
        <li class="flex flex-wrap items-center gap-3 py-3">
            <Icon name=IconName::Monitor class="text-base-content/70" />
            <span class="min-w-0 flex-1">
                <span class="block truncate font-medium">{device}</span>
                <span class="block text-sm text-base-content/70">
                    {t::profile::session_seen(intl::date_time(session.last_seen_at))} " · "
                    {t::profile::session_since(intl::date(session.created_at))}
                </span>
            </span>
            {action}
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::device_name;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn devices_are_named_as_people_know_them() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1";
        assert_eq!(device_name(edge), "Edge on Windows");
        assert_eq!(device_name(phone), "Safari on iPhone");
        assert_eq!(device_name("clinic-sync/2.1 (nightly)"), "clinic-sync/2.1");
    }
}
