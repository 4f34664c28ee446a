//! Light, dark, or as the device has it. Kept in this browser.

use leptos::prelude::*;

const KEY: &str = "visita.theme";

/// What the viewer chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device has it.
    #[default]
    System,
    /// Dark letters on light ground.
    Light,
    /// Light letters on dark ground.
    Dark,
}

impl Theme {
    /// All choices, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// The stable text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice of that text.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }
}

/// The theme, from the context.
#[derive(Clone, Copy)]
pub struct ThemeState(RwSignal<Theme>);

impl ThemeState {
    /// Reads the kept choice, applies it and puts it into the context.
    pub fn provide() {
        let theme = kept();
        apply(theme);
        provide_context(Self(RwSignal::new(theme)));
    }

    /// The theme of this page.
    #[must_use]
    pub fn from_context() -> Self {
        expect_context()
    }

    /// The choice.
    #[must_use]
    pub fn choice(self) -> Signal<Theme> {
        self.0.into()
    }

    /// Applies and keeps another choice.
    pub fn choose(self, theme: Theme) {
        apply(theme);
        keep(theme);
        self.0.set(theme);
    }

    /// Whether dark is seen now.
    #[must_use]
    pub fn dark(self) -> Signal<bool> {
        let choice = self.0;
        Signal::derive(move || is_dark(choice.get()))
    }

    /// Changes between light and dark, starting from what is seen now.
    pub fn toggle(self) {
        let dark = is_dark(self.0.get_untracked());
        self.choose(if dark { Theme::Light } else { Theme::Dark });
    }
}

/// The choice that this browser keeps.
#[must_use]
pub fn kept() -> Theme {
    storage()
        .and_then(|storage| storage.get_item(KEY).ok().flatten())
        .and_then(|text| Theme::from_text(&text))
        .unwrap_or_default()
}

/// Keeps a choice in this browser.
pub fn keep(theme: Theme) {
    if let Some(storage) = storage() {
        // Private windows may refuse to store; the choice then lasts for this page.
        let _ = storage.set_item(KEY, theme.as_str());
    }
}

/// The style sheet follows the device unless `data-theme` says otherwise.
fn apply(theme: Theme) {
    let root = document().document_element();
    let Some(root) = root else { return };
    // Neither call can fail with a constant, valid name.
    let _ = match theme {
        Theme::System => root.remove_attribute("data-theme"),
        Theme::Light => root.set_attribute("data-theme", "visita"),
        Theme::Dark => root.set_attribute("data-theme", "visita-dark"),
    };
}

fn is_dark(theme: Theme) -> bool {
    match theme {
        Theme::Dark => true,
        Theme::Light => false,
        Theme::System => device_is_dark(),
    }
}

fn device_is_dark() -> bool {
    let query = window().match_media("(prefers-color-scheme: dark)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}
