//! Sign in, sign up, and the first start of a clinic.

mod enrol;
mod frame;
mod register;
mod second_step;
mod setup;
mod sign_in;

pub use enrol::EnrolPage;
pub use register::RegisterPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
