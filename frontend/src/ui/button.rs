//! Buttons and links that look like them.

use leptos::prelude::*;

use super::{Icon, IconName};

/// What a button means for the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one next step of the page.
    Primary,
    /// Another step.
    #[default]
    Secondary,
    /// A quiet step, such as closing.
    Ghost,
    /// Something that cannot be undone.
    Danger,
}

/// How large a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// In rows of tables, beside text.
    Small,
    /// Everywhere else.
    #[default]
    Normal,
    /// The next step of a phone page.
    Large,
}

impl ButtonKind {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn-primary",
            Self::Secondary => {
                "btn-outline border-base-300 bg-base-100 text-base-content hover:bg-base-200 hover:border-base-300 hover:text-base-content"
            }
            Self::Ghost => "btn-ghost",
            Self::Danger => "btn-error",
        }
    }
}

impl ButtonSize {
    fn class(self) -> &'static str {
        match self {
            Self::Small => "btn-sm min-h-11 sm:min-h-9",
            Self::Normal => "min-h-11",
            Self::Large => "btn-lg min-h-14",
        }
    }
}

fn classes(kind: ButtonKind, size: ButtonSize, wide: bool) -> String {
    let wide = if wide { "w-full" } else { "" };
    format!("btn {} {} {wide}", kind.class(), size.class())
}

/// A button.
#[component]
pub fn Button(
    /// What it means.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its box.
    #[prop(optional)]
    wide: bool,
    /// It sends the form around it.
    #[prop(optional)]
    submit: bool,
    /// Its work is under way: it turns and takes no clicks.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// It cannot be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// What it does.
    #[prop(optional, into)]
    on_click: Option<Callback<()>>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=classes(kind, size, wide)
            disabled=move || disabled.get() || busy.get()
            aria-busy=move || busy.get().then_some("true")
            on:click=move |_| {
                if let Some(on_click) = on_click {
                    on_click.run(());
                }
            }
        >
            {move || {
                if busy.get() {
                    view! { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
                        .into_any()
                } else {
                    icon.map(|name| view! { <Icon name /> }).into_any()
                }
            }}
            <span>{children()}</span>
        </button>
    }
}

/// A button that is an icon only.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<IconName>,
    /// What it does, for those who do not see it and as a tooltip.
    #[prop(into)]
    label: Signal<String>,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// It is on; leave out for buttons that are no switches.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// It cannot be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What it does.
    #[prop(into)]
    on_click: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("btn btn-ghost btn-square size-11 {class}")
            title=label
            aria-label=label
            aria-pressed=move || pressed.map(|p| if p.get() { "true" } else { "false" })
            disabled=disabled
            on:click=move |_| on_click.run(())
        >
            {move || view! { <Icon name=icon.get() /> }}
        </button>
    }
}

/// A link that looks like a button. Links go to pages, buttons do things.
#[component]
pub fn LinkButton(
    /// Where to, from `Route::path`.
    #[prop(into)]
    href: Signal<String>,
    /// What it means.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its box.
    #[prop(optional)]
    wide: bool,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <a href=href class=classes(kind, size, wide)>
            {icon.map(|name| view! { <Icon name /> })}
            <span>{children()}</span>
        </a>
    }
}
