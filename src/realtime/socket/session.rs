//! The task of one socket: events of its client one after the other, and what happens in the world.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::time::Duration;

use serde_json::{Value, json};
use socketioxide::extract::SocketRef;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, sleep};

use super::commands::{Command, Seen};
use super::connect::{Admitted, person};
use super::outlet::{self, Gone};
use super::roles::{ClientEvent, Side};
use super::viewers::Viewing;
use super::{Incoming, MAX_PAYLOAD, Shared, availability, customer, staff};
use crate::access::{self, Identity, Principal};
use crate::conversations::store;
use crate::db::DbError;
use crate::http::ApiError;
use crate::realtime::frames::{for_customer, for_staff};
use crate::realtime::meter::{Allowance, Meter};
use crate::realtime::{Event, MAX_MISSED, Push, Resume, Subscription, Volatile, resume};

/// What one socket may send.
const RATE: Allowance = Allowance { times: 200, per: Duration::from_secs(10) };
/// Conversations one socket has open at once.
pub(super) const MAX_JOINED: usize = 200;
/// A session that ended elsewhere ends its sockets by then; a disabled operator is told of at once.
const RECHECK: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_secs(1);
/// Of this contract; grows when a client must know better.
const PROTOCOL: u32 = 1;

/// What the task of a socket knows.
pub(super) struct Session {
    pub shared: Shared,
    pub socket: SocketRef,
    pub who: Principal,
    identity: Identity,
    pub address: IpAddr,
    pub subscription: Subscription,
    /// Conversations the client has entered, each with the last event number that an answer told it.
    pub joined: HashMap<String, i64>,
    /// Conversations of which the client wants to know who types and looks.
    pub watched: HashSet<String>,
    /// The one on its screen.
    pub viewing: Option<Viewing>,
    rate: Meter,
}

/// Why a socket's task ends.
enum End {
    Gone(Gone),
    Draining,
    /// The credential is worth nothing any more, or something else.
    SignedOut,
}

impl From<Gone> for End {
    fn from(gone: Gone) -> Self {
        Self::Gone(gone)
    }
}

/// Runs until the socket is closed by either side.
pub(super) async fn run(shared: Shared, socket: SocketRef, admitted: Admitted) {
    let Admitted { who: identity, address, after, mut events, gone, seats } = admitted;
    let who = identity.principal.clone();
    let _open = Open::count(&who);
    let hub = &shared.services.hub;
    let mut subscription = match &who {
        Principal::Operator(_) => hub.subscribe_staff(),
        Principal::Visitor(_) => hub.subscribe_customer(),
    };
    let resumed = match after {
        Some(after) => resume(&shared.services.app.db, after).await.unwrap_or(Resume::Reset),
        None => Resume::Reset,
    };
    subscription.go_back(resumed);
    let draining = shared.services.draining.0.clone();
    let mut session = Session {
        shared,
        socket,
        who,
        identity,
        address,
        subscription,
        joined: HashMap::new(),
        watched: HashSet::new(),
        viewing: None,
        rate: Meter::default(),
    };
    availability::arrived(&session.shared, &session.who).await;
    let end = tokio::select! {
        () = gone.cancelled() => End::Gone(Gone::Closed),
        () = draining.cancelled() => End::Draining,
        end = session.serve(&mut events, resumed) => end,
    };
    let Session { shared, socket, who, subscription, viewing, .. } = session;
    drop((subscription, viewing));
    match end {
        End::Gone(Gone::Closed) => {}
        End::Gone(Gone::SlowReader) => {
            tracing::info!("a socket was closed: its client does not read");
            outlet::close(socket, "slow_reader").await;
        }
        End::Draining => {
            let _ = outlet::emit(&socket, "server:draining", &json!({})).await;
            outlet::close(socket, "draining").await;
            return;
        }
        End::SignedOut => outlet::close(socket, "signed_out").await,
    }
    drop(seats);
    availability::left(&shared, &who, &draining).await;
}

