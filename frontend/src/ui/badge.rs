//! Small words on a coloured ground.

use leptos::prelude::*;

/// What a colour says. The words say it too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Neutral,
    /// The clinic's colour.
    Primary,
    /// Good.
    Success,
    /// Look at it.
    Warning,
    /// Bad.
    Error,
    /// Good to know.
    Info,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Neutral => "badge-neutral",
            Self::Primary => "badge-primary",
            Self::Success => "badge-success",
            Self::Warning => "badge-warning",
            Self::Error => "badge-error",
            Self::Info => "badge-info",
        }
    }
}

/// A badge.
#[component]
pub fn Badge(
    /// Its colour.
    #[prop(optional)]
    tone: Tone,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <span class=format!("badge badge-soft whitespace-nowrap font-medium {}", tone.class())>
            {children()}
        </span>
    }
}
