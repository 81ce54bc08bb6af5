//! What the handlers of HTTP and sockets reach: the application and its running parts.

use axum::extract::FromRef;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::deliveries::Dispatcher;
use crate::inboxes::Supervisor;
use crate::intake::Intake;
use crate::realtime::Hub;
use crate::widget::Quotas;

/// State of the router; cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub app: App,
    pub intake: Intake,
    pub lines: Supervisor,
    pub hub: Hub,
    pub deliveries: Dispatcher,
    pub draining: Draining,
    /// How much visitors may do.
    pub quotas: Quotas,
}

/// Cancelled when the daemon begins to stop: no new sockets, those that are open are told.
#[derive(Debug, Clone, Default)]
pub struct Draining(pub CancellationToken);

impl Services {
    #[must_use]
    pub fn new(app: App, intake: Intake, lines: Supervisor, hub: Hub, deliveries: Dispatcher, draining: Draining) -> Self {
        Self { app, intake, lines, hub, deliveries, draining, quotas: Quotas::default() }
    }
}

macro_rules! parts {
    ($($part:ident: $kind:ty,)*) => { $(
        impl FromRef<Services> for $kind {
            fn from_ref(services: &Services) -> Self {
                services.$part.clone()
            }
        }
    )* };
}
parts! {
    app: App,
    intake: Intake,
    lines: Supervisor,
    hub: Hub,
    deliveries: Dispatcher,
    draining: Draining,
    quotas: Quotas,
}
