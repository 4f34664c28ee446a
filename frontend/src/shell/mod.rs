//! The frame around every page of a signed-in user, and the pages that have no feature.

mod guard;
mod layout;
mod nav;
mod not_found;
mod unread;

pub use guard::{Enrolling, Guarded, Public};
pub use layout::{Banners, Shell, ThemeButton};
pub use not_found::{NotFound, NotFoundPage};
