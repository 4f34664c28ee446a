//! Sign in, sign up, and the first start of a clinic.

mod account;
mod demo_mail;
mod enrol;
mod forgot;
mod frame;
mod register;
mod second_step;
mod sent;
mod setup;
mod sign_in;

pub use account::AccountPage;
pub use demo_mail::DemoMailPage;
pub use enrol::EnrolPage;
pub use forgot::ForgotPage;
pub use register::RegisterPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
