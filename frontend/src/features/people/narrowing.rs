//! What a list is narrowed to and how it is sorted, and the controls above it.

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::search::SearchField;
use crate::api::Query;
use crate::i18n::t;
use crate::parts::debounced;
use crate::routes::Route;
use crate::ui::{Button, ButtonKind, Choice, EmptyState, Icon, IconName, SelectField, unique_id};

/// Name of the order in the address.
const ORDER: &str = "order";

/// One control: its name in the address, and what was chosen; empty for what comes first.
#[derive(Clone, Copy)]
struct Control {
    name: &'static str,
    value: RwSignal<String>,
}

/// What was chosen above a list. It lives in the address, so that going into a record and
/// back keeps it; all but the search, because names stay out of addresses (SECURITY R59).
#[derive(Clone, Copy)]
pub struct Narrowing {
    controls: StoredValue<Vec<Control>>,
    typed: RwSignal<String>,
    search: Signal<String>,
}

impl Narrowing {
    /// Reads the filters of these names, and the order, out of the address, and keeps
    /// them there.
    #[must_use]
    pub fn of_list(route: Route, filters: &[&'static str]) -> Self {
        let query = use_query_map().get_untracked();
        let names = filters.iter().copied().chain([ORDER]);
        let controls = names.map(|name| Control {
            name,
            value: RwSignal::new(query.get(name).unwrap_or_default()),
        });
        let typed = RwSignal::new(String::new());
        let narrowing = Self {
            controls: StoredValue::new(controls.collect()),
            typed,
            search: debounced(typed),
        };
        narrowing.keep_in_address(route.path());
        narrowing
    }

    /// What is looked for.
    #[must_use]
    pub fn search(self) -> String {
        self.search.get()
    }

    /// The stable text of a choice; empty for none.
    #[must_use]
    pub fn value(self, name: &str) -> RwSignal<String> {
        self.controls.with_value(|controls| {
            let found = controls.iter().find(|control| control.name == name);
            found.map(|control| control.value).unwrap_or_default()
        })
    }

    /// The chosen one of a closed set. An address that somebody wrote by hand chooses nothing.
    pub fn chosen<T>(self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.value(name).with(|text| read(text))
    }

    /// The chosen order.
    pub fn order<T: Default>(self, read: impl Fn(&str) -> Option<T>) -> T {
        self.chosen(ORDER, read).unwrap_or_default()
    }

    /// How many filters are set.
    fn set_filters(self) -> usize {
        let set =
            |control: &&Control| control.name != ORDER && !control.value.with(String::is_empty);
        self.controls
            .with_value(|controls| controls.iter().filter(set).count())
    }

    /// Whether the list is less than all.
    fn is_narrowed(self) -> bool {
        self.set_filters() > 0 || !self.typed.with(|text| text.trim().is_empty())
    }

    /// Drops filters and search; the order stays.
    fn clear(self) {
        self.typed.set(String::new());
        let controls = self.controls.get_value();
        for control in controls.iter().filter(|control| control.name != ORDER) {
            control.value.set(String::new());
        }
    }

    fn keep_in_address(self, list: String) {
        let navigate = use_navigate();
        Effect::new(move |before: Option<String>| {
            let now = self.controls.with_value(|controls| {
                let query = controls.iter().fold(Query::new(), |query, control| {
                    query.with(control.name, Some(control.value.get()))
                });
                query.on(&list)
            });
            if before.is_some_and(|before| before != now) {
                let options = NavigateOptions {
                    replace: true,
                    scroll: false,
                    ..NavigateOptions::default()
                };
                navigate(&now, options);
            }
            now
        });
    }
}

/// The search, the filters and the order of a list. On a phone all but the search fold away.
#[component]
pub fn ListControls(
    /// What was chosen.
    narrowing: Narrowing,
    /// What is searched.
    search_label: String,
    /// The orders, the usual one first.
    orders: Vec<Choice>,
    /// The filters, from [`FilterSelect`].
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let id = unique_id("filters");
    let fields = move || match open.get() {
        true => "grid",
        false => "hidden md:grid",
    };
    view! {
        <div class="mb-4 flex flex-col gap-3">
            <div class="flex flex-wrap items-center gap-2">
                <SearchField label=search_label value=narrowing.typed />
                <Fold open controls=id.clone() narrowing />
            </div>
            <div
                id=id
                class=move || {
                    format!("{} items-end gap-3 sm:grid-cols-2 md:grid-cols-3 lg:grid-cols-4", fields())
                }
            >
                {children.map(|children| children())}
                <SelectField
                    label=t::people::sort()
                    value=narrowing.value(ORDER)
                    choices=usual_first(orders)
                />
                <Show when=move || narrowing.is_narrowed()>
                    <div>
                        <Clear narrowing />
                    </div>
                </Show>
            </div>
        </div>
    }
}

/// The usual order is the one without a word in the address.
fn usual_first(orders: Vec<Choice>) -> Vec<Choice> {
    let usual = |(place, choice): (usize, Choice)| match place {
        0 => Choice::new("", choice.label),
        _ => choice,
    };
    orders.into_iter().enumerate().map(usual).collect()
}

/// Folds the filters of a phone away, and says how many are set.
#[component]
fn Fold(
    /// They show.
    open: RwSignal<bool>,
    /// The id of what folds.
    controls: String,
    /// What was chosen.
    narrowing: Narrowing,
) -> impl IntoView {
    let words = move || match narrowing.set_filters() {
        0 => t::people::filters(),
        set => t::people::filters_set(i64::try_from(set).unwrap_or(i64::MAX)),
    };
    view! {
        <button
            type="button"
            class="btn btn-outline border-base-300 bg-base-100 text-base-content min-h-11 md:hidden"
            aria-expanded=move || if open.get() { "true" } else { "false" }
            aria-controls=controls
            on:click=move |_| open.update(|open| *open = !*open)
        >
            <span>{words}</span>
            <Icon name=IconName::ChevronDown />
        </button>
    }
}

/// One filter.
#[component]
pub fn FilterSelect(
    /// What was chosen.
    narrowing: Narrowing,
    /// Its name in the address.
    name: &'static str,
    /// Its label.
    label: String,
    /// The words of "all of them".
    all: String,
    /// What it can be set to.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
) -> impl IntoView {
    view! {
        <SelectField label value=narrowing.value(name) choices none=all />
    }
}

#[component]
fn Clear(
    /// What was chosen.
    narrowing: Narrowing,
) -> impl IntoView {
    view! {
        <Button kind=ButtonKind::Ghost icon=IconName::X on_click=move |()| narrowing.clear()>
            {t::people::clear()}
        </Button>
    }
}

/// Nothing is in the list: because of the search and filters, with a way out, or at all.
#[component]
pub fn NoMatch(
    /// What was chosen.
    narrowing: Narrowing,
    /// A picture of what would be here.
    icon: IconName,
    /// That there is nothing at all.
    title: String,
    /// What comes here.
    text: String,
) -> impl IntoView {
    if !untrack(|| narrowing.is_narrowed()) {
        return view! { <EmptyState icon title text /> }.into_any();
    }
    view! {
        <EmptyState icon title=t::people::no_match() text=t::people::no_match_text()>
            <Clear narrowing />
        </EmptyState>
    }
    .into_any()
}
