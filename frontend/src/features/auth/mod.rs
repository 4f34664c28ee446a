//! Sign in, sign up, and the first start of a clinic.

mod frame;
mod register;
mod setup;
mod sign_in;

pub use register::RegisterPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
