//! One visit: who, when, where it stands, and what can be done about it.

use leptos::prelude::*;
use visita_domain::AppointmentId;
use visita_domain::appointment::AppointmentState;
use visita_domain::people::Role;
use visita_wire::appointments::AppointmentView;

use super::actions::{Actions, EnterCard};
use super::history::History;
use super::invite::Invite;
use super::model::{Change, changes};
use crate::api::appointments::get_appointment;
use crate::i18n::t;
use crate::intl;
use crate::parts::documents::DocumentPanel;
use crate::parts::{Remote, StateBadge, VisitWhen, remote, state_name};
use crate::routes::{Route, id_param};
use crate::shell::NotFoundPage;
use crate::state::session::Session;
use crate::state::socket::Socket;
use crate::ui::{Alert, AlertKind, Card, Fact, Facts, Page, PageHeader, Section};

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct Detail {
    /// The visit as last read.
    pub data: LocalResource<crate::api::Outcome<AppointmentView>>,
    /// What somebody else changed while the page was open.
    meanwhile: RwSignal<Option<Meanwhile>>,
    /// The visit as last shown; a newer one that is not the answer to an own change is news.
    seen: StoredValue<Option<AppointmentView>>,
    /// The viewer's role.
    pub role: Role,
}

/// What somebody else changed.
#[derive(Clone)]
struct Meanwhile {
    changes: Vec<Change>,
    /// It kept the viewer's own change from being made.
    refused: bool,
}

impl Detail {
    /// Shows the answer of a change at once; nothing has to be read again.
    pub fn show(self, visit: AppointmentView) {
        self.meanwhile.try_set(None);
        self.seen.try_set_value(Some(visit.clone()));
        self.data.try_set(Some(Ok(visit)));
    }

    /// Shows what kept the viewer's change from being made.
    pub fn show_refused(self, before: &AppointmentView, now: AppointmentView) {
        let changes = changes(before, &now);
        self.show(now);
        self.meanwhile.try_set(Some(Meanwhile {
            changes,
            refused: true,
        }));
    }

    /// Takes what has been read; names what is new in it.
    fn take(self, now: AppointmentView) {
        let before = self.seen.try_get_value().flatten();
        if let Some(before) = before.filter(|before| before.version < now.version) {
            let changes = changes(&before, &now);
            self.meanwhile.try_set(Some(Meanwhile {
                changes,
                refused: false,
            }));
        }
        self.seen.try_set_value(Some(now));
    }
}

/// One visit's particulars.
#[component]
pub fn AppointmentPage() -> impl IntoView {
    let id = id_param::<AppointmentId>();
    move || match (id.get(), Session::from_context().user_now()) {
        (Some(id), Some(user)) => view! { <Loaded id role=user.role /> }.into_any(),
        _ => view! { <NotFoundPage /> }.into_any(),
    }
}

#[component]
fn Loaded(id: AppointmentId, role: Role) -> impl IntoView {
    let news = Socket::from_context().appointments_changed();
    let data = remote(move || {
        news.track();
        get_appointment(id)
    });
    let detail = Detail {
        data,
        meanwhile: RwSignal::new(None),
        seen: StoredValue::new(None),
        role,
    };
    Effect::new(move |_| {
        if let Some(Ok(visit)) = data.get() {
            detail.take(visit);
        }
    });
    view! {
        <Page>
            <Remote data let:visit>
                <Visit detail visit />
            </Remote>
        </Page>
    }
}

#[component]
fn Visit(detail: Detail, visit: AppointmentView) -> impl IntoView {
    let id = visit.id;
    let title = if detail.role == Role::Patient {
        t::appointments::with_doctor(visit.doctor_name.as_str())
    } else {
        t::appointments::of_patient_named(visit.patient_name.as_str())
    };
    let cancel_reason = visit.cancel_reason.clone();
    let may_upload = detail.role != Role::Admin && visit.state != AppointmentState::Cancelled;
    view! {
        <PageHeader
            title
            back=(Route::Appointments.path(), t::appointments::back_to_list())
        />
        <Changed detail visit=visit.clone() />
        <EnterCard role=detail.role id=visit.id state=visit.state starts_at=visit.starts_at />
        <div class="grid items-start gap-6 lg:grid-cols-[2fr_1fr]">
            <Particulars role=detail.role visit=visit.clone() />
            <Actions detail visit=visit.clone() />
        </div>
        <Invite role=detail.role id state=visit.state />
        <Section title=t::appointments::documents()>
            <DocumentPanel appointment=Some(id) upload=may_upload />
        </Section>
        <History id cancel_reason />
    }
}

