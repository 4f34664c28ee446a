//! Widgets. They know no feature, no api and no route; words come from the caller.
//! `/dev/ui` shows each of them.

mod alert;
mod avatar;
mod badge;
mod button;
mod dialog;
mod field;
mod form;
mod icon;
mod page;
mod skeleton;
mod table;
mod tabs;
mod toast;

pub use alert::{Alert, AlertKind, EmptyState, ErrorState};
pub use avatar::Avatar;
pub use badge::{Badge, Tone};
pub use button::{Button, ButtonKind, ButtonSize, IconButton, LinkButton};
pub use dialog::{ConfirmDialog, Dialog, DialogActions};
pub use field::{Check, Choice, PasswordField, SelectField, TextArea, TextField};
pub use form::Form;
pub use icon::{Icon, IconName};
pub use page::{Card, Fact, Facts, LoadMore, Page, PageHeader, Section};
pub use skeleton::{Skeleton, SkeletonList, Spinner};
pub use table::{Cell, Row, Table};
pub use tabs::Tabs;
pub use toast::ToastList;

use std::cell::Cell as StdCell;

thread_local! {
    static NEXT: StdCell<u32> = const { StdCell::new(0) };
}

/// An element id that no other element of this page has.
#[must_use]
pub fn unique_id(prefix: &str) -> String {
    NEXT.with(|next| {
        next.set(next.get().wrapping_add(1));
        format!("{prefix}-{}", next.get())
    })
}
