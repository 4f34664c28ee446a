//! Who opened the own record.

use leptos::prelude::*;
use visita_wire::oversight::AccessView;

use super::words::action_words;
use crate::api;
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, role_name};
use crate::routes::Route;
use crate::state::pages::Pages;
use crate::ui::{Avatar, Card, EmptyState, IconName, Page, PageHeader};

/// `/access-report`.
#[component]
pub fn AccessReportPage() -> impl IntoView {
    let pages = Pages::new(api::oversight::access_report);
    let back = (Route::Profile.path(), t::profile::title());
    view! {
        <Page narrow=true>
            <PageHeader title=t::oversight::report() back />
            <p class="-mt-2 mb-4 text-base-content/80">{t::oversight::report_text()}</p>
            <Card>
                <PagedList pages empty=nobody let(accesses)>
                    <ul class="rows">
                        {accesses
                            .into_iter()
                            .map(|access| view! { <AccessRow access /> })
                            .collect_view()}
                    </ul>
                </PagedList>
            </Card>
        </Page>
    }
}

fn nobody() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Shield
            title=t::oversight::report_none()
            text=t::oversight::report_none_text()
        />
    }
}

#[component]
fn AccessRow(
    /// Who, when and what.
    access: AccessView,
) -> impl IntoView {
    view! {
        <li class="flex items-center gap-3 py-3">
            <Avatar name=access.actor.name.clone() />
            <span class="min-w-0 flex-1">
                <span class="block font-medium">{action_words(&access.action)}</span>
                <span class="block text-sm text-base-content/70">
                    {access.actor.name} " · " {role_name(access.actor.role)} " · "
                    {intl::date_time(access.at)}
                </span>
            </span>
        </li>
    }
}
