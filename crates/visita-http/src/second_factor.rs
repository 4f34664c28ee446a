//! Codes of authenticator apps (RFC 6238) and recovery codes: made, read and checked.
//!
//! That a code counts once is not decided here but by the UPDATE that spends its proof.

use fast_qr::QRBuilder;
use form_urlencoded::byte_serialize;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use visita_domain::{Ts, UserId};
use visita_store::auth::{self, Proof, SealedSeed};
use visita_wire::second_factor::QrCode;

use crate::error::ApiError;
use crate::key_file::random_bytes;
use crate::seal::{self, SEED_BYTES};
use crate::state::State;

/// Digits of a code, which every authenticator app knows.
const DIGITS: u8 = 6;
/// Seconds for which a code is shown (RFC 6238 §4.1).
const STEP_SECS: u64 = 30;
/// Steps before and after the present one whose codes count too. None: a code lives 30
/// seconds (ASVS 6.5.5).
const SKEW_STEPS: u16 = 0;
/// As the app names the account.
const ISSUER: &str = "Visita";
/// Recovery codes of one account: their leading digit is their place.
const RECOVERY_CODES: u8 = 10;
/// Random bytes of a recovery code: 80 bits.
const RECOVERY_BYTES: usize = 10;
/// Signs of a recovery code after its digit, five bits each.
const RECOVERY_SIGNS: usize = 16;
/// Crockford's base 32: nothing that looks like something else.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Light squares that a reader needs around the dark ones (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// What was typed where a code is asked for.
#[derive(Clone, PartialEq, Eq)]
enum Typed {
    /// Of the app.
    App(String),
    /// A recovery code: its place, and the rest without dashes.
    Recovery { idx: i16, signs: String },
}

/// Reads a code as people type it: with blanks or dashes, in any case, with look-alikes.
fn read(text: &str) -> Option<Typed> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    if plain.len() == usize::from(DIGITS) && plain.bytes().all(|b| b.is_ascii_digit()) {
        return Some(Typed::App(plain));
    }
    let (first, signs) = plain.split_at_checked(1)?;
    let idx = first.parse().ok()?;
    let whole = signs.len() == RECOVERY_SIGNS && signs.bytes().all(|b| ALPHABET.contains(&b));
    whole.then(|| Typed::Recovery {
        idx,
        signs: signs.to_owned(),
    })
}

/// A new seed.
///
/// # Errors
/// `internal` when the operating system gives no random bytes.
pub(crate) fn draw_seed() -> Result<[u8; SEED_BYTES], ApiError> {
    random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))
}

fn totp(seed: [u8; SEED_BYTES]) -> Result<Totp, ApiError> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(SKEW_STEPS)
        .with_step_duration(STEP_SECS)
        .with_secret(seed)
        .build()
        .map_err(|cause| ApiError::internal("totp", &cause))
}

