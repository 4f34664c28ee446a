//! One doctor.

use leptos::prelude::*;
use visita_domain::DoctorId;
use visita_domain::access::Action as Act;
use visita_domain::people::Role;
use visita_wire::people::{ChangeDoctor, DoctorView};

use super::access::Access;
use super::doctors::doctor_state;
use super::may;
use crate::api::{self, ApiFail};
use crate::i18n::t;
use crate::intl;
use crate::parts::{FormFaults, Remote, remote};
use crate::routes::{Route, id_param};
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{
    Avatar, Button, ButtonKind, Card, Dialog, DialogActions, Fact, Facts, Form, IconName,
    LinkButton, Page, PageHeader, TextArea, TextField,
};

/// `/doctors/:id`.
#[component]
pub fn DoctorPage() -> impl IntoView {
    let id = id_param::<DoctorId>();
    let data = remote(move || {
        let id = id.get();
        async move {
            match id {
                Some(id) => api::people::get_doctor(id).await,
                None => Err(ApiFail::not_found()),
            }
        }
    });
    let changed = Callback::new(move |()| data.refetch());
    view! {
        <Remote data let(doctor)>
            <Doctor doctor changed />
        </Remote>
    }
}

#[component]
fn Doctor(
    /// The doctor.
    doctor: DoctorView,
    /// The profile has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let editing = RwSignal::new(false);
    let me = Session::from_context().user_now();
    let own = me
        .as_ref()
        .is_some_and(|me| DoctorId::from(me.id) == doctor.id);
    // A doctor changes the own profile only, and books from the patient's page.
    let is_doctor = me.is_some_and(|me| me.role == Role::Doctor);
    let may_change = may(Act::ChangeDoctor) && (own || !is_doctor);
    let may_book = may(Act::BookAppointment) && !is_doctor && doctor.active;
    let back = (!own).then(|| (Route::Doctors.path(), t::people::doctors()));
    let (id, name, access) = (doctor.id, doctor.name.clone(), doctor.state);
    let stored = StoredValue::new(doctor.clone());
    view! {
        <Page narrow=true>
            <PageHeader title=doctor.name.clone() text=doctor.specialty.clone() back>
                {may_change
                    .then(|| {
                        view! {
                            <LinkButton
                                href=Route::DoctorAvailability(doctor.id).path()
                                icon=IconName::CalendarClock
                            >
                                {t::people::availability()}
                            </LinkButton>
                            <Button icon=IconName::Pencil on_click=move |()| editing.set(true)>
                                {t::common::edit()}
                            </Button>
                        }
                    })}
                {may_book
                    .then(|| {
                        view! {
                            <LinkButton
                                href=Route::BookWith(doctor.id).path()
                                kind=ButtonKind::Primary
                                icon=IconName::CalendarPlus
                            >
                                {t::people::book_with()}
                            </LinkButton>
                        }
                    })}
            </PageHeader>
            <Profile doctor />
            {access
                .map(|state| {
                    view! { <Access id=id.into() role=Role::Doctor name state changed /> }
                })}
            <Dialog open=editing title=t::people::doctor_edit() wide=true>
                <EditDoctor doctor=stored.get_value() open=editing changed />
            </Dialog>
        </Page>
    }
}

#[component]
fn Profile(
    /// The doctor.
    doctor: DoctorView,
) -> impl IntoView {
    let biography = match doctor.biography.trim() {
        "" => t::people::about_none(),
        text => text.to_owned(),
    };
    let languages: Vec<String> = doctor
        .languages
        .iter()
        .map(|tag| intl::language_name(tag))
        .collect();
    view! {
        <Card>
            <div class="flex flex-col gap-5">
                <div class="flex items-center gap-4">
                    <Avatar name=doctor.name large=true />
                    <div>
                        {doctor_state(doctor.state, doctor.active)}
                        <p class="text-base-content/80">
                            {t::people::visit_length(i64::from(doctor.visit_minutes))}
                        </p>
                    </div>
                </div>
                <p class="whitespace-pre-line">{biography}</p>
                <Facts>
                    <Fact name=t::people::languages() value=languages.join(", ") />
                    {doctor
                        .email
                        .map(|email| view! { <Fact name=t::people::email() value=email /> })}
                    {doctor
                        .licence_number
                        .map(|number| {
                            view! { <Fact name=t::people::licence_number() value=number /> }
                        })}
                </Facts>
            </div>
        </Card>
    }
}

