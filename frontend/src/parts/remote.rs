//! Something that comes from the server: a skeleton while it is on its way, the
//! fault with a button to try again, or the thing.

use std::future::Future;
use std::sync::Arc;

use leptos::prelude::*;

use super::fail_text;
use crate::api::{ApiFail, Outcome};
use crate::state::pages::Pages;
use crate::ui::{ErrorState, LoadMore, SkeletonList};

/// Reads from the server, again whenever a signal that `fetch` reads before its
/// future starts changes, or by `refetch`.
#[must_use]
pub fn remote<T, F>(fetch: impl Fn() -> F + 'static) -> LocalResource<Outcome<T>>
where
    T: 'static,
    F: Future<Output = Outcome<T>> + 'static,
{
    LocalResource::new(fetch)
}

/// Shows what came from the server. While it is read again the old one stays.
#[component]
pub fn Remote<T, V, F>(
    /// The thing, from [`remote`].
    data: LocalResource<Outcome<T>>,
    /// What shows before it comes; grey rows without this.
    #[prop(optional, into)]
    loading: Option<ViewFn>,
    /// Its view.
    children: F,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let children = Arc::new(children);
    // A memo, so that reading the same again does not build the page again.
    let latest: Memo<Option<Outcome<T>>> = Memo::new(move |before: Option<&Option<Outcome<T>>>| {
        data.get().or_else(|| before.cloned().flatten())
    });
    move || match latest.get() {
        None => match &loading {
            Some(loading) => loading.run(),
            None => view! { <SkeletonList /> }.into_any(),
        },
        Some(Ok(value)) => children(value).into_any(),
        Some(Err(fail)) => failed(&fail, Callback::new(move |()| data.refetch())).into_any(),
    }
}

fn failed(fail: &ApiFail, retry: Callback<()>) -> impl IntoView {
    view! { <ErrorState text=fail_text(fail) on_retry=retry /> }
}

/// Shows a list that is read page by page: skeleton, fault, "nothing", or the
/// rows with a button for more.
#[component]
pub fn PagedList<T, V, F>(
    /// The list.
    pages: Pages<T>,
    /// What shows when there is nothing.
    #[prop(into)]
    empty: ViewFn,
    /// The view of all rows read so far.
    children: F,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    F: Fn(Vec<T>) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let items = pages.items();
    let body = move || {
        let fail = pages.fail().get();
        match (pages.loaded().get(), fail) {
            (_, Some(fail)) => failed(&fail, Callback::new(move |()| pages.reload())).into_any(),
            (false, None) => view! { <SkeletonList /> }.into_any(),
            (true, None) if items.with(Vec::is_empty) => empty.run(),
            (true, None) => children(items.get()).into_any(),
        }
    };
    view! {
        {body}
        <LoadMore
            more=pages.more()
            busy=pages.loading()
            on_more=move |()| pages.load_more()
        />
    }
}
