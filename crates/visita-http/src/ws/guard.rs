//! The inbound frame guard: refuses a frame by its header, before its payload is buffered.
//!
//! actix-http looks at the size limit only after the whole frame has arrived, so that
//! one client announcing a frame of 1 TiB could fill the memory of a node (REALTIME F).
//! This stream reads along, at most 14 bytes of state, and ends in an error as soon as
//! a header breaks a limit or the protocol. The bytes themselves pass unchanged.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::dev;
use actix_web::error::PayloadError;
use actix_web::web::{self, Bytes};
use actix_web::{FromRequest, HttpRequest};
use futures_util::Stream;
use visita_wire::ws::MAX_FRAME_BYTES;

use crate::error::ApiError;

/// Longest message that may come in fragments, in bytes, all frames together.
pub(super) const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Longest payload of a control frame (RFC 6455 §5.5).
const MAX_CONTROL_BYTES: u64 = 125;
/// Longest header of a frame: two bytes, eight of length, four of mask.
const MAX_HEADER_BYTES: usize = 14;
/// Length of the masking key.
const MASK_BYTES: usize = 4;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7F;
const CONTROL: u8 = 0x08;

/// Why a stream of frames is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Violation {
    #[error("the frame or message is too large")]
    TooLarge,
    #[error("reserved bits or opcodes are in use")]
    Reserved,
    #[error("the frame is not masked")]
    Unmasked,
    #[error("fragments are out of order")]
    Fragments,
}

/// Reads the headers of frames in a stream that is cut anywhere.
#[derive(Debug, Default)]
pub(super) struct FrameGuard {
    header: [u8; MAX_HEADER_BYTES],
    /// Bytes of the header that have come.
    have: usize,
    /// Bytes of the frame's payload still to come.
    payload: u64,
    /// Bytes of the fragmented message so far, while one is open.
    open: Option<u64>,
}

