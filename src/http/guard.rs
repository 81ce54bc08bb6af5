//! What every request passes before its handler: who is it from, may they, is it their own doing, and not too often.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header;
use http::request::Parts;

use super::limit::{self, Allowance, Limiter};
use super::{ApiError, client_address, origin, roles};
use crate::access::{self, Credential, Identity, Principal};
use crate::app::App;

/// State of the guard; one for the process.
#[derive(Clone)]
pub struct Guard {
    app: App,
    callers: Limiter,
}

/// Callers whose rate is remembered at once.
const MAX_CALLERS: usize = 50_000;

impl Guard {
    #[must_use]
    pub fn new(app: App) -> Self {
        let callers = Limiter::new(app.clock.clone(), app.config.access.requests_per_minute, MAX_CALLERS);
        Self { app, callers }
    }
}

/// Lets a request through to its handler, or refuses it.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (identity, allowance) = match admit(&guard, &parts).await {
        Ok(admitted) => admitted,
        Err(refusal) => return refusal.into_response(),
    };
    if let Some(identity) = identity {
        parts.extensions.insert(identity);
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    limit::tell(&mut response, &allowance);
    response
}

async fn admit(guard: &Guard, request: &Parts) -> Result<(Option<Identity>, Allowance), ApiError> {
    let path = request.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let Some(rule) = roles::find(&request.method, path) else {
        tracing::error!(method = %request.method, path, "a route without an entry in the table of roles");
        return Err(ApiError::forbidden("nobody may call this"));
    };
    let app = &guard.app;
    let signed = request.uri.query().is_some_and(is_signed);
    let stranger = || address_key(client_address(&request.extensions, &request.headers, &app.config));
    let identity = match rule {
        // What is open to all needs no identity, and a stale one must not be in its way.
        roles::For::Anybody | roles::For::AnySite => None,
        roles::For::LinksAnd(_) if signed => None,
        _ => match access::identify(app, &request.headers).await {
            Ok(identity) => identity,
            Err(error) => {
                guard.callers.take(&stranger())?;
                return Err(error.into());
            }
        },
    };
    let allowance = guard.callers.take(&identity.as_ref().map_or_else(stranger, caller_key))?;
    if !(signed && matches!(rule, roles::For::LinksAnd(_))) {
        rule.check(identity.as_ref().map(|identity| &identity.principal))?;
    }
    let by_cookie = identity.as_ref().is_some_and(|identity| matches!(identity.credential, Credential::Session { .. }));
    // No page can make a browser send an Authorization header of its own.
    if rule != roles::For::AnySite && !request.headers.contains_key(header::AUTHORIZATION) {
        origin::check(&request.method, &request.headers, &app.config.server.public_url, by_cookie)?;
    }
    Ok((identity, allowance))
}

fn is_signed(query: &str) -> bool {
    url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "signature")
}

/// IPv6 clients are known by their /64, because every one of them has that many addresses.
pub fn address_key(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => format!("address:{v4}"),
        IpAddr::V6(v6) => format!("address:{}", Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

/// A person has one allowance for all sessions, each API token and each visitor one of its own.
fn caller_key(identity: &Identity) -> String {
    match (&identity.credential, &identity.principal) {
        (Credential::ApiToken { hash }, _) => format!("token:{hash}"),
        (_, Principal::Operator(caller)) => format!("operator:{}", caller.operator_id),
        (_, Principal::Visitor(visitor)) => format!("visitor:{}:{}", visitor.inbox_id, visitor.external_id),
    }
}
