//! Every widget on one page, to look at while building the app.

use leptos::prelude::*;
use visita_domain::appointment::AppointmentState;

use crate::i18n::t;
use crate::parts::StateBadge;
use crate::shell::NotFound;
use crate::state::config::Config;
use crate::state::toasts::Toasts;
use crate::ui::{
    Alert, AlertKind, Avatar, Badge, Button, ButtonKind, ButtonSize, Check, Choice, ConfirmDialog,
    EmptyState, ErrorState, Icon, IconName, Page, PageHeader, PasswordField, Section, SelectField,
    SkeletonList, Spinner, Tabs, TextArea, TextField, Tone,
};

/// `/dev/ui`; a page that does not exist outside demo mode.
#[component]
pub fn DevUiPage() -> impl IntoView {
    let demo = Config::from_context().demo();
    view! {
        <Show when=move || demo.get() fallback=NotFound>
            <Page>
                <PageHeader title=t::dev::title() text=t::dev::text() />
                <div class="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
                    <Buttons />
                    <Fields />
                    <States />
                    <Overlays />
                    <Icons />
                </div>
            </Page>
        </Show>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let kinds = [
        ButtonKind::Primary,
        ButtonKind::Secondary,
        ButtonKind::Ghost,
        ButtonKind::Danger,
    ];
    let sizes = [ButtonSize::Small, ButtonSize::Normal, ButtonSize::Large];
    view! {
        <Section title=t::dev::buttons()>
            <div class="flex flex-col gap-4">
                {kinds
                    .into_iter()
                    .map(|kind| {
                        view! {
                            <div class="flex flex-wrap items-center gap-2">
                                {sizes
                                    .into_iter()
                                    .map(|size| {
                                        view! { <Button kind size>{t::dev::sample()}</Button> }
                                    })
                                    .collect_view()} <Button kind busy=true>
                                    {t::dev::sample()}
                                </Button> <Button kind disabled=true icon=IconName::Check>
                                    {t::dev::sample()}
                                </Button>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        </Section>
    }
}

#[component]
fn Fields() -> impl IntoView {
    let text = RwSignal::new(String::new());
    let choice = RwSignal::new(String::new());
    let choices = vec![
        Choice::new("1", t::dev::sample()),
        Choice::new("2", t::dev::states()),
    ];
    view! {
        <Section title=t::dev::fields()>
            <div class="flex flex-col gap-4">
                <TextField label=t::dev::sample() value=text hint=t::dev::sample_hint() />
                <TextField label=t::dev::sample() value=text error=t::dev::sample_error() />
                <PasswordField label=t::auth::password() value=text autocomplete="off" />
                <SelectField
                    label=t::dev::sample()
                    value=choice
                    choices=choices.clone()
                    none=t::dev::show()
                />
                <TextArea label=t::dev::sample() value=text optional=true />
                <Check label=t::dev::sample() value=RwSignal::new(true) />
                <Tabs label=t::dev::sample() tabs=choices value=choice />
            </div>
        </Section>
    }
}

#[component]
fn States() -> impl IntoView {
    let tones = [
        Tone::Neutral,
        Tone::Primary,
        Tone::Success,
        Tone::Warning,
        Tone::Error,
        Tone::Info,
    ];
    let kinds = [
        AlertKind::Info,
        AlertKind::Success,
        AlertKind::Warning,
        AlertKind::Error,
    ];
    view! {
        <Section title=t::dev::states()>
            <div class="flex flex-col gap-4">
                <div class="flex flex-wrap gap-2">
                    {tones
                        .into_iter()
                        .map(|tone| view! { <Badge tone>{t::dev::sample()}</Badge> })
                        .collect_view()}
                </div>
                <div class="flex flex-wrap gap-2">
                    {AppointmentState::ALL
                        .into_iter()
                        .map(|state| view! { <StateBadge state /> })
                        .collect_view()}
                </div>
                <div class="flex items-center gap-2">
                    <Avatar name="Ana Lima" />
                    <Avatar name="Ana Lima" large=true />
                </div>
                {kinds
                    .into_iter()
                    .map(|kind| view! { <Alert kind>{t::dev::sample_hint()}</Alert> })
                    .collect_view()}
                <SkeletonList />
                <Spinner />
                <EmptyState title=t::dev::sample() text=t::dev::sample_hint() />
                <ErrorState text=t::errors::offline() on_retry=|()| {} />
            </div>
        </Section>
    }
}

#[component]
fn Overlays() -> impl IntoView {
    let toasts = Toasts::from_context();
    let open = RwSignal::new(false);
    view! {
        <Section title=t::dev::dialogs()>
            <div class="flex flex-wrap gap-2">
                <Button on_click=move |()| open.set(true)>{t::dev::show()}</Button>
                <Button on_click=move |()| toasts.success(t::common::saved())>
                    {t::common::saved()}
                </Button>
                <Button on_click=move |()| toasts.info(t::dev::sample_hint())>
                    {t::dev::sample()}
                </Button>
                <Button on_click=move |()| toasts.error(t::errors::internal())>
                    {t::dev::states()}
                </Button>
            </div>
            <ConfirmDialog
                open
                title=t::dev::sample()
                text=t::dev::sample_hint()
                confirm=t::dev::show()
                danger=true
                on_confirm=move |()| open.set(false)
            />
        </Section>
    }
}

#[component]
fn Icons() -> impl IntoView {
    view! {
        <Section title=t::dev::icons()>
            <ul class="grid grid-cols-3 gap-3 sm:grid-cols-4">
                {IconName::ALL
                    .iter()
                    .map(|name| {
                        view! {
                            <li class="flex flex-col items-center gap-1 text-center text-xs">
                                <Icon name=*name class="size-6" />
                                {name.as_str()}
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </Section>
    }
}
