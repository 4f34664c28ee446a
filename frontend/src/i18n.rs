//! Every text of the interface, as a typed function per message.
//!
//! `t::auth::sign_in()` is generated from `locales/en/auth.json` by `build.rs`.
//! English is in the program; another language is fetched before the first
//! page shows. The language is fixed for one load of the page, so texts are
//! plain strings and no signal is needed.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;

use gloo_net::http::Request;
use js_sys::{Array, Intl, Object};
use serde::Deserialize;

/// The generated functions.
pub mod t {
    use super::{plural, text};
    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}

/// The language of the texts inside the program.
pub const ENGLISH: &str = "en";
/// The languages that the app speaks.
pub const LANGUAGES: &[&str] = &[ENGLISH];

/// One message of a fetched locale.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message {
    Plain(String),
    Plural(HashMap<String, String>),
}

struct Catalog {
    language: String,
    /// By `area.key`.
    messages: HashMap<String, Message>,
}

thread_local! {
    static CATALOG: RefCell<Option<Catalog>> = const { RefCell::new(None) };
}

/// The language of this page load, a BCP 47 tag.
#[must_use]
pub fn language() -> String {
    CATALOG.with_borrow(|c| {
        c.as_ref()
            .map_or_else(|| ENGLISH.to_owned(), |c| c.language.clone())
    })
}

/// Where the viewer's language is kept in this browser.
const KEY: &str = "visita.language";

/// Fetches the texts of the viewer's language before the first page shows, and
/// tells the browser which language the page speaks. Without them it is English.
pub async fn start() {
    let wanted = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let spoken = |tag: &String| tag != ENGLISH && LANGUAGES.contains(&tag.as_str());
    if let Some(tag) = wanted.filter(spoken)
        && let Some(json) = fetch(&tag).await
    {
        // A broken file is a defect of the build; English is better than nothing.
        let _ = install(&tag, &json);
    }
    let root = leptos::prelude::document().document_element();
    if let Some(root) = root {
        // Cannot fail with a constant, valid name.
        let _ = root.set_attribute("lang", &language());
    }
}

async fn fetch(tag: &str) -> Option<String> {
    let response = Request::get(&format!("/locales/{tag}.json"))
        .send()
        .await
        .ok()?;
    if response.ok() {
        response.text().await.ok()
    } else {
        None
    }
}

/// Speaks that language from the next load on, which comes at once when it is another.
pub fn prefer(tag: &str) {
    if !LANGUAGES.contains(&tag) || tag == language() {
        return;
    }
    let Some(storage) = storage() else { return };
    // Kept already, and yet not spoken: its file did not come. Another load would not help.
    let tried = storage.get_item(KEY).ok().flatten().as_deref() == Some(tag);
    let kept = !tried && storage.set_item(KEY, tag).is_ok();
    if kept && let Some(window) = web_sys::window() {
        // A page that cannot be loaded again goes on in the old language.
        let _ = window.location().reload();
    }
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Takes the texts of a fetched locale: `{"area": {"key": …}}`. Missing ones stay English.
///
/// # Errors
/// When the JSON has another form.
pub fn install(language: &str, json: &str) -> Result<(), serde_json::Error> {
    let areas: HashMap<String, HashMap<String, Message>> = serde_json::from_str(json)?;
    let messages = areas
        .into_iter()
        .flat_map(|(area, messages)| {
            messages
                .into_iter()
                .map(move |(key, message)| (format!("{area}.{key}"), message))
        })
        .collect();
    CATALOG.set(Some(Catalog {
        language: language.to_owned(),
        messages,
    }));
    Ok(())
}

fn text(key: &str, english: &str, values: &[(&str, &dyn Display)]) -> String {
    CATALOG.with_borrow(|catalog| {
        let translated = catalog.as_ref().and_then(|c| match c.messages.get(key) {
            Some(Message::Plain(text)) => Some(text.as_str()),
            _ => None,
        });
        fill(translated.unwrap_or(english), values)
    })
}

fn plural(
    key: &str,
    english: &[(&str, &str)],
    count: i64,
    values: &[(&str, &dyn Display)],
) -> String {
    CATALOG.with_borrow(|catalog| {
        let translated = catalog.as_ref().and_then(|c| match c.messages.get(key) {
            Some(Message::Plural(forms)) => {
                let form = forms
                    .get(&category(&c.language, count))
                    .or_else(|| forms.get("other"));
                form.map(String::as_str)
            }
            _ => None,
        });
        let form = translated.unwrap_or_else(|| {
            let wanted = category(ENGLISH, count);
            let find = |name: &str| {
                english
                    .iter()
                    .find(|(c, _)| *c == name)
                    .map(|(_, text)| *text)
            };
            find(&wanted).or_else(|| find("other")).unwrap_or_default()
        });
        fill(&fill(form, values), &[("count", &count)])
    })
}

/// The plural category that the language has for a number.
fn category(language: &str, count: i64) -> String {
    let rules = Intl::PluralRules::new(&Array::of1(&language.into()), &Object::new());
    #[expect(
        clippy::as_conversions,
        reason = "counts of things shown are far below 2^53"
    )]
    rules.select(count as f64).into()
}

/// Puts values into `{name}`.
fn fill(text: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            out.push_str(after);
            return out;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.push_str(&value.to_string()),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{fill, install, plural, text};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn values_are_filled_in_once_and_are_not_templates_themselves() {
        let filled = fill(
            "Dear {name}, at {time}",
            &[("name", &"{time}"), ("time", &"9:00")],
        );
        assert_eq!(filled, "Dear {time}, at 9:00");
    }

    #[wasm_bindgen_test]
    fn plurals_follow_the_rules_of_the_language() {
        let english = [("one", "{count} visit"), ("other", "{count} visits")];
        assert_eq!(plural("test.visits", &english, 1, &[]), "1 visit");
        assert_eq!(plural("test.visits", &english, 0, &[]), "0 visits");
        let french =
            r#"{"test": {"visits": {"one": "{count} visite", "other": "{count} visites"}}}"#;
        install("fr", french).expect("a locale");
        assert_eq!(plural("test.visits", &english, 0, &[]), "0 visite");
        assert_eq!(text("test.missing", "English", &[]), "English");
        super::CATALOG.set(None);
    }
}
