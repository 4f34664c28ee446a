//! Name and language.

use leptos::prelude::*;
use visita_wire::auth::ChangeMe;

use crate::api;
use crate::i18n::{self, t};
use crate::intl;
use crate::parts::{FormFaults, role_name};
use crate::state::session::Session;
use crate::state::toasts::Toasts;
use crate::ui::{Button, ButtonKind, Choice, Fact, Facts, Form, Section, SelectField, TextField};

/// The section.
#[component]
pub fn About() -> impl IntoView {
    let session = Session::from_context();
    let toasts = Toasts::from_context();
    let Some(me) = session.user_now() else {
        return ().into_any();
    };
    let name = RwSignal::new(me.name);
    let language = RwSignal::new(me.language);
    let faults = FormFaults::new();
    let send = Action::new_local(move |body: &ChangeMe| {
        let body = body.clone();
        async move {
            if let Some(me) = faults.take(api::auth::change_me(&body).await) {
                session.replace_user(me);
                toasts.success(t::common::saved());
            }
        }
    });
    let submit = move |()| {
        let body = ChangeMe {
            name: Some(name.get_untracked()),
            language: Some(language.get_untracked()),
        };
        if faults.filled(&[("name", &name.get_untracked())]) {
            send.dispatch_local(body);
        }
    };
    let languages: Vec<Choice> = i18n::LANGUAGES
        .iter()
        .map(|tag| Choice::new(*tag, intl::language_name(tag)))
        .collect();
    view! {
        <Section title=t::profile::about()>
            <div class="mb-5">
                <Facts>
                    <Fact name=t::profile::email() value=me.email />
                    <Fact name=t::people::role() value=role_name(me.role) />
                </Facts>
            </div>
            <Form error=faults.text() on_submit=submit>
                <div class="grid gap-4 sm:grid-cols-2">
                    <TextField
                        label=t::profile::name()
                        value=name
                        autocomplete="name"
                        max_length=120_u32
                        error=faults.field("name")
                    />
                    <SelectField
                        label=t::profile::language()
                        value=language
                        choices=languages
                        error=faults.field("language")
                    />
                </div>
                <div class="flex justify-end">
                    <Button kind=ButtonKind::Primary submit=true busy=send.pending()>
                        {t::common::save()}
                    </Button>
                </div>
            </Form>
        </Section>
    }
    .into_any()
}
