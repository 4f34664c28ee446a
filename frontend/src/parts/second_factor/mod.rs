//! The second step of a sign-in: enrolling an app, entering codes, proving again who one is.

mod code;
mod enrol;
mod recovery;
mod step_up;

pub use code::CodeField;
pub use enrol::Enrol;
pub use recovery::RecoveryCodes;
pub use step_up::{StepUpDialog, StepUpGate};
