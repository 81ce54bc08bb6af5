//! Being there: the first socket of an operator sets them online, the last one's end sets them offline after a while.

use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::connect::person;
use crate::access::{self, Availability, Caller, Principal, Role};
use crate::http::ApiError;

/// A reload of the page or a short cut of the line is not a departure.
const GRACE: Duration = Duration::from_secs(15);

pub(super) async fn arrived(shared: &Shared, who: &Principal) {
    if shared.presence.count(&person(who)) > 1 {
        return;
    }
    set(shared, who, Availability::Online).await;
}

/// Called when a socket has ended and given its seat back. At the end of the daemon nobody has left: they come back.
pub(super) async fn left(shared: &Shared, who: &Principal, draining: &CancellationToken) {
    let nobody = || shared.presence.count(&person(who)) == 0;
    if !matches!(who, Principal::Operator(_)) || !nobody() {
        return;
    }
    tokio::select! {
        () = draining.cancelled() => return,
        () = sleep(GRACE) => {}
    }
    if nobody() {
        set(shared, who, Availability::Offline).await;
    }
}

/// The operator says that they are at work.
pub(super) async fn active(shared: &Shared, caller: &Caller) -> Result<(), ApiError> {
    Ok(access::note_activity(&shared.services.app, caller).await?)
}

async fn set(shared: &Shared, who: &Principal, availability: Availability) {
    let Principal::Operator(caller) = who else { return };
    if caller.role == Role::Auditor {
        return;
    }
    if let Err(error) = access::set_availability(&shared.services.app, caller, availability).await {
        tracing::warn!(error = %error, "an operator's availability could not be noted");
    }
}
