//! What shows while something is on its way.

use leptos::prelude::*;

use crate::i18n::t;

/// A grey block in the place of something.
#[component]
pub fn Skeleton(
    /// Its size, as classes.
    #[prop(default = "h-5 w-40")]
    class: &'static str,
) -> impl IntoView {
    view! { <div class=format!("skeleton {class}") aria-hidden="true"></div> }
}

/// Grey rows in the place of a list.
#[component]
pub fn SkeletonList(
    /// How many.
    #[prop(default = 3)]
    rows: usize,
) -> impl IntoView {
    view! {
        <div role="status" aria-label=t::common::loading() class="flex flex-col gap-3">
            {(0..rows)
                .map(|_| {
                    view! {
                        <div class="flex items-center gap-3 py-1">
                            <Skeleton class="size-10 shrink-0 rounded-full" />
                            <div class="flex flex-1 flex-col gap-2">
                                <Skeleton class="h-4 w-1/2" />
                                <Skeleton class="h-4 w-1/3" />
                            </div>
                        </div>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// A turning wheel, for waits without a shape.
#[component]
pub fn Spinner() -> impl IntoView {
    view! {
        <div role="status" aria-label=t::common::loading() class="flex justify-center py-10">
            <span class="loading loading-spinner loading-lg text-primary" aria-hidden="true"></span>
        </div>
    }
}
