//! The first page of each role: what to do next.

mod admin;
mod doctor;
mod lobby;
mod patient;
mod staff;
mod today;

use leptos::prelude::*;
use visita_wire::dashboard::DashboardView;

use crate::api;
use crate::parts::{Remote, remote};
use crate::state::clock::Clock;
use crate::ui::{Card, Page, Skeleton, SkeletonList};

/// `/`.
#[component]
pub fn HomePage() -> impl IntoView {
    let data = remote(api::dashboard::get_dashboard);
    let minute = Clock::from_context().minute();
    // "Today" and "soon" change by themselves, and a lost hint is made good here.
    Effect::new(move |before: Option<()>| {
        minute.track();
        if before.is_some() {
            data.refetch();
        }
    });
    view! {
        <Remote data loading=loading let(view)>
            {match view {
                DashboardView::Patient { upcoming, unread, documents } => {
                    view! { <patient::PatientHome upcoming unread documents /> }.into_any()
                }
                DashboardView::Doctor { today, lobby, unread } => {
                    view! {
                        <doctor::DoctorHome
                            today
                            lobby
                            unread
                            on_change=move |()| data.refetch()
                        />
                    }
                        .into_any()
                }
                DashboardView::Staff { today, lobby, doctors, patients } => {
                    view! { <staff::StaffHome today lobby doctors patients /> }.into_any()
                }
                DashboardView::Admin { hospitals, staff, doctors, patients } => {
                    view! { <admin::AdminHome hospitals staff doctors patients /> }.into_any()
                }
            }}
        </Remote>
    }
}

fn loading() -> impl IntoView {
    view! {
        <Page>
            <Skeleton class="h-9 w-64" />
            <Card>
                <SkeletonList rows=2 />
            </Card>
            <Card>
                <SkeletonList rows=3 />
            </Card>
        </Page>
    }
}
