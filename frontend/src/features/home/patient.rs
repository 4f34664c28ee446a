//! A patient's first page: the next visit and how to get in.

use leptos::prelude::*;
use visita_domain::Ts;
use visita_domain::appointment::{AppointmentState, EARLY_ARRIVAL_MINUTES};
use visita_wire::appointments::AppointmentView;
use visita_wire::chat::ConversationView;
use visita_wire::documents::DocumentView;

use crate::i18n::t;
use crate::intl;
use crate::parts::{StateBadge, VisitWhen};
use crate::routes::Route;
use crate::state::clock::Clock;
use crate::state::session::Session;
use crate::ui::{
    Avatar, ButtonKind, ButtonSize, EmptyState, Icon, IconName, LinkButton, Page, PageHeader,
    Section,
};

use super::today::UnreadList;

/// The page.
#[component]
pub fn PatientHome(
    /// The next visits, soonest first.
    upcoming: Vec<AppointmentView>,
    /// Conversations with unread messages.
    unread: Vec<ConversationView>,
    /// The newest documents.
    documents: Vec<DocumentView>,
) -> impl IntoView {
    let user = Session::from_context().user_now();
    let name = user
        .as_ref()
        .map(|user| user.name.clone())
        .unwrap_or_default();
    let phone = user
        .and_then(|user| user.hospital_phone)
        .filter(|phone| !phone.is_empty());
    let mut visits = upcoming.into_iter();
    let next = visits.next();
    let later: Vec<_> = visits.collect();
    // One primary step: to join while a visit is near, else to book.
    let near = next
        .as_ref()
        .is_some_and(|visit| may_join(visit, Clock::read()));
    let kind = if near {
        ButtonKind::Secondary
    } else {
        ButtonKind::Primary
    };
    view! {
        <Page>
            <PageHeader title=t::home::greeting(name)>
                <LinkButton href=Route::Book.path() kind icon=IconName::CalendarPlus>
                    {t::home::book()}
                </LinkButton>
            </PageHeader>
            {match next {
                Some(visit) => view! { <NextVisit visit /> }.into_any(),
                None => {
                    view! {
                        <div class="surface">
                            <EmptyState
                                icon=IconName::Calendar
                                title=t::home::no_visit_title()
                                text=t::home::no_visit_text()
                            />
                        </div>
                    }
                        .into_any()
                }
            }}
            <div class="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
                {(!later.is_empty()).then(|| view! { <LaterVisits visits=later /> })}
                <UnreadList unread />
                <Documents documents />
            </div>
            {phone
                .map(|phone| {
                    view! {
                        <p class="flex items-center gap-3 text-base-content/80">
                            <Icon name=IconName::Phone />
                            <span>
                                {t::home::phone()} " "
                                <a
                                    class="link link-primary whitespace-nowrap py-2"
                                    href=format!("tel:{phone}")
                                >
                                    {phone.clone()}
                                </a>
                            </span>
                        </p>
                    }
                })}
        </Page>
    }
}

/// Whether the patient can enter the waiting room or the call.
fn may_join(visit: &AppointmentView, now: Ts) -> bool {
    match visit.state {
        AppointmentState::Arrived | AppointmentState::InCall => true,
        AppointmentState::Booked => now >= visit.starts_at.plus_minutes(-EARLY_ARRIVAL_MINUTES),
        _ => false,
    }
}

#[component]
fn NextVisit(
    /// The visit.
    visit: AppointmentView,
) -> impl IntoView {
    let minute = Clock::from_context().minute();
    let id = visit.id;
    let state = visit.state;
    let doctor = visit.doctor_name.clone();
    let (starts_at, ends_at) = (visit.starts_at, visit.ends_at);
    let open = Memo::new(move |_| may_join(&visit, minute.get()));
    let note = move || match state {
        AppointmentState::InCall => t::home::in_call(),
        AppointmentState::Arrived => t::home::you_wait(),
        _ if open.get() => t::home::room_open(),
        _ => t::home::room_opens(),
    };
    view! {
        <section class="surface border-primary/30 p-4 sm:p-6" aria-labelledby="next-visit">
            <div class="mb-4 flex items-center justify-between gap-3">
                <h2 id="next-visit" class="font-semibold text-primary">
                    {t::home::next_visit()}
                </h2>
                <StateBadge state />
            </div>
            <div class="flex flex-col gap-5 sm:flex-row sm:items-center sm:justify-between">
                <div class="flex min-w-0 items-center gap-4">
                    <Avatar name=doctor.clone() large=true />
                    <div class="min-w-0">
                        <p class="text-xl">
                            <VisitWhen starts_at ends_at />
                        </p>
                        <p class="text-base-content/80">{t::home::with_doctor(doctor)}</p>
                    </div>
                </div>
                <div class="flex flex-col gap-2 sm:min-w-56">
                    <Show
                        when=move || open.get()
                        fallback=move || {
                            view! {
                                <LinkButton href=Route::Appointment(id).path() wide=true>
                                    {t::home::details()}
                                </LinkButton>
                            }
                        }
                    >
                        <LinkButton
                            href=Route::Visit(id).path()
                            kind=ButtonKind::Primary
                            size=ButtonSize::Large
                            icon=IconName::Video
                            wide=true
                        >
                            {t::home::join()}
                        </LinkButton>
                    </Show>
                </div>
            </div>
            <p class="mt-4 text-sm text-base-content/80" role="status">
                {note}
            </p>
        </section>
    }
}

#[component]
fn LaterVisits(
    /// The visits after the next.
    visits: Vec<AppointmentView>,
) -> impl IntoView {
    let all = || {
        view! {
            <a class="link link-primary py-2" href=Route::Appointments.path()>
                {t::home::all_visits()}
            </a>
        }
    };
    view! {
        <Section title=t::home::upcoming() action=all>
            <ul class="rows">
                {visits
                    .into_iter()
                    .map(|visit| {
                        view! {
                            <li>
                                <a class="row-link" href=Route::Appointment(visit.id).path()>
                                    <Avatar name=visit.doctor_name.clone() />
                                    <span class="min-w-0 flex-1">
                                        <VisitWhen
                                            starts_at=visit.starts_at
                                            ends_at=visit.ends_at
                                        />
                                        <span class="block truncate text-base-content/70">
                                            {visit.doctor_name.clone()}
                                        </span>
                                    </span>
                                    <Icon name=IconName::ChevronRight class="rtl:rotate-180" />
                                </a>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Section>
    }
}

#[component]
fn Documents(
    /// The newest documents.
    documents: Vec<DocumentView>,
) -> impl IntoView {
    let all = || {
        view! {
            <a class="link link-primary py-2" href=Route::Documents.path()>
                {t::home::all_documents()}
            </a>
        }
    };
    let empty = documents.is_empty();
    view! {
        <Section title=t::home::documents() action=all>
            {empty
                .then(|| view! { <p class="text-base-content/70">{t::home::documents_none()}</p> })}
            <ul class="rows">
                {documents
                    .into_iter()
                    .map(|document| {
                        view! {
                            <li class="flex items-center gap-3 py-3">
                                <Icon name=IconName::FileText class="text-primary" />
                                <span class="min-w-0 flex-1">
                                    <span class="block truncate font-medium">
                                        {document.name}
                                    </span>
                                    <span class="block text-sm text-base-content/70">
                                        {intl::date(document.created_at)} " · "
                                        {document.uploader_name}
                                    </span>
                                </span>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Section>
    }
}
