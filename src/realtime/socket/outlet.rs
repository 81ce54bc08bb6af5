//! The way to one client: frames in order, patience with a slow reader, and an end to patience.

use std::time::Duration;

use serde_json::{Value, json};
use socketioxide::extract::{AckSender, SocketRef};
use socketioxide::{SendError, SocketError};
use tokio::time::{Instant, sleep};

use crate::http::ApiError;

/// How long a full buffer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// A socket that cannot even be told goodbye is cut by its missing heartbeat, by then at the latest.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// The socket is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gone {
    Closed,
    /// It did not read what was sent to it. It comes back and goes on where it was.
    SlowReader,
}

/// Sends one frame, waiting for room.
pub(super) async fn emit(socket: &SocketRef, name: &str, body: &Value) -> Result<(), Gone> {
    let until = Instant::now() + PATIENCE;
    loop {
        match socket.emit(name, body) {
            Ok(()) => return Ok(()),
            Err(SendError::Socket(SocketError::InternalChannelFull)) if Instant::now() < until => sleep(LOOK_AGAIN).await,
            Err(SendError::Socket(SocketError::InternalChannelFull)) => return Err(Gone::SlowReader),
            Err(SendError::Socket(SocketError::Closed)) => return Err(Gone::Closed),
            Err(SendError::Serialize(error)) => {
                tracing::error!(event = name, error = %error, "an event could not be written");
                return Ok(());
            }
        }
    }
}

/// Closes the socket with a reason, as far as the client can be told.
pub(super) async fn close(socket: SocketRef, reason: &str) {
    let until = Instant::now() + LAST_WORDS;
    let mut told = false;
    while socket.connected() && Instant::now() < until {
        told = told || socket.emit("server:closing", &json!({ "reason": reason })).is_ok();
        if told && socket.clone().disconnect().is_ok() {
            return;
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Answers an event. Without an ack asked for, nothing is sent.
pub(super) fn answer(ack: AckSender, answer: Result<Value, ApiError>) {
    match answer {
        Ok(mut body) => {
            if let Value::Object(body) = &mut body {
                body.insert("ok".into(), Value::Bool(true));
            }
            // A client whose buffer is full asks again under the same id.
            let _ = ack.send(&body);
        }
        Err(error) => refuse(ack, &error),
    }
}

pub(super) fn refuse(ack: AckSender, error: &ApiError) {
    let _ = ack.send(&json!({ "ok": false, "problem": error.problem() }));
}
