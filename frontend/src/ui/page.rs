//! The parts of a page.

use leptos::prelude::*;

use super::{Button, Icon, IconName};
use crate::i18n::t;

/// The column of a page.
#[component]
pub fn Page(
    /// For forms and texts, which are hard to read when wide.
    #[prop(optional)]
    narrow: bool,
    /// The parts.
    children: Children,
) -> impl IntoView {
    let width = if narrow { "max-w-2xl" } else { "max-w-6xl" };
    view! { <div class=format!("mx-auto flex w-full flex-col gap-6 {width}")>{children()}</div> }
}

/// The head of a page: where one is, and its one next step.
#[component]
pub fn PageHeader(
    /// The page's name.
    #[prop(into)]
    title: Signal<String>,
    /// One line under it.
    #[prop(optional, into)]
    text: Signal<Option<String>>,
    /// Where "back" leads: path and words.
    #[prop(default = None, into)]
    back: Option<(String, String)>,
    /// The next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    Effect::new(move |_| document().set_title(&t::shell::title(title.get())));
    view! {
        <header class="flex flex-col gap-2">
            {back
                .map(|(href, words)| {
                    view! {
                        <a
                            href=href
                            class="link link-hover inline-flex min-h-11 items-center gap-1 self-start text-sm text-base-content/70"
                        >
                            <Icon name=IconName::ArrowLeft class="rtl:rotate-180" />
                            {words}
                        </a>
                    }
                })}
            <div class="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
                <div class="min-w-0">
                    <h1 class="text-2xl font-semibold text-balance sm:text-3xl">{title}</h1>
                    <Show when=move || text.with(Option::is_some)>
                        <p class="mt-1 text-base-content/70">{move || text.get()}</p>
                    </Show>
                </div>
                {children
                    .map(|children| view! { <div class="flex flex-wrap gap-2">{children()}</div> })}
            </div>
        </header>
    }
}

/// A raised box.
#[component]
pub fn Card(
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! { <div class=format!("surface p-4 sm:p-6 {class}")>{children()}</div> }
}

/// A raised box with a title.
#[component]
pub fn Section(
    /// What it holds.
    #[prop(into)]
    title: Signal<String>,
    /// A step that belongs to it.
    #[prop(optional, into)]
    action: ViewFn,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="surface p-4 sm:p-6">
            <header class="mb-2 flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-2">
                <h2 class="text-lg font-semibold">{title}</h2>
                {move || action.run()}
            </header>
            {children()}
        </section>
    }
}

/// Names and values.
#[component]
pub fn Facts(
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="grid gap-x-8 gap-y-4 sm:grid-cols-2">{children()}</dl> }
}

/// One name and its value; a dash when the value is empty.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: String,
    /// The value.
    #[prop(into)]
    value: String,
) -> impl IntoView {
    let value = if value.trim().is_empty() {
        "–".to_owned()
    } else {
        value
    };
    view! {
        <div class="min-w-0">
            <dt class="text-sm text-base-content/70">{name}</dt>
            <dd class="break-words font-medium">{value}</dd>
        </div>
    }
}

/// The button at the end of a list that has more.
#[component]
pub fn LoadMore(
    /// There is more.
    #[prop(into)]
    more: Signal<bool>,
    /// It is on its way.
    #[prop(into)]
    busy: Signal<bool>,
    /// Brings it.
    #[prop(into)]
    on_more: Callback<()>,
) -> impl IntoView {
    view! {
        <Show when=move || more.get()>
            <div class="flex justify-center pt-4">
                <Button busy on_click=on_more>
                    {t::common::load_more()}
                </Button>
            </div>
        </Show>
    }
}
