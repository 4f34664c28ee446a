//! Who a request comes from, and whether in plain text (SECURITY R18, R19).
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
/// Header in which a proxy says how it was asked.
const FORWARDED_PROTO: &str = "x-forwarded-proto";
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

/// True when the request was sent in plain text, as far as can be told: the proxy says so,
/// or the request has come around the proxies that the operator has named.
#[must_use]
pub(crate) fn came_plain(req: &HttpRequest, state: &AppState) -> bool {
    let said = req.headers().get_all(FORWARDED_PROTO).last();
    is_plain(
        req.peer_addr().map(|address| address.ip()),
        said.map(|value| value.to_str().unwrap_or_default()),
        &state.settings.trusted_proxies,
    )
}

/// `said` is the last value of the header, which the proxy next to us wrote. Without TLS
/// of our own, a peer that is none of the named proxies has used none; where no proxy is
/// named, the header is believed, for it can only refuse.
fn is_plain(peer: Option<IpAddr>, said: Option<&str>, trusted: &[IpNet]) -> bool {
    let is_proxy = |peer: IpAddr| trusted.iter().any(|net| net.contains(&peer.to_canonical()));
    let around = !trusted.is_empty() && peer.is_some_and(|peer| !is_proxy(peer));
    let scheme = said.map(|said| said.rsplit(',').next().unwrap_or_default().trim());
    // Some proxies name the scheme of an upgrade.
    let by_tls = |scheme: &str| {
        ["https", "wss"]
            .iter()
            .any(|ok| scheme.eq_ignore_ascii_case(ok))
    };
    around || scheme.is_some_and(|scheme| !by_tls(scheme))
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
    fn r18_plain_is_what_the_next_proxy_calls_so_and_what_comes_around_it() {
        const PROXY: &str = "10.0.0.1";
        const OTHER: &str = "203.0.113.9";
        for (peer, said, trusted, plain) in [
            (PROXY, Some("https"), PROXY, false),
            (PROXY, Some("HTTPS"), PROXY, false),
            (PROXY, Some("wss"), PROXY, false),
            (PROXY, Some("http"), PROXY, true),
            (PROXY, Some("ws"), PROXY, true),
            (PROXY, Some(""), PROXY, true),
            // What a visitor wrote stands to the left of what the proxy adds.
            (PROXY, Some("https, http"), PROXY, true),
            (PROXY, Some("http, https"), PROXY, false),
            // A proxy that says nothing is believed to be set up well.
            (PROXY, None, PROXY, false),
            ("::ffff:10.0.0.1", Some("https"), PROXY, false),
            // Around the proxy, whatever it says.
            (OTHER, Some("https"), PROXY, true),
            (OTHER, None, PROXY, true),
            // Nobody was named.
            (OTHER, None, "", false),
            (OTHER, Some("https"), "", false),
            (OTHER, Some("http"), "", true),
        ] {
            let nets: Vec<IpNet> = trusted
                .parse::<IpAddr>()
                .map(IpNet::from)
                .into_iter()
                .collect();
            let peer = peer.parse().unwrap();
            let told = is_plain(Some(peer), said, &nets);
            assert_eq!(told, plain, "{peer} {said:?} {trusted:?}");
        }
        assert!(!is_plain(None, None, &["10.0.0.1/32".parse().unwrap()]));
    }

    #[test]
    fn r19_a_made_up_chain_is_not_followed_for_ever() {
        let chain = format!("198.51.100.1{}", ",10.0.0.1".repeat(MAX_HOPS));
        assert_eq!(client("10.0.0.1", &[&chain], &["10.0.0.0/8"]), "10.0.0.1");
    }
}
