//! Views that several features share and that know the api, the session or the
//! contract: what `ui/` must not know and features may not take from each other.

pub mod calendar;
pub mod chat;
pub mod civil;
pub mod clipboard;
pub mod documents;
pub mod download;
mod faults;
mod form;
mod other_time;
mod overbook;
mod password;
mod people;
mod remote;
mod search;
mod second_factor;
pub mod slots;
mod visits;
pub mod zone;
mod zone_field;

pub use faults::{fail_text, field_error, require};
pub use form::FormFaults;
pub use other_time::OtherTimeForm;
pub use overbook::{OverbookReason, Overbooking, can_overbook};
pub use password::{Beside, NewPassword};
pub use people::{role_name, sex_name, user_state_badge, user_state_choices};
pub use remote::{PagedList, Remote, remote};
pub use search::debounced;
pub use second_factor::{CodeField, Enrol, RecoveryCodes, StepUpDialog, StepUpGate};
pub use visits::{StateBadge, VisitWhen, day_word, state_name};
pub use zone::day_range;
pub use zone_field::ZoneField;