/// What was written.
#[derive(Clone, Copy)]
struct Inputs {
    name: RwSignal<String>,
    specialty: RwSignal<String>,
    languages: RwSignal<String>,
    biography: RwSignal<String>,
    licence: RwSignal<String>,
    visit: RwSignal<String>,
    buffer: RwSignal<String>,
}

impl Inputs {
    fn of(doctor: &DoctorView) -> Self {
        Self {
            name: RwSignal::new(doctor.name.clone()),
            specialty: RwSignal::new(doctor.specialty.clone()),
            languages: RwSignal::new(doctor.languages.join(", ")),
            biography: RwSignal::new(doctor.biography.clone()),
            licence: RwSignal::new(doctor.licence_number.clone().unwrap_or_default()),
            visit: RwSignal::new(doctor.visit_minutes.to_string()),
            buffer: RwSignal::new(doctor.buffer_minutes.to_string()),
        }
    }

    fn request(self) -> ChangeDoctor {
        let languages = self.languages.get_untracked();
        let tags = languages
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty());
        ChangeDoctor {
            name: Some(self.name.get_untracked()),
            specialty: Some(self.specialty.get_untracked()),
            languages: Some(tags.map(str::to_owned).collect()),
            biography: Some(self.biography.get_untracked()),
            licence_number: Some(self.licence.get_untracked()),
            // What is no number is said by `checked` before it gets here.
            visit_minutes: self.visit.get_untracked().trim().parse().ok(),
            buffer_minutes: self.buffer.get_untracked().trim().parse().ok(),
        }
    }

    /// Minutes that are no number count as not filled in.
    fn checked(self, faults: FormFaults) -> bool {
        let number = |text: String| text.trim().parse::<u16>().map_or(String::new(), |_| text);
        let (name, specialty) = (self.name.get_untracked(), self.specialty.get_untracked());
        let visit = number(self.visit.get_untracked());
        let buffer = number(self.buffer.get_untracked());
        faults.filled(&[
            ("name", &name),
            ("specialty", &specialty),
            ("visit_minutes", &visit),
            ("buffer_minutes", &buffer),
        ])
    }
}

#[component]
fn EditDoctor(
    /// As it is.
    doctor: DoctorView,
    /// The dialog.
    open: RwSignal<bool>,
    /// The profile has been changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toasts = Toasts::from_context();
    let id = doctor.id;
    let inputs = Inputs::of(&doctor);
    let faults = FormFaults::new();
    let send = Action::new_local(move |body: &ChangeDoctor| {
        let body = body.clone();
        async move {
            if faults
                .take(api::people::change_doctor(id, &body).await)
                .is_some()
            {
                toasts.success(t::common::saved());
                open.try_set(false);
                changed.try_run(());
            }
        }
    });
    let submit = move |()| {
        if inputs.checked(faults) {
            send.dispatch_local(inputs.request());
        }
    };
    view! {
        <Form error=faults.text() on_submit=submit>
            <EditFields inputs faults />
            <DialogActions>
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false)>
                    {t::common::cancel()}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                    {t::common::save()}
                </Button>
            </DialogActions>
        </Form>
    }
}

#[component]
fn EditFields(
    /// What was written.
    inputs: Inputs,
    /// What is wrong.
    faults: FormFaults,
) -> impl IntoView {
    view! {
        <div class="grid gap-4 sm:grid-cols-2">
            <TextField
                label=t::people::name()
                value=inputs.name
                max_length=120_u32
                error=faults.field("name")
            />
            <TextField
                label=t::people::specialty()
                value=inputs.specialty
                max_length=120_u32
                error=faults.field("specialty")
            />
            <TextField
                label=t::people::visit_minutes()
                kind="number"
                min="5"
                max="240"
                value=inputs.visit
                error=faults.field("visit_minutes")
            />
            <TextField
                label=t::people::buffer_minutes()
                kind="number"
                min="0"
                max="120"
                value=inputs.buffer
                error=faults.field("buffer_minutes")
            />
            <TextField
                label=t::people::languages()
                value=inputs.languages
                hint=t::people::languages_hint()
                optional=true
                error=faults.field("languages")
            />
            <TextField
                label=t::people::licence_number()
                value=inputs.licence
                optional=true
                max_length=60_u32
                error=faults.field("licence_number")
            />
        </div>
        <TextArea
            label=t::people::biography()
            value=inputs.biography
            hint=t::people::biography_hint()
            rows=5
            optional=true
            max_length=4000_u32
            error=faults.field("biography")
        />
    }
}
