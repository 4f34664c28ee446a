//! Sign in and sign up.

mod frame;
mod register;
mod sign_in;

pub use register::RegisterPage;
pub use sign_in::SignInPage;
