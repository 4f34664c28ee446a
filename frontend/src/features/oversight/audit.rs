//! The audit trail with its filters.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use visita_domain::audit::AuditAction;
use visita_domain::people::Role;
use visita_wire::oversight::{ActorView, AuditEventView, AuditedPatient};

use super::words::{action_name, action_words};
use crate::api;
use crate::api::oversight::EventFilter;
use crate::i18n::t;
use crate::intl;
use crate::parts::{PagedList, day_range, download, fail_text, remote, role_name};
use crate::state::pages::Pages;
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{
    Button, Card, Cell, Choice, EmptyState, IconName, Page, PageHeader, Row, SelectField, Table,
    TextField,
};

/// What was chosen above the list.
#[derive(Clone, Copy)]
struct Chosen {
    hospital: RwSignal<String>,
    actor: RwSignal<String>,
    patient: RwSignal<String>,
    action: RwSignal<String>,
    from: RwSignal<String>,
    until: RwSignal<String>,
}

impl Chosen {
    /// Other pages lead here with a person in the query.
    fn from_query() -> Self {
        let query = use_query_map();
        let of = |name: &str| {
            RwSignal::new(query.with_untracked(|query| query.get(name).unwrap_or_default()))
        };
        Self {
            hospital: of("hospital"),
            actor: of("actor"),
            patient: of("patient"),
            action: RwSignal::default(),
            from: RwSignal::default(),
            until: RwSignal::default(),
        }
    }

    fn filter(self) -> EventFilter {
        let day = |signal: RwSignal<String>| {
            let date = signal.with(|text| text.parse().ok())?;
            day_range(date)
        };
        let text = |signal: RwSignal<String>| Some(signal.get()).filter(|text| !text.is_empty());
        EventFilter {
            hospital_id: text(self.hospital),
            actor_id: text(self.actor),
            patient_id: text(self.patient),
            action: text(self.action),
            from: day(self.from).map(|(start, _)| start),
            until: day(self.until).map(|(_, end)| end),
        }
    }

    fn one_person(self) -> bool {
        self.actor.with(|id| !id.is_empty()) || self.patient.with(|id| !id.is_empty())
    }
}

/// `/audit`.
#[component]
pub fn AuditPage() -> impl IntoView {
    let toasts = Toasts::from_context();
    let role = Session::from_context().role().get_untracked();
    let chosen = Chosen::from_query();
    let pages =
        Pages::new(move |cursor| api::oversight::list_audit_events(chosen.filter(), cursor));
    let save = Action::new_local(move |(): &()| {
        let filter = untrack(|| chosen.filter());
        async move {
            match api::oversight::export_audit_events(filter).await {
                Ok(file) if download::save(&file, "audit.csv") => {}
                Ok(_) => toasts.error(t::errors::internal()),
                Err(fail) => toasts.error(fail_text(&fail)),
            }
        }
    });
    let about = match role {
        Some(Role::Admin) => t::oversight::audit_text_admin(),
        Some(Role::Doctor) => t::oversight::audit_text_doctor(),
        _ => t::oversight::audit_text(),
    };
    view! {
        <Page>
            <PageHeader title=t::oversight::audit()>
                <Button
                    icon=IconName::Download
                    busy=save.pending()
                    on_click=move |()| {
                        save.dispatch_local(());
                    }
                >
                    {t::oversight::save()}
                </Button>
            </PageHeader>
            <p class="-mt-2 mb-4 text-base-content/80">{about}</p>
            <Card>
                <Filters chosen role />
                <PagedList pages empty=nothing let(events)>
                    <EventTable events chosen />
                </PagedList>
            </Card>
        </Page>
    }
}

fn nothing() -> impl IntoView {
    view! {
        <EmptyState
            icon=IconName::Search
            title=t::oversight::none()
            text=t::oversight::none_text()
        />
    }
}

