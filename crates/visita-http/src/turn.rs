//! STUN and TURN servers for one leg of a call, with coturn's short-lived REST credentials.
//!
//! coturn checks `password = base64(HMAC-SHA1(secret, username))` and that the time at the
//! start of the user name has not passed (`use-auth-secret`). SHA-1 is what it asks for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use visita_domain::{AppointmentId, Ts};
use visita_wire::calls::IceServer;
use visita_wire::ws::LegRef;

/// Seconds for which credentials are good (SECURITY §6.3: at most ten minutes).
pub const CREDENTIAL_SECS: i64 = 10 * 60;

/// The operator's STUN and TURN servers.
#[derive(Debug, Clone)]
pub struct TurnSettings {
    /// `stun:`, `stuns:`, `turn:` and `turns:` URLs.
    pub urls: Vec<String>,
    /// coturn's `static-auth-secret`; without it only STUN is offered.
    pub secret: Option<SecretString>,
}

/// When credentials given out at `now` end.
#[must_use]
pub fn credentials_end(now: Ts) -> Ts {
    now.plus_secs(CREDENTIAL_SECS)
}

/// The servers for one leg, or for a device check before there is a leg.
/// Empty when none are configured: the browsers then only have their own addresses.
#[must_use]
pub fn ice_servers(
    turn: Option<&TurnSettings>,
    appointment: AppointmentId,
    leg: Option<LegRef>,
    now: Ts,
) -> Vec<IceServer> {
    let Some(turn) = turn else {
        return Vec::new();
    };
    let (relays, plain): (Vec<String>, Vec<String>) = turn
        .urls
        .iter()
        .cloned()
        .partition(|url| url.starts_with("turn"));
    let mut servers = Vec::new();
    if !plain.is_empty() {
        servers.push(IceServer {
            urls: plain,
            username: None,
            credential: None,
        });
    }
    if let Some(secret) = &turn.secret
        && !relays.is_empty()
    {
        let username = username(appointment, leg, credentials_end(now));
        let credential = credential(secret, &username);
        servers.push(IceServer {
            urls: relays,
            username: Some(username),
            credential,
        });
    }
    servers
}

/// Names the visit and leg, so that coturn's quotas and logs tell calls apart.
fn username(appointment: AppointmentId, leg: Option<LegRef>, ends: Ts) -> String {
    let ends = ends.as_secs();
    match leg {
        Some(LegRef { leg, epoch }) => format!("{ends}:{appointment}:{leg}:{epoch}"),
        None => format!("{ends}:{appointment}"),
    }
}

fn credential(secret: &SecretString, username: &str) -> Option<String> {
    // HMAC takes keys of any length; the error exists for other constructions.
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(username.as_bytes());
    Some(STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const VISIT: AppointmentId = AppointmentId::new(Uuid::from_u128(1));

    fn settings(urls: &[&str], secret: Option<&str>) -> TurnSettings {
        TurnSettings {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            secret: secret.map(SecretString::from),
        }
    }

    /// RFC 2202 §3, test case 2.
    #[test]
    fn the_credential_is_an_hmac_sha1() {
        let password = credential(&"Jefe".into(), "what do ya want for nothing?");
        assert_eq!(password.as_deref(), Some("7/zfauXrL6LSdBbV8YTfnCWafHk="));
    }

    #[test]
    fn credentials_are_bound_to_visit_and_leg_and_end_within_ten_minutes() {
        let turn = settings(
            &["stun:t.example", "turn:t.example", "turns:t.example"],
            Some("s"),
        );
        let now: Ts = "2026-11-23T09:00:00Z".parse().unwrap();
        let leg = LegRef {
            leg: Uuid::from_u128(2).into(),
            epoch: 3,
        };
        let servers = ice_servers(Some(&turn), VISIT, Some(leg), now);
        let [stun, relays] = servers.as_slice() else {
            panic!("one entry without and one with credentials");
        };
        assert_eq!(stun.urls, ["stun:t.example"]);
        assert_eq!((&stun.username, &stun.credential), (&None, &None));
        assert_eq!(relays.urls, ["turn:t.example", "turns:t.example"]);
        let ends = now.as_secs() + 600;
        assert_eq!(
            relays.username.as_deref(),
            Some(format!("{ends}:{VISIT}:{}:3", leg.leg).as_str())
        );
        let other = ice_servers(Some(&turn), VISIT, None, now);
        assert_ne!(other[1].credential, relays.credential);
    }

    #[test]
    fn without_a_secret_no_relay_is_offered() {
        let now: Ts = "2026-11-23T09:00:00Z".parse().unwrap();
        assert!(ice_servers(None, VISIT, None, now).is_empty());
        let turn = settings(&["turn:t.example"], None);
        assert!(ice_servers(Some(&turn), VISIT, None, now).is_empty());
    }

    #[test]
    fn the_secret_does_not_print() {
        let turn = settings(&[], Some("hush"));
        assert!(!format!("{turn:?}").contains("hush"));
    }
}
