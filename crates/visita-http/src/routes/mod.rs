//! The one tree of routes. A handler: extract, one call to the store, tell the hub
//! after the commit, answer with a view.

mod accounts;
mod appointments;
mod auth;
mod availability;
mod calendar;
mod calls;
mod chat;
mod dashboard;
mod doctors;
mod documents;
mod health;
mod hospitals;
mod join;
mod lobby;
mod mails;
mod me;
mod oversight;
mod patients;
mod proof;
mod second_factor;
mod setup;
mod users;
mod visits;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use serde::Serialize;
use utoipa_actix_web::scope::scope;
use utoipa_actix_web::service_config::ServiceConfig;
use visita_domain::people::Email;
use visita_wire::appointments::AppointmentView;

use crate::error::ApiError;
use crate::ws;

/// Registers every route, in the server and in the OpenAPI document alike.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .configure(health::configure)
        .configure(calendar::configure_feeds)
        .service(
            scope(visita_wire::routes::BASE)
                .configure(health::configure_api)
                .configure(setup::configure)
                .configure(auth::configure)
                .configure(second_factor::configure)
                .configure(accounts::configure)
                .configure(me::configure)
                .configure(hospitals::configure)
                .configure(users::configure)
                .configure(doctors::configure)
                .configure(patients::configure)
                .configure(availability::configure)
                .configure(appointments::configure)
                .configure(calendar::configure)
                .configure(visits::configure)
                .configure(lobby::configure)
                .configure(join::configure)
                .configure(calls::configure)
                .configure(chat::configure)
                .configure(documents::configure)
                .configure(dashboard::configure)
                .configure(oversight::configure)
                .configure(mails::configure)
                .configure(ws::configure),
        );
}

/// 201 with the place of the new record.
pub(crate) fn created(location: String, view: &impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, location))
        .json(view)
}

/// An appointment with its version as ETag.
pub(crate) fn tagged(status: StatusCode, view: &AppointmentView) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((ETAG, format!("\"{}\"", view.version)))
        .json(view)
}

/// An address, or the fault of that field.
pub(crate) fn parse_email(text: &str) -> Result<Email, ApiError> {
    Email::parse(text).map_err(|_| ApiError::field("email", "email", "Must be an e-mail address."))
}
