//! Where a request comes from, through the proxies that are believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::request::Parts;
use http::{Extensions, HeaderMap};

use crate::app::App;
use crate::config::Config;

/// Proxies of one chain that are looked at.
const MAX_HOPS: usize = 8;

/// Address of the client behind a request.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress
where
    App: FromRef<S>,
{
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(client_address(&parts.extensions, &parts.headers, &App::from_ref(state).config)))
    }
}

/// The peer; where that is a trusted proxy, the nearest address in `X-Forwarded-For` that is not one.
#[must_use]
pub fn client_address(extensions: &Extensions, headers: &HeaderMap, config: &Config) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let trusted = |address: &IpAddr| config.server.trusted_proxies.contains(address);
    if !trusted(&peer) {
        return peer.to_canonical();
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().rev().filter_map(|value| value.to_str().ok());
    let hops = forwarded.flat_map(|value| value.rsplit(',')).take(MAX_HOPS);
    let mut nearest = peer;
    for hop in hops {
        // What a trusted proxy cannot have written is worth nothing, and so is all before it.
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        nearest = address;
        if !trusted(&address) {
            break;
        }
    }
    nearest.to_canonical()
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use axum::extract::ConnectInfo;
    use http::{Extensions, HeaderMap};

    use super::client_address;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let mut config = crate::config::load(None).unwrap();
        config.server.trusted_proxies = vec!["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse::<IpAddr>().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        client_address(&extensions, &headers, &config).to_string()
    }

    #[test]
    fn only_believed_proxies_speak_for_others() {
        assert_eq!(seen("198.51.100.7", &["203.0.113.1"]), "198.51.100.7");
        assert_eq!(seen("192.0.2.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(seen("192.0.2.1", &["6.6.6.6, 203.0.113.1, 192.0.2.2"]), "203.0.113.1");
        assert_eq!(seen("192.0.2.1", &["6.6.6.6", "203.0.113.1"]), "203.0.113.1");
        assert_eq!(seen("192.0.2.1", &["203.0.113.1, nonsense"]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(seen("::ffff:198.51.100.7", &[]), "198.51.100.7");
    }
}
