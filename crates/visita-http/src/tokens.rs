//! Access tokens: Ed25519 JWTs that say who; the database says what they may.
//!
//! One algorithm, keys from the local ring only, every claim required and typed
//! (SECURITY R44). A token is never a capability by itself: the session behind
//! it is looked up on every request.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;
use visita_domain::{HospitalId, SessionId, Ts, UserId};

use crate::key_file::{self, KeyError};

/// Seconds for which an access token is good.
pub const ACCESS_SECS: i64 = 5 * 60;
/// Seconds by which clocks of several nodes may differ.
const LEEWAY_SECS: i64 = 5;
const TYPE: &str = "at+jwt";
const ISSUER: &str = "visita";
const AUDIENCE: &str = "visita-api";
/// DER of an Ed25519 private key up to the 32 bytes of its seed (RFC 8410 §7).
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The token is not one of ours, or its time is over. Told apart by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no valid access token")]
pub struct InvalidToken;

/// Who a valid token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// The user.
    pub user_id: UserId,
    /// The session that the token was issued for.
    pub session_id: SessionId,
    /// Where the session is looked up, when it was opened by a join link.
    pub visit_at: Option<HospitalId>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    sid: SessionId,
    /// The hospital of a session that was opened by a join link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visit_at: Option<HospitalId>,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
}

struct Key {
    kid: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    /// Derived from the seed, for the MACs of device cookies alone.
    device: [u8; 32],
    /// Derived from the seed, for what is sealed in the database alone.
    sealing: [u8; 32],
    /// Derived from the seed, for the tokens of account codes alone.
    mail: [u8; 32],
    /// Derived from the seed, for the cursors of lists alone.
    cursor: [u8; 32],
    /// Derived from the seed, for join links alone.
    join: [u8; 32],
}

/// The key ring: the first key signs, all verify.
pub struct TokenKeys {
    active: Key,
    older: Vec<Key>,
}

impl std::fmt::Debug for TokenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenKeys")
            .field("kid", &self.active.kid)
            .finish_non_exhaustive()
    }
}

impl TokenKeys {
    /// Reads the ring from `path`; makes a new one, readable by the owner only, when there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        Self::from_seeds(&key_file::load_or_create(path)?)
    }

    /// A ring of these 32-byte seeds, newest first.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] without any seed.
    pub fn from_seeds(seeds: &[[u8; 32]]) -> Result<Self, KeyError> {
        let mut keys = seeds
            .iter()
            .map(Key::from_seed)
            .collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::Damaged);
        }
        let active = keys.remove(0);
        Ok(Self {
            active,
            older: keys,
        })
    }

    /// The ids of all keys, newest first: another text when another key signs or verifies.
    #[must_use]
    pub fn names(&self) -> String {
        let ids: Vec<&str> = self.sealing_keys().map(|(kid, _)| kid).collect();
        ids.join(" ")
    }

    /// Keys of the device cookies' MACs, newest first.
    pub(crate) fn device_keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .map(|key| &key.device)
    }

    /// Keys that seal what the database must not know, with their ids; the first one seals.
    pub(crate) fn sealing_keys(&self) -> impl Iterator<Item = (&str, &[u8; 32])> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .map(|key| (key.kid.as_str(), &key.sealing))
    }

    /// Keys of the tokens of account codes, newest first.
    pub(crate) fn mail_keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .map(|key| &key.mail)
    }

    /// Keys that seal the cursors of lists, newest first.
    pub(crate) fn cursor_keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .map(|key| &key.cursor)
    }

    /// Keys of join links, newest first.
    pub(crate) fn join_keys(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.active)
            .chain(&self.older)
            .map(|key| &key.join)
    }

    /// A token for that session, good for [`ACCESS_SECS`] from `now`.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when the key cannot sign.
    pub fn issue(
        &self,
        user_id: UserId,
        session_id: SessionId,
        now: Ts,
    ) -> Result<String, KeyError> {
        self.sign(user_id, session_id, None, now)
    }

    /// The same for a session that was opened by a join link of that hospital.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] when the key cannot sign.
    pub(crate) fn issue_for_visit(
        &self,
        user_id: UserId,
        session_id: SessionId,
        hospital_id: HospitalId,
        now: Ts,
    ) -> Result<String, KeyError> {
        self.sign(user_id, session_id, Some(hospital_id), now)
    }

    fn sign(
        &self,
        user_id: UserId,
        session_id: SessionId,
        visit_at: Option<HospitalId>,
        now: Ts,
    ) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(self.active.kid.clone());
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user_id,
            sid: session_id,
            visit_at,
            iat: now.as_secs(),
            nbf: now.as_secs(),
            exp: now.as_secs() + ACCESS_SECS,
            jti: Uuid::new_v4(),
        };
        jsonwebtoken::encode(&header, &claims, &self.active.signing).map_err(|_| KeyError::Damaged)
    }

    /// Checks signature, type, issuer, audience and times.
    ///
    /// # Errors
    /// [`InvalidToken`] for every fault alike.
    pub fn verify(&self, token: &str, now: Ts) -> Result<Bearer, InvalidToken> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| InvalidToken)?;
        let kid = header.kid.as_deref().ok_or(InvalidToken)?;
        let known = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(TYPE);
        let key = std::iter::once(&self.active)
            .chain(&self.older)
            .find(|key| known && key.kid == kid)
            .ok_or(InvalidToken)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &key.verifying, &validation())
            .map_err(|_| InvalidToken)?
            .claims;
        let now = now.as_secs();
        let in_time = claims.nbf <= now + LEEWAY_SECS && now < claims.exp + LEEWAY_SECS;
        if in_time {
            Ok(Bearer {
                user_id: claims.sub,
                session_id: claims.sid,
                visit_at: claims.visit_at,
            })
        } else {
            Err(InvalidToken)
        }
    }
}

