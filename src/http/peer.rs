//! The address a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::HeaderMap;
use http::request::Parts;

use crate::config::Server;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address, for limits: that of the connection, or what a trusted proxy says. IPv6 clients are known by
/// their /64, because every one of them has that many addresses.
#[must_use]
pub fn address(request: &Parts, server: &Server) -> IpAddr {
    let connection = request.extensions.get::<ConnectInfo<SocketAddr>>();
    let direct = connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip().to_canonical());
    whole(believed(direct, &request.headers, &server.trusted_proxies))
}

/// Walks the proxies from the nearest to the farthest and stops at the first address that is no proxy of ours.
fn believed(direct: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let said: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = direct;
    for hop in said.iter().rev() {
        if !trusted.contains(&nearest) {
            break;
        }
        let Ok(farther) = hop.trim().parse::<IpAddr>() else { break };
        nearest = farther.to_canonical();
    }
    nearest
}

fn whole(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_proxies_are_believed() {
        let seen = |direct: &str, said: &'static str| {
            let headers = HeaderMap::from_iter([(FORWARDED_FOR.parse().unwrap(), said.parse().unwrap())]);
            believed(direct.parse().unwrap(), &headers, &["10.0.0.1".parse().unwrap()]).to_string()
        };
        assert_eq!(seen("203.0.113.9", "1.2.3.4"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "1.2.3.4"), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", "6.6.6.6, 1.2.3.4"), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", "1.2.3.4, 10.0.0.1"), "1.2.3.4");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.1");
    }
}