impl FrameGuard {
    /// Reads along.
    ///
    /// # Errors
    /// [`Violation`], after which the stream must end.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), Violation> {
        while !bytes.is_empty() {
            if self.payload > 0 {
                let skip =
                    usize::try_from(self.payload).map_or(bytes.len(), |left| left.min(bytes.len()));
                bytes = bytes.get(skip..).unwrap_or_default();
                self.payload -= u64::try_from(skip).unwrap_or(self.payload);
                continue;
            }
            let Some((first, rest)) = bytes.split_first() else {
                break;
            };
            bytes = rest;
            self.take(*first)?;
        }
        Ok(())
    }

    /// Takes one byte of a header.
    fn take(&mut self, byte: u8) -> Result<(), Violation> {
        if let Some(slot) = self.header.get_mut(self.have) {
            *slot = byte;
        }
        self.have += 1;
        let [first, second, ..] = self.header;
        match self.have {
            1 => return check_first(first),
            2 if second & MASKED == 0 => return Err(Violation::Unmasked),
            _ => {}
        }
        let length_bytes = match second & LENGTH {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.have == 2 + length_bytes {
            // Judged before the mask and any payload have come.
            self.judge(first, self.length(length_bytes))?;
        }
        if self.have == 2 + length_bytes + MASK_BYTES {
            self.payload = self.length(length_bytes);
            self.have = 0;
        }
        Ok(())
    }

    /// The declared length of the payload.
    fn length(&self, length_bytes: usize) -> u64 {
        let [_, second, extended @ ..] = &self.header;
        if length_bytes == 0 {
            return u64::from(second & LENGTH);
        }
        extended
            .iter()
            .take(length_bytes)
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    fn judge(&mut self, first: u8, length: u64) -> Result<(), Violation> {
        if first & CONTROL != 0 {
            return if first & FIN == 0 {
                Err(Violation::Fragments)
            } else if length > MAX_CONTROL_BYTES {
                Err(Violation::TooLarge)
            } else {
                Ok(())
            };
        }
        if length > limit(MAX_FRAME_BYTES) {
            return Err(Violation::TooLarge);
        }
        let continues = first & OPCODE == 0;
        let message = match (self.open, continues) {
            (Some(before), true) => before + length,
            (None, false) => length,
            _ => return Err(Violation::Fragments),
        };
        if message > limit(MAX_MESSAGE_BYTES) {
            return Err(Violation::TooLarge);
        }
        self.open = (first & FIN == 0).then_some(message);
        Ok(())
    }
}

fn check_first(first: u8) -> Result<(), Violation> {
    let known = matches!(first & OPCODE, 0..=2 | 8..=10);
    if first & RESERVED == 0 && known {
        Ok(())
    } else {
        Err(Violation::Reserved)
    }
}

fn limit(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// A request's payload behind the guard.
struct Guarded {
    payload: dev::Payload,
    guard: FrameGuard,
    ended: bool,
}

impl Stream for Guarded {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let next = Pin::new(&mut self.payload).poll_next(cx);
        if let Poll::Ready(Some(Ok(bytes))) = &next
            && let Err(violation) = self.guard.read(bytes)
        {
            self.ended = true;
            let error = std::io::Error::other(violation);
            return Poll::Ready(Some(Err(PayloadError::Io(error))));
        }
        next
    }
}

/// Puts the guard in front of a request's payload.
///
/// # Errors
/// Never in practice; extraction of a payload cannot fail.
pub(super) async fn guarded(
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<web::Payload, ApiError> {
    let guarded: Pin<Box<dyn Stream<Item = _>>> = Box::pin(Guarded {
        payload: payload.into_inner(),
        guard: FrameGuard::default(),
        ended: false,
    });
    let mut payload = dev::Payload::Stream { payload: guarded };
    web::Payload::from_request(req, &mut payload)
        .await
        .map_err(|error| ApiError::internal("payload", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// A masked frame as a client sends it.
    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = header(first, u64::try_from(payload).unwrap());
        bytes.resize(bytes.len() + payload, b'x');
        bytes
    }

    fn header(first: u8, length: u64) -> Vec<u8> {
        let mut bytes = vec![first];
        match length {
            0..=125 => bytes.push(MASKED | u8::try_from(length).unwrap()),
            126..=0xFFFF => {
                bytes.push(MASKED | 126);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(MASKED | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        bytes.extend([1, 2, 3, 4]);
        bytes
    }

    /// The verdict on a stream, which must not depend on where it is cut.
    fn verdict(bytes: &[u8], cuts: &[usize]) -> Result<(), Violation> {
        let mut guard = FrameGuard::default();
        let mut from = 0;
        for cut in cuts.iter().map(|cut| cut % (bytes.len() + 1)) {
            if cut > from {
                guard.read(&bytes[from..cut])?;
                from = cut;
            }
        }
        guard.read(&bytes[from..])
    }

    #[test]
    fn an_announced_tebibyte_is_refused_by_its_header() {
        let mut guard = FrameGuard::default();
        let announced = [0x82, MASKED | 127, 0, 0, 1, 0, 0, 0, 0];
        assert_eq!(guard.read(&announced), Ok(()));
        assert_eq!(
            guard.read(&[0]),
            Err(Violation::TooLarge),
            "before the mask"
        );
    }

    #[test]
    fn each_rule_has_its_verdict() {
        let ok = |frames: &[Vec<u8>]| verdict(&frames.concat(), &[]);
        let large = MAX_FRAME_BYTES;
        assert_eq!(ok(&[frame(0x81, large), frame(0x81, 5)]), Ok(()));
        assert_eq!(ok(&[frame(0x81, large + 1)]), Err(Violation::TooLarge));
        assert_eq!(ok(&[frame(0x82, 0), frame(0x89, 125)]), Ok(()));
        assert_eq!(ok(&[frame(0x89, 126)]), Err(Violation::TooLarge));
        assert_eq!(ok(&[frame(0x09, 1)]), Err(Violation::Fragments));
        assert_eq!(ok(&[frame(0xC1, 1)]), Err(Violation::Reserved));
        assert_eq!(ok(&[frame(0x83, 1)]), Err(Violation::Reserved));
        assert_eq!(ok(&[frame(0x8B, 1)]), Err(Violation::Reserved));
        assert_eq!(ok(&[vec![0x81, 0x05]]), Err(Violation::Unmasked));
        // Fragments: four of 64 KiB fit, a byte more does not; control frames may come between.
        let mut parts = vec![
            frame(0x01, large),
            frame(0x00, large),
            frame(0x89, 3),
            frame(0x00, large),
        ];
        parts.push(frame(0x00, large));
        assert_eq!(ok(&parts), Ok(()));
        parts.push(frame(0x80, 1));
        assert_eq!(ok(&parts), Err(Violation::TooLarge));
        assert_eq!(ok(&[frame(0x80, 1)]), Err(Violation::Fragments));
        assert_eq!(
            ok(&[frame(0x01, 1), frame(0x81, 1)]),
            Err(Violation::Fragments)
        );
        assert_eq!(
            ok(&[frame(0x01, 1), frame(0x80, 1), frame(0x81, 1)]),
            Ok(())
        );
    }

    #[test]
    fn a_valid_stream_passes_however_it_is_cut_in_two() {
        let bytes = [
            frame(0x81, 3),
            frame(0x01, 200),
            frame(0x89, 0),
            frame(0x80, 70),
        ]
        .concat();
        for cut in 0..=bytes.len() {
            assert_eq!(verdict(&bytes, &[cut]), Ok(()), "cut at {cut}");
        }
    }

    proptest! {
        #[test]
        fn the_verdict_does_not_depend_on_where_the_stream_is_cut(
            frames in vec((any::<u8>(), prop_oneof![0_u64..200, 65_000..66_000_u64, any::<u64>()]), 1..6),
            noise in vec(any::<u8>(), 0..20),
            mut cuts in vec(any::<usize>(), 0..40),
        ) {
            let mut bytes = Vec::new();
            for (first, length) in frames {
                bytes.extend(header(first, length));
                if length <= limit(MAX_FRAME_BYTES) {
                    bytes.resize(bytes.len() + usize::try_from(length).unwrap(), b'x');
                }
            }
            bytes.extend(noise);
            cuts.iter_mut().for_each(|cut| *cut %= bytes.len() + 1);
            cuts.sort_unstable();
            let whole = verdict(&bytes, &[]);
            prop_assert_eq!(verdict(&bytes, &cuts), whole);
            let every: Vec<usize> = (1..bytes.len().min(300)).collect();
            prop_assert_eq!(verdict(&bytes, &every), whole);
        }
    }
}
