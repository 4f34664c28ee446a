//! Notices that belong to a place of the page.

use leptos::prelude::*;

use super::{Button, Icon, IconName};
use crate::i18n::t;

/// The kind of a notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlertKind {
    /// Good to know.
    #[default]
    Info,
    /// It worked.
    Success,
    /// Look at it.
    Warning,
    /// It did not work.
    Error,
}

impl AlertKind {
    fn class(self) -> &'static str {
        match self {
            Self::Info => "alert-info",
            Self::Success => "alert-success",
            Self::Warning => "alert-warning",
            Self::Error => "alert-error",
        }
    }

    fn icon(self) -> IconName {
        match self {
            Self::Info => IconName::Info,
            Self::Success => IconName::CircleCheck,
            Self::Warning | Self::Error => IconName::Alert,
        }
    }
}

/// A notice inside the page.
#[component]
pub fn Alert(
    /// Its kind.
    #[prop(optional)]
    kind: AlertKind,
    /// Its words and buttons.
    children: Children,
) -> impl IntoView {
    let role = if kind == AlertKind::Error {
        "alert"
    } else {
        "status"
    };
    view! {
        <div role=role class=format!("alert alert-soft {}", kind.class())>
            <Icon name=kind.icon() />
            <div>{children()}</div>
        </div>
    }
}

/// Nothing is here yet, and what one can do about it.
#[component]
pub fn EmptyState(
    /// A picture of what would be here.
    #[prop(default = IconName::Info)]
    icon: IconName,
    /// What is missing.
    #[prop(into)]
    title: Signal<String>,
    /// Why, or what comes here.
    #[prop(optional, into)]
    text: Signal<Option<String>>,
    /// The next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center gap-3 px-4 py-10 text-center">
            <span class="flex size-14 items-center justify-center rounded-full bg-base-200 text-base-content/70">
                <Icon name=icon class="size-7" />
            </span>
            <p class="text-lg font-medium">{title}</p>
            <Show when=move || text.with(Option::is_some)>
                <p class="max-w-md text-base-content/70">{move || text.get()}</p>
            </Show>
            {children.map(|children| view! { <div class="mt-2">{children()}</div> })}
        </div>
    }
}

/// It could not be read, and a button to try again.
#[component]
pub fn ErrorState(
    /// What went wrong.
    #[prop(into)]
    text: Signal<String>,
    /// Tries again; without it there is no button.
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center gap-3 px-4 py-10 text-center" role="alert">
            <span class="flex size-14 items-center justify-center rounded-full bg-error/12 text-error">
                <Icon name=IconName::Alert class="size-7" />
            </span>
            <p class="max-w-md text-lg">{text}</p>
            {on_retry
                .map(|on_retry| {
                    view! {
                        <Button icon=IconName::Refresh on_click=on_retry>
                            {t::common::try_again()}
                        </Button>
                    }
                })}
        </div>
    }
}