/// The step whose code this is, if it is one of now.
///
/// # Errors
/// `internal` when the seed cannot be used.
pub(crate) fn matched_step(
    seed: [u8; SEED_BYTES],
    code: &str,
    now: Ts,
) -> Result<Option<i64>, ApiError> {
    let Some(Typed::App(code)) = read(code) else {
        return Ok(None);
    };
    let secs = u64::try_from(now.as_secs()).unwrap_or(0);
    let step = totp(seed)?.check(&code, secs);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The proof that a typed code is, if it is right. A recovery code costs one hash,
/// whichever it is and whether or not there is one at its place.
///
/// # Errors
/// `unavailable` when too many hashes wait.
pub(crate) async fn check(
    state: &State,
    owner: UserId,
    sealed: &SealedSeed,
    code: &str,
) -> Result<Option<Proof>, ApiError> {
    match read(code) {
        None => Ok(None),
        Some(Typed::App(code)) => {
            let seed = seal::open(&state.keys, owner, sealed)?;
            let step = matched_step(seed, &code, state.clock.now())?;
            Ok(step.map(Proof::Step))
        }
        Some(Typed::Recovery { idx, signs }) => {
            let hash = state
                .store
                .run(move |conn| auth::recovery_code_hash(conn, owner, idx))
                .await?;
            let right = state.passwords.verify(signs, hash.clone()).await?;
            Ok(hash
                .filter(|_| right)
                .map(|hash| Proof::RecoveryCode { idx, hash }))
        }
    }
}

/// Ten new recovery codes as shown, and their hashes in the same order.
///
/// # Errors
/// `unavailable` when too many hashes wait.
pub(crate) async fn draw_recovery_codes(
    state: &State,
) -> Result<(Vec<String>, Vec<String>), ApiError> {
    let (mut shown, mut hashes) = (Vec::new(), Vec::new());
    for idx in 0..RECOVERY_CODES {
        let bytes = random_bytes().map_err(|cause| ApiError::internal("random bytes", &cause))?;
        let signs = spell(bytes);
        shown.push(format!("{idx}-{}", in_fours(&signs)));
        hashes.push(state.passwords.hash(signs).await?);
    }
    Ok((shown, hashes))
}

/// Five bits a sign.
fn spell(bytes: [u8; RECOVERY_BYTES]) -> String {
    let mut bits = bytes
        .iter()
        .fold(0_u128, |all, byte| (all << 8) | u128::from(*byte));
    let mut signs = Vec::with_capacity(RECOVERY_SIGNS);
    for _ in 0..RECOVERY_SIGNS {
        let place = usize::try_from(bits & 31).unwrap_or(0);
        signs.extend(ALPHABET.get(place).map(|sign| char::from(*sign)));
        bits >>= 5;
    }
    signs.into_iter().collect()
}

fn in_fours(signs: &str) -> String {
    let signs: Vec<char> = signs.chars().collect();
    let fours: Vec<String> = signs.chunks(4).map(|four| four.iter().collect()).collect();
    fours.join("-")
}

/// The seed to type, base32.
pub(crate) fn typed_seed(seed: [u8; SEED_BYTES]) -> String {
    Secret::from(seed).to_base32()
}

/// The seed for an app, in the form that all of them read.
pub(crate) fn otpauth_url(email: &str, seed: [u8; SEED_BYTES]) -> String {
    let account: String = byte_serialize(email.as_bytes()).collect();
    let secret = typed_seed(seed);
    format!(
        "otpauth://totp/{ISSUER}:{account}?secret={secret}&issuer={ISSUER}\
         &algorithm=SHA1&digits={DIGITS}&period={STEP_SECS}"
    )
}

/// The text as a path of dark runs, row by row.
///
/// # Errors
/// `internal` when the text is too long.
pub(crate) fn qr(text: &str) -> Result<QrCode, ApiError> {
    use std::fmt::Write;
    let code = QRBuilder::new(text)
        .build()
        .map_err(|cause| ApiError::internal("QR code", &cause))?;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a.value() == b.value()) {
            if run.first().is_some_and(|module| module.value()) {
                let (left, top, width) = (x + QUIET_ZONE, y + QUIET_ZONE, run.len());
                write!(path, "M{left} {top}h{width}v1h-{width}z")
                    .map_err(|cause| ApiError::internal("QR code", &cause))?;
            }
            x += run.len();
        }
    }
    let size = u32::try_from(code.size + 2 * QUIET_ZONE).unwrap_or(0);
    Ok(QrCode { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238's test vectors.
    const SEED: [u8; SEED_BYTES] = *b"12345678901234567890";

    #[test]
    fn r36_codes_are_those_of_rfc_6238_and_live_for_their_step() {
        for (secs, code, step) in [
            (59, "287082", Some(1)),
            (30, "287082", Some(1)),
            (29, "287082", None),
            (60, "287082", None),
            (1_111_111_109, "081804", Some(37_037_036)),
            (1_111_111_109, "081 804", Some(37_037_036)),
            (1_234_567_890, "005924", Some(41_152_263)),
            (20_000_000_000, "353130", Some(666_666_666)),
            (59, "287083", None),
            (59, "94287082", None),
            (59, "+87082", None),
            (59, "", None),
        ] {
            let at = Ts::from_micros(secs * 1_000_000).unwrap();
            assert_eq!(
                matched_step(SEED, code, at).unwrap(),
                step,
                "{code} at {secs}"
            );
        }
    }

    #[test]
    fn r37_recovery_codes_are_read_as_people_type_them() {
        let code = Some(Typed::Recovery {
            idx: 7,
            signs: "ABCD0123WXYZ1110".to_owned(),
        });
        for text in [
            "7-ABCD-0123-WXYZ-1110",
            "7abcd0123wxyz1110",
            " 7 abcd o123 wxyz IlLo ",
        ] {
            assert!(read(text) == code, "{text}");
        }
        for text in [
            "",
            "7",
            "ABCD-0123-WXYZ-1110",
            "7-ABCD-0123-WXYZ-111",
            "7-ABCD-0123-WXYZ-11100",
            "7-UBCD-0123-WXYZ-1110",
            "é-ABCD-0123-WXYZ-1110",
            "x-ABCD-0123-WXYZ-1110",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn r37_a_recovery_code_spells_all_its_80_bits() {
        assert_eq!(spell([0; RECOVERY_BYTES]), "0".repeat(16));
        assert_eq!(spell([0xff; RECOVERY_BYTES]), "Z".repeat(16));
        let mut seen = std::collections::BTreeSet::new();
        for bit in 0..8 * RECOVERY_BYTES {
            let mut bytes = [0; RECOVERY_BYTES];
            bytes[bit / 8] = 1 << (bit % 8);
            assert!(seen.insert(spell(bytes)), "bit {bit}");
        }
        assert_eq!(in_fours("ABCD0123WXYZ1110"), "ABCD-0123-WXYZ-1110");
    }

    #[test]
    fn apps_are_told_account_and_seed() {
        assert_eq!(
            otpauth_url("ana+work@example.org", SEED),
            "otpauth://totp/Visita:ana%2Bwork%40example.org?\
             secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Visita\
             &algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_qr_code_has_its_three_finders_and_a_quiet_zone() {
        let code = qr(&otpauth_url("ana@example.org", SEED)).unwrap();
        let far = code.size - 4 - 7;
        for corner in [
            "M4 4h7v1h-7z".to_owned(),
            format!("M{far} 4h7v1h-7z"),
            format!("M4 {far}h7v1h-7z"),
        ] {
            assert!(code.path.contains(&corner), "{corner} of {}", code.size);
        }
        assert!(!code.path.contains("M3 ") && !code.path.contains(" 3h"));
    }
}