/// What somebody else changed, in words.
#[component]
fn Changed(detail: Detail, visit: AppointmentView) -> impl IntoView {
    let (starts_at, doctor) = (visit.starts_at, visit.doctor_name);
    let line = move |change: &Change| match change {
        Change::Moved => t::appointments::changed_moved(format!(
            "{}, {}",
            intl::day_long(starts_at),
            intl::time(starts_at)
        )),
        Change::Doctor => t::appointments::changed_doctor(doctor.as_str()),
        Change::State(state) => t::appointments::changed_state(state_name(*state)),
        Change::Other => t::appointments::changed_other(),
    };
    move || {
        detail.meanwhile.get().map(|meanwhile| {
            let paragraph = |change| view! { <p>{line(change)}</p> };
            let lines = meanwhile.changes.iter().map(paragraph).collect_view();
            view! {
                <Alert kind=AlertKind::Warning>
                    <p class="font-semibold">{t::appointments::changed_title()}</p>
                    {lines}
                    {meanwhile
                        .refused
                        .then(|| view! { <p>{t::appointments::changed_again()}</p> })}
                </Alert>
            }
        })
    }
}

#[component]
fn Particulars(role: Role, visit: AppointmentView) -> impl IntoView {
    let minutes = visit.ends_at.secs_since(visit.starts_at) / 60;
    let waiting = visit
        .waiting_since
        .filter(|_| visit.state == AppointmentState::Arrived)
        .map(|at| t::appointments::waiting_since(intl::time(at)));
    let finished = visit
        .finished_at
        .map(|at| t::appointments::finished_at(intl::time(at)));
    let patient = if matches!(role, Role::Staff | Role::Doctor) {
        let path = Route::Patient(visit.patient_id).path();
        view! { <Person name=t::appointments::patient() path value=visit.patient_name /> }
            .into_any()
    } else {
        ().into_any()
    };
    let doctor_path = Route::Doctor(visit.doctor_id).path();
    view! {
        <Card class="flex flex-col gap-4">
            <div class="flex flex-wrap items-start justify-between gap-3">
                <div class="text-lg">
                    <VisitWhen starts_at=visit.starts_at ends_at=visit.ends_at />
                    <p class="text-sm text-base-content/70">{t::appointments::minutes(minutes)}</p>
                </div>
                <StateBadge state=visit.state />
            </div>
            {waiting.map(|words| view! { <p class="font-medium">{words}</p> })}
            {finished.map(|words| view! { <p>{words}</p> })}
            <Facts>
                {patient}
                <Person name=t::appointments::doctor() path=doctor_path value=visit.doctor_name />
                <Fact
                    name=t::appointments::booked_on()
                    value=intl::date_time(visit.created_at)
                />
            </Facts>
            <dl class="flex flex-col gap-4">
                <Fact name=t::appointments::reason() value=visit.reason />
                {visit
                    .overbook_reason
                    .map(|reason| {
                        view! { <Fact name=t::appointments::overbooked() value=reason /> }
                    })}
                {visit
                    .cancel_reason
                    .map(|reason| {
                        view! { <Fact name=t::appointments::cancel_reason() value=reason /> }
                    })}
            </dl>
        </Card>
    }
}

/// A person's name that leads to the person.
#[component]
fn Person(name: String, path: String, value: String) -> impl IntoView {
    view! {
        <div class="min-w-0">
            <dt class="text-sm text-base-content/70">{name}</dt>
            <dd class="font-medium break-words">
                <a class="link link-hover inline-flex min-h-11 items-center" href=path>
                    {value}
                </a>
            </dd>
        </div>
    }
}
