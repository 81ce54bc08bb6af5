//! What the handlers of HTTP and sockets reach: the application and its running parts.

use axum::extract::FromRef;

use crate::app::App;
use crate::deliveries::Dispatcher;
use crate::inboxes::Supervisor;
use crate::intake::Intake;
use crate::realtime::Hub;

/// State of the router; cheap to clone.
#[derive(Clone)]
pub struct Services {
    pub app: App,
    pub intake: Intake,
    pub lines: Supervisor,
    pub hub: Hub,
    pub deliveries: Dispatcher,
}

impl Services {
    #[must_use]
    pub fn new(app: App, intake: Intake, lines: Supervisor, hub: Hub, deliveries: Dispatcher) -> Self {
        Self { app, intake, lines, hub, deliveries }
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
}
