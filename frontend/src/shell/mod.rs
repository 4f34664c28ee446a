//! The frame around every page of a signed-in user, and the pages that have no feature.

mod guard;
mod not_found;

pub use guard::{Guarded, Public};
pub use not_found::NotFoundPage;
