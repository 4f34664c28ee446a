//! A table that becomes a list of cards on a phone.

use leptos::prelude::*;

/// A table. On a phone each row is a card, and each cell names its column.
#[component]
pub fn Table(
    /// What it holds, for those who do not see it.
    #[prop(into)]
    caption: String,
    /// The columns' names.
    headers: Vec<String>,
    /// The rows.
    children: Children,
) -> impl IntoView {
    view! {
        <table class="cards-table">
            <caption class="sr-only">{caption}</caption>
            <thead>
                <tr>
                    {headers
                        .into_iter()
                        .map(|header| view! { <th scope="col">{header}</th> })
                        .collect_view()}
                </tr>
            </thead>
            <tbody>{children()}</tbody>
        </table>
    }
}

/// A row.
#[component]
pub fn Row(
    /// The cells.
    children: Children,
) -> impl IntoView {
    view! { <tr>{children()}</tr> }
}

/// A cell.
#[component]
pub fn Cell(
    /// The column's name, again, for phones; empty for the head of the card.
    #[prop(optional, into)]
    label: String,
    /// The content.
    children: Children,
) -> impl IntoView {
    view! {
        <td data-label=label>
            <div class="min-w-0">{children()}</div>
        </td>
    }
}