/// Required, typed claims. The library reads the system's clock, so `exp` and `nbf` are
/// only required here (a text instead of a number counts as missing) and compared with
/// our own clock by [`TokenKeys::verify`].
fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

impl Key {
    fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::Damaged)?;
        let public = pair.public_key().as_ref();
        let der = [PKCS8_PREFIX.as_slice(), seed.as_slice()].concat();
        let digest = Sha256::digest(public);
        Ok(Self {
            kid: URL_SAFE_NO_PAD.encode(digest.get(..12).unwrap_or_default()),
            signing: EncodingKey::from_ed_der(&der),
            verifying: DecodingKey::from_ed_der(public),
            device: derive(seed, b"visita device cookie key")?,
            sealing: derive(seed, b"visita sealing key")?,
            mail: derive(seed, b"visita account code key")?,
            cursor: derive(seed, b"visita cursor key")?,
            join: derive(seed, b"visita join links v1")?,
        })
    }
}

/// A key of another purpose, from which the seed cannot be found (HMAC as a KDF, NIST SP 800-108).
fn derive(seed: &[u8; 32], purpose: &[u8]) -> Result<[u8; 32], KeyError> {
    let mut mac = Hmac::<Sha256>::new_from_slice(seed).map_err(|_| KeyError::Damaged)?;
    mac.update(purpose);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(seeds: &[u8]) -> TokenKeys {
        let seeds: Vec<_> = seeds.iter().map(|byte| [*byte; 32]).collect();
        TokenKeys::from_seeds(&seeds).unwrap()
    }

    fn now() -> Ts {
        "2026-11-23T09:30:00Z".parse().unwrap()
    }

    fn who() -> (UserId, SessionId) {
        (
            UserId::new(Uuid::from_u128(1)),
            SessionId::new(Uuid::from_u128(2)),
        )
    }

    /// A token of these parts, signed by the ring's active key.
    fn signed(keys: &TokenKeys, change: impl Fn(&mut serde_json::Value, &mut Header)) -> String {
        let at = now().as_secs();
        let mut claims = serde_json::json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": who().0, "sid": who().1,
            "iat": at, "nbf": at, "exp": at + ACCESS_SECS, "jti": Uuid::from_u128(3),
        });
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(keys.active.kid.clone());
        change(&mut claims, &mut header);
        jsonwebtoken::encode(&header, &claims, &keys.active.signing).unwrap()
    }

    #[test]
    fn r44_a_token_is_good_for_five_minutes() {
        let keys = ring(&[1]);
        let token = keys.issue(who().0, who().1, now()).unwrap();
        let good = Ok(Bearer {
            user_id: who().0,
            session_id: who().1,
            visit_at: None,
        });
        for (secs, expected) in [
            (0, good),
            (-4, good),
            (-6, Err(InvalidToken)),
            (ACCESS_SECS + 4, good),
            (ACCESS_SECS + 5, Err(InvalidToken)),
        ] {
            assert_eq!(
                keys.verify(&token, now().plus_secs(secs)),
                expected,
                "{secs}"
            );
        }
    }

    #[test]
    fn r44_rotated_keys_verify_and_foreign_keys_do_not() {
        let old = ring(&[1]).issue(who().0, who().1, now()).unwrap();
        assert!(ring(&[2, 1]).verify(&old, now()).is_ok());
        assert_eq!(ring(&[2]).verify(&old, now()), Err(InvalidToken));
    }

    #[test]
    fn r44_every_fault_of_a_signed_token_is_refused() {
        type Change = fn(&mut serde_json::Value, &mut Header);
        let keys = ring(&[1]);
        assert!(keys.verify(&signed(&keys, |_, _| ()), now()).is_ok());
        let faults: [(&str, Change); 15] = [
            ("text exp", |c, _| c["exp"] = "9999999999".into()),
            ("no exp", |c, _| {
                drop(c.as_object_mut().unwrap().remove("exp"))
            }),
            ("no nbf", |c, _| {
                drop(c.as_object_mut().unwrap().remove("nbf"))
            }),
            ("no sub", |c, _| {
                drop(c.as_object_mut().unwrap().remove("sub"))
            }),
            ("future nbf", |c, _| {
                c["nbf"] = (now().as_secs() + 60).into()
            }),
            ("foreign aud", |c, _| c["aud"] = "other".into()),
            ("foreign iss", |c, _| c["iss"] = "other".into()),
            ("other typ", |_, h| h.typ = Some("JWT".into())),
            ("no kid", |_, h| h.kid = None),
            ("unknown kid", |_, h| h.kid = Some("x".into())),
            ("a key of its own", |_, h| {
                h.kid = None;
                h.jku = Some("https://example.org/keys.json".into());
            }),
            ("unknown kid with jku", |_, h| {
                h.kid = Some("x".into());
                h.jku = Some("https://example.org/keys.json".into());
            }),
            ("a refresh token's typ", |_, h| {
                h.typ = Some("rt+jwt".into())
            }),
            ("no typ", |_, h| h.typ = None),
            ("no sid", |c, _| {
                drop(c.as_object_mut().unwrap().remove("sid"))
            }),
        ];
        for (name, change) in faults {
            assert_eq!(
                keys.verify(&signed(&keys, change), now()),
                Err(InvalidToken),
                "{name}"
            );
        }
    }

    #[test]
    fn r44_none_and_hs256_with_the_public_key_are_refused() {
        let keys = ring(&[1]);
        let token = keys.issue(who().0, who().1, now()).unwrap();
        let parts: Vec<_> = token.split('.').collect();
        let header = |alg: &str| {
            URL_SAFE_NO_PAD.encode(
                serde_json::json!({"typ": TYPE, "alg": alg, "kid": keys.active.kid}).to_string(),
            )
        };
        let none = format!("{}.{}.", header("none"), parts[1]);
        assert_eq!(keys.verify(&none, now()), Err(InvalidToken));
        // HS256 keyed by the public key: the classic confusion.
        let public = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).unwrap();
        let mut hs = Header::new(Algorithm::HS256);
        hs.typ = Some(TYPE.to_owned());
        hs.kid = Some(keys.active.kid.clone());
        let claims: serde_json::Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        let forged = jsonwebtoken::encode(
            &hs,
            &claims,
            &EncodingKey::from_secret(public.public_key().as_ref()),
        )
        .unwrap();
        assert_eq!(keys.verify(&forged, now()), Err(InvalidToken));
    }

    #[test]
    fn a_new_key_file_is_private_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let first = TokenKeys::load_or_create(&path).unwrap();
        let token = first.issue(who().0, who().1, now()).unwrap();
        assert!(
            TokenKeys::load_or_create(&path)
                .unwrap()
                .verify(&token, now())
                .is_ok()
        );
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &std::fs::metadata(&path).unwrap().permissions(),
            );
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(&path, b"{}").unwrap();
        assert!(matches!(
            TokenKeys::load_or_create(&path),
            Err(KeyError::Damaged)
        ));
    }
}
