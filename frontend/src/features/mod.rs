//! The pages, one module per area. No feature takes from another.

pub mod appointments;
pub mod auth;
pub mod availability;
pub mod booking;
pub mod calendar;
pub mod dev;
pub mod documents;
pub mod home;
pub mod messages;
pub mod oversight;
pub mod people;
pub mod profile;
pub mod visit;
