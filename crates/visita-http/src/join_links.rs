//! What opens a join link, and the cookie of the browser that holds one (SECURITY §2.11).
//!
//! A token is the hospital, the link's id and a MAC of both by a key that the database does
//! not hold: whoever reads the database cannot write one, a mail's worker can whenever it
//! writes the mail, and a made-up one costs no look-up. Whether the link still counts, its
//! row says. There is no end in it, because a visit that is moved takes its links along.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use visita_domain::{HospitalId, JoinLinkId};
use visita_store::join::LinkPlace;
use visita_wire::routes;

use crate::cookies::{JOIN_COOKIE, bake};
use crate::error::ApiError;
use crate::key_file::random_bytes;
use crate::tokens::TokenKeys;

/// Sets these MACs apart from any other use of the key.
const LABEL: &[u8] = b"visita join link v1";
const VERSION: &str = "v1";
const ID_BYTES: usize = 16;
/// The cookie names a browser; what that may do, the visit's clock says. It outlives visits
/// that are moved a long way.
const COOKIE_SECS: i64 = 180 * 24 * 60 * 60;

/// The link, for whoever it is given to. None without a key.
pub(crate) fn url(origin: &str, keys: &TokenKeys, place: LinkPlace) -> Option<String> {
    let key = keys.join_keys().next()?;
    let mac = URL_SAFE_NO_PAD.encode(mac(key, place)?.finalize().into_bytes());
    let token = format!("{VERSION}.{}.{mac}", written(place));
    Some(format!("{origin}{}", routes::join_page(&token)))
}

/// Where a token leads, if one of our keys has made it.
pub(crate) fn read(keys: &TokenKeys, token: &str) -> Option<LinkPlace> {
    let (version, rest) = token.split_once('.')?;
    let (place, shown) = rest.split_once('.')?;
    let place = read_place(place).filter(|_| version == VERSION)?;
    let shown = URL_SAFE_NO_PAD.decode(shown).ok()?;
    keys.join_keys()
        .filter_map(|key| mac(key, place))
        .any(|mac| mac.verify_slice(&shown).is_ok())
        .then_some(place)
}

fn mac(key: &[u8; 32], place: LinkPlace) -> Option<Hmac<Sha256>> {
    // HMAC takes keys of any length; the error exists for other constructions.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(LABEL);
    mac.update(place.hospital_id.0.as_bytes());
    mac.update(place.id.0.as_bytes());
    Some(mac)
}

fn written(place: LinkPlace) -> String {
    let (hospital, link) = (place.hospital_id.0.as_bytes(), place.id.0.as_bytes());
    URL_SAFE_NO_PAD.encode([hospital.as_slice(), link].concat())
}

fn read_place(text: &str) -> Option<LinkPlace> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (hospital, link) = bytes.split_at_checked(ID_BYTES)?;
    Some(LinkPlace {
        hospital_id: HospitalId(Uuid::from_slice(hospital).ok()?),
        id: JoinLinkId(Uuid::from_slice(link).ok()?),
    })
}

/// A browser that holds links: one secret for all of them, so that a second link does not
/// take the first away, and the link that it came by last.
pub(crate) struct Holder {
    secret: String,
    /// The link that it came by last.
    pub(crate) last: Option<LinkPlace>,
}

impl Holder {
    /// The browser behind a request. One that has no cookie yet gets a secret of 256 bits.
    ///
    /// # Errors
    /// `internal` when the operating system gives no random bytes.
    pub(crate) fn of(req: &HttpRequest) -> Result<Self, ApiError> {
        if let Some(known) = req.cookie(JOIN_COOKIE).and_then(|c| Self::read(c.value())) {
            return Ok(known);
        }
        let bytes: [u8; 32] =
            random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
        Ok(Self {
            secret: URL_SAFE_NO_PAD.encode(bytes),
            last: None,
        })
    }

    fn read(text: &str) -> Option<Self> {
        let (place, secret) = text.split_once('.')?;
        let whole = URL_SAFE_NO_PAD.decode(secret).ok()?.len() == 32;
        Some(Self {
            last: Some(read_place(place)?),
            secret: whole.then(|| secret.to_owned())?,
        })
    }

    /// What the database knows it by.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret.as_bytes()).into()
    }

    /// Its cookie after it came by that link.
    pub(crate) fn cookie(&self, place: LinkPlace) -> Cookie<'static> {
        let value = format!("{}.{}", written(place), self.secret);
        bake(JOIN_COOKIE, value, COOKIE_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(seeds: &[u8]) -> TokenKeys {
        let seeds: Vec<_> = seeds.iter().map(|byte| [*byte; 32]).collect();
        TokenKeys::from_seeds(&seeds).unwrap()
    }

    fn place(link: u128) -> LinkPlace {
        LinkPlace {
            hospital_id: HospitalId(Uuid::from_u128(7)),
            id: JoinLinkId(Uuid::from_u128(link)),
        }
    }

    #[test]
    fn r54_a_token_follows_from_the_key_and_stands_in_the_fragment() {
        let link = url("https://clinic.example", &ring(&[1]), place(9)).unwrap();
        let (page, token) = link.split_once('#').unwrap();
        assert_eq!(page, "https://clinic.example/j");
        assert_eq!(read(&ring(&[1]), token), Some(place(9)));
        assert_eq!(read(&ring(&[2, 1]), token), Some(place(9)), "rotated");
        assert_eq!(read(&ring(&[2]), token), None, "another server");
        let secret = token.rsplit('.').next().unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), 32);
        let other = format!("v1.{}.{secret}", written(place(10)));
        let bad = [
            "",
            "v1",
            "v1..",
            &token[1..],
            &token[..token.len() - 1],
            &token.replace("v1.", "v2."),
            &other,
        ];
        for bad in bad {
            assert_eq!(read(&ring(&[1]), bad), None, "{bad}");
        }
    }

    #[test]
    fn r12_a_browser_keeps_its_secret_from_one_link_to_the_next() {
        let drawn = Holder {
            secret: URL_SAFE_NO_PAD.encode([5; 32]),
            last: None,
        };
        let cookie = drawn.cookie(place(9));
        let back = Holder::read(cookie.value()).unwrap();
        assert_eq!((back.last, back.hash()), (Some(place(9)), drawn.hash()));
        assert_eq!(back.cookie(place(9)).value(), cookie.value());
        for bad in ["", ".", "x.y", cookie.value().split('.').next().unwrap()] {
            assert!(Holder::read(bad).is_none(), "{bad}");
        }
    }
}