/// Counts a socket as long as it lives.
struct Open(&'static str);

impl Open {
    fn count(who: &Principal) -> Self {
        let side = match who {
            Principal::Operator(_) => "operator",
            Principal::Visitor(_) => "visitor",
        };
        metrics::gauge!("trunkline_sockets_open", "side" => side).increment(1);
        Self(side)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("trunkline_sockets_open", "side" => self.0).decrement(1);
    }
}

impl Session {
    async fn serve(&mut self, events: &mut mpsc::Receiver<Incoming>, resumed: Resume) -> End {
        if let Err(gone) = self.greet(resumed).await {
            return gone.into();
        }
        let mut recheck = tokio::time::interval(RECHECK);
        recheck.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let told = tokio::select! {
                _ = recheck.tick() => match access::is_still_good(&self.shared.services.app, &self.identity).await {
                    true => Ok(()),
                    false => Err(End::SignedOut),
                },
                incoming = events.recv() => match incoming {
                    Some(incoming) => {
                        self.hear(incoming).await;
                        Ok(())
                    }
                    None => Err(Gone::Closed.into()),
                },
                push = self.subscription.next() => self.tell(push).await,
            };
            if let Err(end) = told {
                return end;
            }
        }
    }

    async fn greet(&self, resumed: Resume) -> Result<(), Gone> {
        let (role, id) = match &self.who {
            Principal::Operator(caller) => (caller.role.as_str(), &caller.operator_id),
            Principal::Visitor(visitor) => ("customer", &visitor.external_id),
        };
        let hello = json!({
            "protocol": PROTOCOL, "role": role, "id": id, "seq": self.shared.services.hub.position(),
            "reset": resumed == Resume::Reset, "max_payload": MAX_PAYLOAD, "max_missed": MAX_MISSED,
        });
        outlet::emit(&self.socket, "server:hello", &hello).await
    }

    /// One event of the client: every one is answered.
    async fn hear(&mut self, incoming: Incoming) {
        let Incoming { name, payload, ack } = incoming;
        outlet::answer(ack, self.done(&name, payload).await);
    }

    async fn done(&mut self, name: &str, payload: Value) -> Result<Value, ApiError> {
        let app = &self.shared.services.app;
        self.rate.take("", RATE, app.now()).map_err(ApiError::too_many)?;
        let event = ClientEvent::parse(name)
            .ok_or_else(|| ApiError::new(http::StatusCode::BAD_REQUEST, "unknown_event", "there is no such event"))?;
        let side = match &self.who {
            Principal::Operator(caller) => Side::Staff(caller.role),
            Principal::Visitor(_) => Side::Customer,
        };
        if !event.allowed(side) {
            return Err(ApiError::forbidden("this event is not for you"));
        }
        let command = Command::parse(event, payload)?;
        match self.who.clone() {
            Principal::Operator(caller) => staff::handle(self, &caller, command).await,
            Principal::Visitor(visitor) => customer::handle(self, &visitor, command).await,
        }
    }

    async fn tell(&mut self, push: Result<Push, DbError>) -> Result<(), End> {
        match push {
            Ok(Push::Event(event)) => self.tell_event(&event).await,
            Ok(Push::Volatile(volatile)) => {
                if self.wants(&volatile) {
                    outlet::emit(&self.socket, volatile.name, &volatile.body).await?;
                }
                Ok(())
            }
            Ok(Push::Reset(seq)) => Ok(outlet::emit(&self.socket, "server:reset", &json!({ "seq": seq })).await?),
            Err(error) => {
                tracing::debug!(error = %error, "a socket waits for the store");
                sleep(RETRY).await;
                Ok(())
            }
        }
    }

    /// Of conversations that the client does not show, it need not know who types; a customer never what is the staff's.
    fn wants(&self, volatile: &Volatile) -> bool {
        let id = &*volatile.conversation_id;
        let may = !volatile.staff_only || matches!(self.who, Principal::Operator(_));
        may && (self.joined.contains_key(id) || self.watched.contains(id))
    }

    async fn tell_event(&mut self, event: &Event) -> Result<(), End> {
        if matches!(&self.who, Principal::Operator(caller) if event.signs_out(caller)) {
            return Err(End::SignedOut);
        }
        let told = event.conversation_id.as_deref().and_then(|id| self.joined.get(id)).is_some_and(|told| event.seq <= *told);
        let frame = match &self.who {
            Principal::Operator(_) => for_staff(event),
            Principal::Visitor(_) => for_customer(event),
        };
        if let Some(frame) = frame.filter(|_| !told) {
            outlet::emit(&self.socket, frame.name, &frame.body).await?;
        }
        Ok(())
    }

    /// Names this client where typing is thinned out.
    pub(super) fn person(&self) -> String {
        person(&self.who)
    }

    pub(super) fn leave(&mut self, session_id: &str) {
        self.joined.remove(session_id);
        self.subscription.leave(session_id);
        self.socket.leave(super::join::room(session_id));
    }

    /// The number up to which was seen, given as such or as a message's id.
    pub(super) async fn number_of(&self, seen: &Seen) -> Result<i64, ApiError> {
        if let Some(number) = seen.number {
            return Ok(number);
        }
        let id = seen.message_id.as_deref().ok_or_else(|| ApiError::invalid("/message_id", "is needed"))?;
        let message = store::message_view(&self.shared.services.app.db, id).await?;
        let message = message.filter(|message| message.conversation_id == seen.session_id);
        Ok(message.ok_or_else(|| ApiError::not_found("message"))?.number)
    }

    /// Refuses what needs an entered conversation.
    pub(super) fn must_have_joined(&self, session_id: &str) -> Result<(), ApiError> {
        if self.joined.contains_key(session_id) {
            return Ok(());
        }
        Err(ApiError::conflict("not_joined", "join the conversation first"))
    }
}
