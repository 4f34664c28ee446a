//! Join links: coming by one, and the clinic's side of them.

use visita_domain::join::JoinAs;
use visita_domain::people::Role;
use visita_domain::{AppointmentId, JoinLinkId};
use visita_wire::auth::{Me, TokenGrant};
use visita_wire::join::{
    CreateJoinLink, ExchangeJoinLink, JoinGrant, JoinLinkView, NewJoinLinkView,
};
use visita_wire::{ErrorCode, Page, routes};

use super::client::{Anon, Authed};
use super::{ApiFail, Outcome, token};

/// Comes by a link, or back by the cookie of an earlier one. From then on requests are
/// those of the visit.
pub async fn exchange(token: Option<String>) -> Outcome<JoinGrant> {
    let grant = Anon.exchange(&ExchangeJoinLink { token }).await?;
    if let Some(text) = &grant.access_token {
        token::keep_by_link(text, grant.expires_in);
    }
    Ok(grant)
}

/// As the session's renewal wants it: without a token, the visit is over.
pub(super) async fn renew() -> Outcome<TokenGrant> {
    let found = Anon.exchange(&ExchangeJoinLink { token: None }).await;
    let over = || ApiFail::of(ErrorCode::Unauthenticated);
    let grant = match found {
        Err(fail) if fail.code == ErrorCode::JoinLinkInvalid => return Err(over()),
        found => found?,
    };
    Ok(TokenGrant {
        access_token: grant.access_token.clone().ok_or_else(over)?,
        token_type: "Bearer".to_owned(),
        expires_in: grant.expires_in,
        user: me(&grant),
        mfa_enrolment_required: false,
    })
}

/// Whoever came by a link, as pages know people.
#[must_use]
pub fn me(grant: &JoinGrant) -> Me {
    let visit = &grant.visit;
    Me {
        id: grant.user_id,
        role: match grant.joins_as {
            JoinAs::Patient => Role::Patient,
            JoinAs::Interpreter | JoinAs::Family | JoinAs::Other => Role::Guest,
        },
        hospital_id: Some(visit.hospital_id),
        hospital_name: Some(visit.hospital_name.clone()),
        time_zone: Some(visit.time_zone.clone()),
        hospital_phone: Some(visit.hospital_phone.clone()),
        name: grant.name.clone(),
        email: String::new(),
        language: crate::i18n::language(),
    }
}

/// The links of a visit.
pub async fn list(id: AppointmentId) -> Outcome<Page<JoinLinkView>> {
    Authed.get(&routes::join_links(id)).await
}

/// Makes one.
pub async fn create(id: AppointmentId, body: &CreateJoinLink) -> Outcome<NewJoinLinkView> {
    Authed.post(&routes::join_links(id), body).await
}

/// Ends one.
pub async fn revoke(id: AppointmentId, link: JoinLinkId) -> Outcome<()> {
    Authed.delete(&routes::join_link(id, link)).await
}

/// Lets the device in that asks.
pub async fn admit_device(id: AppointmentId, link: JoinLinkId) -> Outcome<()> {
    Authed
        .post_empty_unit(&routes::admit_device(id, link))
        .await
}
