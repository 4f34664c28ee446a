//! The frame of the pages before sign-in: the product on one side, the form on the other.

use leptos::prelude::*;

use crate::i18n::t;
use crate::shell::{Banners, ThemeButton};
use crate::ui::{Icon, IconName};

/// The frame.
#[component]
pub fn Frame(
    /// The page's name.
    #[prop(into)]
    title: String,
    /// One line under it.
    #[prop(into)]
    text: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    document().set_title(&t::shell::title(&title));
    view! {
        <div class="flex min-h-dvh flex-col lg:grid lg:grid-cols-[minmax(0,26rem)_1fr] xl:grid-cols-[minmax(0,32rem)_1fr]">
            <Promises />
            <div class="flex flex-1 flex-col">
                <Banners />
                <header class="flex items-center justify-between px-4 py-3 sm:px-8">
                    <span class="flex items-center gap-3 text-lg font-semibold lg:invisible">
                        <img src="/favicon.svg" alt="" width="36" height="36" class="size-9" />
                        {t::common::app_name()}
                    </span>
                    <ThemeButton />
                </header>
                <main class="flex flex-1 justify-center px-4 pb-10 sm:px-8 lg:items-center">
                    <div class="flex w-full max-w-md flex-col gap-6">
                        <div>
                            <h1 class="text-2xl font-semibold sm:text-3xl">{title}</h1>
                            <p class="mt-1 text-base-content/70">{text}</p>
                        </div>
                        {children()}
                    </div>
                </main>
            </div>
        </div>
    }
}

/// What the product is for; on phones the form comes first, so it is left out.
#[component]
fn Promises() -> impl IntoView {
    let promises = [
        (IconName::Video, t::auth::promise_visit()),
        (IconName::MessageSquare, t::auth::promise_messages()),
        (IconName::Shield, t::auth::promise_privacy()),
    ];
    view! {
        <aside class="promises hidden flex-col justify-between p-10 lg:flex xl:p-14">
            <span class="flex items-center gap-3 text-xl font-semibold">
                <img src="/favicon.svg" alt="" width="40" height="40" class="size-10" />
                {t::common::app_name()}
            </span>
            <div>
                <p class="mb-8 text-3xl font-semibold text-balance xl:text-4xl">
                    {t::auth::promise_title()}
                </p>
                <ul class="flex flex-col gap-5">
                    {promises
                        .into_iter()
                        .map(|(icon, words)| {
                            view! {
                                <li class="flex items-start gap-4">
                                    <span class="flex size-10 shrink-0 items-center justify-center rounded-full bg-white/12">
                                        <Icon name=icon />
                                    </span>
                                    <span class="pt-2">{words}</span>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
            </div>
            <span></span>
        </aside>
    }
}
