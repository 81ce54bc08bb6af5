//! Who is let in: known by a token or a session, and not more of them than can be meant well.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use socketioxide::extract::{AckSender, Event as EventName, SocketRef, TryData};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{Incoming, Shared, WAITING_EVENTS, outlet};
use crate::access::{self, Identity, Principal};
use crate::http::{ApiError, client_address};
use crate::presence::{Seat, visitor_key};
use crate::realtime::After;

/// Sockets of one person at once: a browser with many tabs.
const MAX_PER_OPERATOR: usize = 40;
const MAX_PER_VISITOR: usize = 10;
/// Visitors behind one address: an office, not an army.
const MAX_PER_ADDRESS: usize = 200;

/// A socket whose owner is known, before its task runs.
pub(super) struct Admitted {
    pub who: Identity,
    pub address: IpAddr,
    /// Where the owner's knowledge of the whole log ends, as they say.
    pub after: Option<After>,
    pub events: mpsc::Receiver<Incoming>,
    pub gone: CancellationToken,
    /// Held as long as the socket lives.
    pub seats: Vec<Seat>,
}

/// An [`Admitted`] on its way from the door to the task, through the socket's extensions.
pub(super) type Parcel = Arc<Mutex<Option<Admitted>>>;

/// Told to the client in `connect_error`.
#[derive(Debug)]
pub(super) struct Refused(ApiError);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.problem().code)
    }
}

/// Authenticates, and makes the socket ready to hear: its first event may come right after the answer.
pub(super) async fn admit(shared: &Shared, socket: &SocketRef, auth: Value) -> Result<(), Refused> {
    let services = &shared.services;
    if services.draining.0.is_cancelled() {
        return Err(Refused(ApiError::unavailable(1)));
    }
    let request = socket.req_parts();
    let who = access::authenticate_socket(&services.app, &auth, &request.headers).await.map_err(|error| Refused(error.into()))?;
    let address = client_address(&request.extensions, &request.headers, &services.app.config);
    let seats = seats(shared, &who.principal, address).ok_or_else(|| Refused(ApiError::too_many(60)))?;
    let after = auth.get("after").and_then(|after| serde_json::from_value(after.clone()).ok());

    let (events, waiting) = mpsc::channel(WAITING_EVENTS);
    let gone = CancellationToken::new();
    // Queued in the order they came, before any task of theirs runs: an event never overtakes the one before it.
    socket.on_fallback(move |EventName(name): EventName, TryData(payload): TryData<Value>, ack: AckSender| {
        let incoming = Incoming { name, payload: payload.unwrap_or_default(), ack };
        if let Err(mpsc::error::TrySendError::Full(refused)) = events.try_send(incoming) {
            outlet::refuse(refused.ack, &ApiError::too_many(1));
        }
        async {}
    });
    let closed = gone.clone();
    socket.on_disconnect(move || {
        closed.cancel();
        async {}
    });
    let admitted = Admitted { who, address, after, events: waiting, gone, seats };
    let parcel: Parcel = Arc::new(Mutex::new(Some(admitted)));
    socket.extensions.insert(parcel);
    Ok(())
}

pub(super) fn take(socket: &SocketRef) -> Option<Admitted> {
    let parcel = socket.extensions.remove::<Parcel>()?;
    parcel.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Names a person among all who hold sockets.
pub(super) fn person(who: &Principal) -> String {
    match who {
        Principal::Operator(caller) => format!("operator:{}", caller.operator_id),
        Principal::Visitor(visitor) => visitor_key(&visitor.inbox_id, &visitor.external_id),
    }
}

fn seats(shared: &Shared, who: &Principal, address: IpAddr) -> Option<Vec<Seat>> {
    let enter = |person: &str, max| shared.presence.enter(person, max);
    Some(match who {
        Principal::Operator(_) => vec![enter(&person(who), MAX_PER_OPERATOR)?],
        Principal::Visitor(_) => {
            vec![enter(&person(who), MAX_PER_VISITOR)?, enter(&format!("address:{address}"), MAX_PER_ADDRESS)?]
        }
    })
}
