//! Who a request comes from (SECURITY R19).
//!
//! Anybody can write `X-Forwarded-For`. It is believed only when the connection comes from
//! a proxy that the operator has named, and only as far as named proxies have written it:
//! from the right to the left, up to the first address that is none of them.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use ipnet::IpNet;

use crate::state::AppState;

/// Header in which each proxy adds the address that it was asked from.
const FORWARDED_FOR: &str = "x-forwarded-for";
/// Most addresses looked at; a longer chain has been made up.
const MAX_HOPS: usize = 16;

/// The address of the client, for limits and records. Unspecified where the listener
/// knows none (a Unix socket).
#[must_use]
pub(crate) fn client_addr(req: &HttpRequest, state: &AppState) -> IpAddr {
    let peer = req
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let forwarded = req
        .headers()
        .get_all(FORWARDED_FOR)
        .filter_map(|value| value.to_str().ok());
    resolve(peer, forwarded, &state.settings.trusted_proxies)
}

/// `forwarded` are the header's values in the order of the request.
fn resolve<'a>(
    peer: IpAddr,
    forwarded: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &[IpNet],
) -> IpAddr {
    let is_proxy = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut client = peer.to_canonical();
    let hops = forwarded.rev().flat_map(|value| value.rsplit(','));
    for hop in hops.take(MAX_HOPS) {
        if !is_proxy(&client) {
            break;
        }
        // What cannot be read ends the chain: the last proxy is all that is known.
        let Some(address) = parse(hop.trim()) else {
            break;
        };
        client = address;
    }
    client
}

/// An address as proxies write it: plain, with a port, or in brackets (RFC 7239 §6).
fn parse(text: &str) -> Option<IpAddr> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    plain
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse().ok().map(|a: std::net::SocketAddr| a.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let nets: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        resolve(peer.parse().unwrap(), forwarded.iter().copied(), &nets).to_string()
    }

    #[test]
    fn r19_only_named_proxies_are_believed() {
        let cases: &[(&str, &[&str], &[&str], &str)] = &[
            // From outside the header is worth nothing, whoever it names.
            (
                "203.0.113.9",
                &["127.0.0.1"],
                &["10.0.0.0/8"],
                "203.0.113.9",
            ),
            (
                "203.0.113.9",
                &["10.0.0.1, 10.0.0.2"],
                &["10.0.0.0/8"],
                "203.0.113.9",
            ),
            ("203.0.113.9", &["198.51.100.1"], &[], "203.0.113.9"),
            // Through the proxy, the address that the proxy saw.
            (
                "10.0.0.1",
                &["198.51.100.1"],
                &["10.0.0.0/8"],
                "198.51.100.1",
            ),
            // What the client wrote itself stands to the left and is not reached.
            (
                "10.0.0.1",
                &["127.0.0.1, 198.51.100.1"],
                &["10.0.0.0/8"],
                "198.51.100.1",
            ),
            (
                "10.0.0.1",
                &["127.0.0.1", "198.51.100.1"],
                &["10.0.0.0/8"],
                "198.51.100.1",
            ),
            // Two proxies in a row.
            (
                "10.0.0.1",
                &["198.51.100.1, 10.0.0.2"],
                &["10.0.0.0/8"],
                "198.51.100.1",
            ),
            // A client inside the proxies' own network.
            ("10.0.0.1", &["10.9.9.9"], &["10.0.0.1/32"], "10.9.9.9"),
            // No header, or none that can be read: the proxy itself.
            ("10.0.0.1", &[], &["10.0.0.0/8"], "10.0.0.1"),
            ("10.0.0.1", &["unknown"], &["10.0.0.0/8"], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1, "], &["10.0.0.0/8"], "10.0.0.1"),
            // Spellings.
            (
                "10.0.0.1",
                &["198.51.100.1:4711"],
                &["10.0.0.0/8"],
                "198.51.100.1",
            ),
            ("::1", &["[2001:db8::7]:4711"], &["::1/128"], "2001:db8::7"),
            ("::1", &["[2001:db8::7]"], &["::1/128"], "2001:db8::7"),
            (
                "::ffff:10.0.0.1",
                &["198.51.100.1"],
                &["10.0.0.0/8"],
                "198.51.100.1",
            ),
        ];
        for (peer, forwarded, trusted, expected) in cases {
            assert_eq!(
                client(peer, forwarded, trusted),
                *expected,
                "{peer} {forwarded:?} {trusted:?}"
            );
        }
    }

    #[test]
    fn r19_a_made_up_chain_is_not_followed_for_ever() {
        let chain = format!("198.51.100.1{}", ",10.0.0.1".repeat(MAX_HOPS));
        assert_eq!(client("10.0.0.1", &[&chain], &["10.0.0.0/8"]), "10.0.0.1");
    }
}
