//! Socket.IO for operators and visitors, on namespace `/`, over websocket and polling.

mod availability;
mod commands;
mod connect;
mod customer;
mod join;
mod outlet;
pub mod roles;
mod session;
mod staff;
mod viewers;
mod watch;

use std::time::Duration;

use axum::Router;
use serde_json::Value;
use socketioxide::extract::{AckSender, SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::{ParserConfig, SocketIo};
use tower::Layer;

use crate::presence::Presence;
use crate::services::Services;
use viewers::Viewers;

/// Bytes of one packet. Files go by HTTP.
const MAX_PAYLOAD: usize = 1024 * 1024;
/// Packets waiting for one client's connection.
const BUFFER: usize = 128;
/// A connection whose buffer stays full is dead after the two of them together.
const PING_INTERVAL: Duration = Duration::from_secs(15);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// Time to authenticate after the transport is open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Events of one client that may wait for the one before them.
const WAITING_EVENTS: usize = 16;
const READ_BUFFER: usize = 4096;

/// What all sockets share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub services: Services,
    pub presence: Presence,
    pub viewers: Viewers,
}

/// Puts the socket endpoint in front of the application's routes.
///
/// As a fallback *service*: a layer over a fallback handler would make a new engine for each request, and polling would
/// find no session.
pub fn mount(services: &Services, app: Router) -> Router {
    let (layer, io) = SocketIo::builder()
        .max_payload(MAX_PAYLOAD as u64)
        .ws_max_message_size(MAX_PAYLOAD)
        .ws_max_frame_size(MAX_PAYLOAD)
        .ws_read_buffer_size(READ_BUFFER)
        .max_buffer_size(BUFFER)
        .ping_interval(PING_INTERVAL)
        .ping_timeout(PING_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        // Nothing binary is spoken here; a client that tries is cut.
        .with_parser(ParserConfig::common().max_incoming_binaries(0).max_incoming_binary_buf_size(0))
        .build_layer();
    let viewers = Viewers::new(services.hub.clone());
    let shared = Shared { services: services.clone(), presence: services.app.presence.clone(), viewers };
    let door = shared.clone();
    let admit = async move |socket: SocketRef, TryData(auth): TryData<Value>| {
        connect::admit(&door, &socket, auth.unwrap_or_default()).await
    };
    let open = async move |socket: SocketRef| match connect::take(&socket) {
        Some(admitted) => session::run(shared, socket, admitted).await,
        None => drop(socket.disconnect()),
    };
    io.ns("/", open.with(admit));
    Router::new().fallback_service(layer.layer(app))
}

/// An event of a client on its way to the task of its socket.
struct Incoming {
    name: String,
    payload: Value,
    ack: AckSender,
}
