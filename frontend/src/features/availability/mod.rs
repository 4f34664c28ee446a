//! A doctor's working hours: the week, time off and extra hours, length of visits.

mod copy;
mod editor;
mod exceptions;
mod leave;
mod model;
mod preview;
mod stranded;
mod visits;
mod week;

use leptos::prelude::*;
use visita_domain::DoctorId;
use visita_domain::people::Role;

use crate::api::availability::get_availability;
use crate::api::people::get_doctor;
use crate::i18n::t;
use crate::parts::zone::zone_name;
use crate::parts::{Remote, remote};
use crate::routes::{Route, id_param};
use crate::shell::NotFoundPage;
use crate::state::session::Session;
use crate::ui::{Page, PageHeader};
use editor::{Editor, SaveBar};
use exceptions::Exceptions;
use leave::LeaveGuard;
use preview::Preview;
use visits::VisitLength;
use week::Week;

/// The working hours of the doctor in the path, or the viewer's own.
#[component]
pub fn AvailabilityPage() -> impl IntoView {
    let of_path = id_param::<DoctorId>();
    move || {
        let user = Session::from_context().user_now();
        let own = user
            .as_ref()
            .filter(|user| user.role == Role::Doctor)
            .map(|user| DoctorId::from(user.id));
        match (of_path.get().or(own), user.map(|user| user.role)) {
            (Some(doctor), Some(Role::Doctor | Role::Staff)) => {
                view! { <Loaded doctor own=Some(doctor) == own /> }.into_any()
            }
            _ => view! { <NotFoundPage /> }.into_any(),
        }
    }
}

#[component]
fn Loaded(doctor: DoctorId, own: bool) -> impl IntoView {
    let data = remote(move || async move {
        let hours = get_availability(doctor).await?;
        Ok((hours, get_doctor(doctor).await?))
    });
    view! {
        <Page>
            <Remote data let((hours, profile))>
                <Head own name=profile.name.clone() doctor zone=hours.time_zone.clone() />
                <Hours editor=Editor::new(hours, &profile) />
            </Remote>
        </Page>
    }
}

#[component]
fn Head(own: bool, name: String, doctor: DoctorId, zone: String) -> impl IntoView {
    let intro = t::availability::intro(zone_name(&zone));
    if own {
        view! { <PageHeader title=t::availability::title() text=intro /> }.into_any()
    } else {
        view! {
            <PageHeader
                title=t::availability::title_of(name.as_str())
                text=intro
                back=(Route::Doctor(doctor).path(), name)
            />
        }
        .into_any()
    }
}

#[component]
fn Hours(editor: Editor) -> impl IntoView {
    view! {
        <div class="grid items-start gap-6 xl:grid-cols-[2fr_1fr]">
            <div class="flex min-w-0 flex-col gap-6">
                <Week editor />
                <VisitLength editor />
            </div>
            <div class="flex min-w-0 flex-col gap-6">
                <Preview editor />
                <Exceptions editor />
            </div>
        </div>
        <SaveBar editor />
        <LeaveGuard dirty=editor.dirty() />
    }
}
