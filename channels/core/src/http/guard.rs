//! Addresses out of customers' messages must not reach into our own network (CWE-918, server-side request forgery).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use url::Host;

/// Resolves names to public addresses only. Checked at the moment of connecting: a name that changes its mind between a
/// check and the connection gains nothing.
#[derive(Debug)]
pub struct PublicOnly;

#[derive(Debug, Error)]
#[error("the name leads to no public address")]
struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(Box::new(io::Error::other(NotPublic)) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether an address may be asked at all: literal addresses never meet the resolver.
#[must_use]
pub fn is_allowed(url: &Url) -> bool {
    let host = match url.host() {
        Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
        Some(Host::Domain(_)) => true,
        None => false,
    };
    matches!(url.scheme(), "http" | "https") && host
}

/// Whether a request failed because of [`PublicOnly`].
#[must_use]
pub fn is_refusal(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(deeper) = cause {
        let inner = deeper.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<NotPublic>()) {
            return true;
        }
        cause = deeper.source();
    }
    false
}

/// Everything that the special-purpose registries of IANA (RFC 6890) set apart is not public.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let assignments = a == 192 && b == 0 && c == 0;
    let relay = a == 192 && b == 88 && c == 99;
    !(a == 0
        || a >= 240
        || shared
        || benchmark
        || assignments
        || relay
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, third, ..] = address.segments();
    // An embedded address of the old kind is judged as what it is: mapped, translated (64:ff9b::/96) or 6to4.
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [.., high, low] = address.segments();
    let embedded = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if first == 0x64 && second == 0xff9b {
        return third == 0 && is_public_v4(embedded(high, low));
    }
    if first == 0x2002 {
        return is_public_v4(embedded(second, third));
    }
    let global = (0x2000..0x4000).contains(&first);
    let documentation = (first == 0x2001 && second == 0xdb8) || first == 0x3fff;
    // 2001::/23 holds protocols' own ranges (Teredo, ORCHID, benchmarks), none of which is a web server.
    let protocols = first == 0x2001 && second < 0x200;
    global && !documentation && !protocols
}

#[cfg(test)]
mod tests {
    use super::{is_allowed, is_public};

    #[test]
    fn only_public_addresses_pass() {
        for inside in [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["93.184.216.34", "1.1.1.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::101:101"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn urls_are_judged_as_they_are_parsed() {
        for refused in [
            "file:///etc/passwd",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::1]/",
            "gopher://example.com/",
        ] {
            assert!(!is_allowed(&refused.parse().unwrap()), "{refused}");
        }
        assert!(is_allowed(&"https://cdn.example.com/a.jpg".parse().unwrap()));
    }
}
