//! A person's initials in a circle.

use leptos::prelude::*;

/// Titles that are no part of a name; abbreviations with a full stop are none either.
const TITLES: [&str; 6] = ["Dr", "Prof", "Mr", "Mrs", "Ms", "Dra"];

/// The first letters of the first and the last word, without titles.
#[must_use]
pub fn initials(name: &str) -> String {
    let is_name = |word: &&str| !word.ends_with('.') && !TITLES.contains(word);
    let words: Vec<&str> = name.split_whitespace().filter(is_name).collect();
    let first = words.first().and_then(|word| word.chars().next());
    let last = words
        .iter()
        .skip(1)
        .next_back()
        .and_then(|word| word.chars().next());
    first
        .into_iter()
        .chain(last)
        .flat_map(char::to_uppercase)
        .collect()
}

/// A person's initials. The name stands beside it, so it is decoration.
#[component]
pub fn Avatar(
    /// The name.
    #[prop(into)]
    name: Signal<String>,
    /// For the head of a page.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let size = if large {
        "size-16 text-xl"
    } else {
        "size-10 text-sm"
    };
    view! {
        <span
            class=format!(
                "inline-flex shrink-0 items-center justify-center rounded-full bg-primary/12 font-semibold text-primary {size}",
            )
            aria-hidden="true"
        >
            {move || name.with(|name| initials(name))}
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::initials;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn initials_are_of_the_first_and_last_word_without_titles() {
        assert_eq!(initials("Dr. Ana Maria Lima"), "AL");
        assert_eq!(initials("Dr Ana Lima"), "AL");
        assert_eq!(initials("élodie"), "É");
        assert_eq!(initials("  "), "");
    }
}
