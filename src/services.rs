//! Everything that handlers reach, started in the order in which the parts need each other.

use std::sync::Arc;

use axum::extract::FromRef;
use thiserror::Error;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::chores;
use crate::contacts::Asking;
use crate::db::DbError;
use crate::deliveries::Dispatcher;
use crate::inboxes::{self, FileError, Supervisor};
use crate::intake::Intake;
use crate::lifecycle::{Lifecycle, Weight};
use crate::push::Push;
use crate::realtime::Hub;
use crate::uploads::{self, Fetching};
use crate::widget::Quotas;

/// Axum's state; cheap to clone. Handlers take the part they need: `State<App>`, `State<Hub>`, ….
#[derive(Clone, FromRef)]
pub struct Services {
    pub app: App,
    pub intake: Intake,
    pub lines: Supervisor,
    pub hub: Hub,
    pub deliveries: Dispatcher,
    pub push: Push,
    pub draining: Draining,
    /// How much visitors may do.
    pub quotas: Quotas,
}

/// Cancelled when the daemon begins to stop: no new sockets, those that are open are told.
#[derive(Debug, Clone, Default)]
pub struct Draining(pub CancellationToken);

#[derive(Debug, Error)]
pub enum StartError {
    #[error(transparent)]
    Inboxes(#[from] FileError),
    #[error("cannot read the store")]
    Store(#[from] DbError),
}

/// Starts intake, connectors, dispatcher, fetching and hub, each in the stage in which it has to stop.
pub async fn start(app: App, lifecycle: &mut Lifecycle) -> Result<Services, StartError> {
    inboxes::take_from_file(&app).await?;
    let (lines, looks) = Supervisor::new(app.clone());

    let (hub, following) = Hub::start(&app, lifecycle.readers.stop.clone()).await?;
    lifecycle.readers.tasks.adopt_one("realtime", Weight::Essential, following);

    let store = &mut lifecycle.store;
    let (intake, writers) = Intake::start(app.clone(), Arc::new(lines.clone()), hub.clone(), store.stop.clone());
    store.tasks.adopt("intake", Weight::Essential, writers);

    let front = &mut lifecycle.front;
    let (deliveries, sending) = Dispatcher::start(app.clone(), Arc::new(lines.clone()), front.stop.clone());
    front.tasks.adopt("deliveries", Weight::Essential, sending);
    front.tasks.adopt("connectors", Weight::Essential, lines.start(intake.clone(), looks, front.stop.clone()));
    let fetching = Fetching { app: app.clone(), lines: Arc::new(lines.clone()) };
    front.tasks.spawn("fetches", Weight::Essential, chores::run(fetching, front.stop.clone()));
    let asking = Asking { app: app.clone(), lines: Arc::new(lines.clone()) };
    front.tasks.spawn("profiles", Weight::Essential, chores::run(asking, front.stop.clone()));
    front.tasks.spawn("uploads", Weight::Optional, uploads::run_tidying(app.clone(), front.stop.clone()));
    let (push, notifying) = Push::start(app.clone(), front.stop.clone()).await?;
    front.tasks.adopt("notifications", Weight::Essential, notifying);
    lines.look().await;

    let draining = Draining(front.stop.clone());
    Ok(Services { app, intake, lines, hub, deliveries, push, draining, quotas: Quotas::default() })
}