#[component]
fn Filters(
    /// What is chosen.
    chosen: Chosen,
    /// Who looks.
    role: Option<Role>,
) -> impl IntoView {
    let seen = move |action: &AuditAction| role != Some(Role::Admin) || action.is_configuration();
    let mut actions: Vec<Choice> = AuditAction::ALL
        .into_iter()
        .filter(seen)
        .map(|action| Choice::new(action.as_str(), action_name(action)))
        .collect();
    actions.sort_by(|a, b| a.label.cmp(&b.label));
    view! {
        <div class="mb-4 grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
            {(role == Some(Role::Admin)).then(|| view! { <HospitalFilter value=chosen.hospital /> })}
            <SelectField
                label=t::oversight::action()
                value=chosen.action
                choices=actions
                none=t::oversight::action_any()
                optional=true
            />
            <TextField kind="date" label=t::oversight::from() value=chosen.from optional=true />
            <TextField kind="date" label=t::oversight::until() value=chosen.until optional=true />
        </div>
        <Show when=move || chosen.one_person()>
            <p class="mb-4">
                <Button
                    icon=IconName::X
                    on_click=move |()| {
                        chosen.actor.set(String::new());
                        chosen.patient.set(String::new());
                    }
                >
                    {t::oversight::everybody()}
                </Button>
            </p>
        </Show>
    }
}

/// The platform itself, or one of its hospitals.
#[component]
fn HospitalFilter(
    /// The id of the hospital; empty for the platform.
    value: RwSignal<String>,
) -> impl IntoView {
    let hospitals = remote(|| api::people::list_all_hospitals(None));
    let choices = Signal::derive(move || match hospitals.get() {
        Some(Ok(page)) => page
            .items
            .into_iter()
            .map(|hospital| Choice::new(hospital.id.to_string(), hospital.name))
            .collect(),
        _ => Vec::new(),
    });
    view! {
        <SelectField
            label=t::oversight::hospital()
            value
            choices
            none=t::oversight::platform()
            optional=true
        />
    }
}

#[component]
fn EventTable(
    /// The rows.
    events: Vec<AuditEventView>,
    /// What is chosen; a row can choose its person.
    chosen: Chosen,
) -> impl IntoView {
    let headers = vec![
        t::oversight::what(),
        t::oversight::who(),
        t::oversight::whose(),
        t::oversight::when(),
    ];
    view! {
        <Table caption=t::oversight::audit() headers>
            {events
                .into_iter()
                .map(|event| {
                    view! {
                        <Row>
                            <Cell>
                                <span class="font-medium">{action_words(&event.action)}</span>
                            </Cell>
                            <Cell label=t::oversight::who()>
                                <Actor actor=event.actor chosen />
                            </Cell>
                            <Cell label=t::oversight::whose()>
                                <Whose patient=event.patient chosen />
                            </Cell>
                            <Cell label=t::oversight::when()>{intl::date_time(event.at)}</Cell>
                        </Row>
                    }
                })
                .collect_view()}
        </Table>
    }
}

#[component]
fn Actor(
    /// Who did it, if anybody was signed in.
    actor: Option<ActorView>,
    /// What is chosen.
    chosen: Chosen,
) -> impl IntoView {
    match actor {
        None => t::oversight::nobody().into_any(),
        Some(actor) => {
            let id = actor.id.to_string();
            view! {
                <Choose
                    name=actor.name
                    title=t::oversight::only_actor()
                    on_click=move |()| chosen.actor.set(id.clone())
                />
                <span class="block text-sm text-base-content/70">{role_name(actor.role)}</span>
            }
            .into_any()
        }
    }
}

#[component]
fn Whose(
    /// Whose record it was, if anybody's.
    patient: Option<AuditedPatient>,
    /// What is chosen.
    chosen: Chosen,
) -> impl IntoView {
    match patient {
        None => "–".into_any(),
        Some(patient) => {
            let id = patient.id.to_string();
            view! {
                <Choose
                    name=patient.name
                    title=t::oversight::only_patient()
                    on_click=move |()| chosen.patient.set(id.clone())
                />
            }
            .into_any()
        }
    }
}

/// A name that chooses its person.
#[component]
fn Choose(
    /// The name.
    name: String,
    /// What pressing it does.
    title: String,
    /// It was pressed.
    #[prop(into)]
    on_click: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="link link-hover min-h-11 text-start md:min-h-0"
            title=title
            on:click=move |_| on_click.run(())
        >
            {name}
        </button>
    }
}
