//! The daemon's tasks: who they are, when they stop, and what it means when one of them ends.

use std::collections::HashMap;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// Tasks that stop together, and the token that tells them to.
#[derive(Debug, Default)]
pub struct Stage {
    pub stop: CancellationToken,
    pub tasks: Tasks,
}

/// The stages, in the order in which they stop; each only after the one before has stopped.
#[derive(Debug, Default)]
pub struct Lifecycle {
    /// What brings work in and carries it out: HTTP, connectors, dispatcher. Its token also says "not ready" and makes
    /// realtime tell its sockets.
    pub front: Stage,
    /// What stores: no new work can come now.
    pub store: Stage,
    /// What reads the log and tells about it: nothing can change now.
    pub readers: Stage,
}

impl Lifecycle {
    /// Waits until an essential task has ended, which it should not, and returns its name.
    pub async fn essential_ended(&mut self) -> &'static str {
        tokio::select! {
            name = self.front.tasks.essential_ended() => name,
            name = self.store.tasks.essential_ended() => name,
            name = self.readers.tasks.essential_ended() => name,
        }
    }

    /// Stops stage after stage, all within `drain`. Returns whether everything ended in time and without a panic.
    pub async fn drain(&mut self, drain: Duration) -> bool {
        tracing::info!(seconds = drain.as_secs(), "draining");
        let start = Instant::now();
        let mut clean = true;
        for (stage, share) in [(&mut self.front, 0.85), (&mut self.store, 0.95), (&mut self.readers, 1.0)] {
            stage.stop.cancel();
            clean &= stage.tasks.finish(start + drain.mul_f32(share)).await;
        }
        clean
    }
}

/// What the end of a task means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Without it the daemon would only pretend to work: it ends too.
    Essential,
    /// The daemon goes on without it.
    Optional,
}

/// Running tasks with their names.
#[derive(Debug, Default)]
pub struct Tasks {
    running: JoinSet<()>,
    names: HashMap<Id, (&'static str, Weight)>,
}

impl Tasks {
    pub fn spawn(&mut self, name: &'static str, weight: Weight, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.running.spawn(task);
        self.names.insert(handle.id(), (name, weight));
    }

    /// Takes over tasks that were started elsewhere; a panic in one of them is one of this task.
    pub fn adopt(&mut self, name: &'static str, weight: Weight, mut tasks: JoinSet<()>) {
        self.spawn(name, weight, async move {
            while let Some(ended) = tasks.join_next().await {
                resume_panic(ended);
            }
        });
    }

    pub fn adopt_one(&mut self, name: &'static str, weight: Weight, task: JoinHandle<()>) {
        self.spawn(name, weight, async move { resume_panic(task.await) });
    }

    /// Waits until an essential task has ended, which it should not, and returns its name.
    pub async fn essential_ended(&mut self) -> &'static str {
        loop {
            match self.next().await {
                Some((name, Weight::Essential, _)) => return name,
                Some((_, Weight::Optional, _)) => {}
                None => std::future::pending().await,
            }
        }
    }

    /// Waits for all tasks until the deadline. Returns whether all ended, none of them by a panic.
    pub async fn finish(&mut self, deadline: Instant) -> bool {
        let mut clean = true;
        loop {
            match timeout_at(deadline, self.next()).await {
                Ok(Some((_, _, panicked))) => clean &= !panicked,
                Ok(None) => return clean,
                Err(_) => {
                    let names: Vec<_> = self.names.values().map(|(name, _)| *name).collect();
                    tracing::error!(tasks = names.join(", "), "tasks did not stop in time");
                    self.running.shutdown().await;
                    return false;
                }
            }
        }
    }

    async fn next(&mut self) -> Option<(&'static str, Weight, bool)> {
        let (id, panicked) = match self.running.join_next_with_id().await? {
            Ok((id, ())) => (id, false),
            Err(error) => (error.id(), error.is_panic()),
        };
        let (name, weight) = self.names.remove(&id).unwrap_or(("unnamed", Weight::Optional));
        match panicked {
            true => tracing::error!(task = name, "task panicked"),
            false => tracing::debug!(task = name, "task ended"),
        }
        Some((name, weight, panicked))
    }
}

fn resume_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Some(panic) = ended.err().and_then(|error| error.try_into_panic().ok()) {
        std::panic::resume_unwind(panic);
    }
}

/// SIGTERM and SIGINT. Made before anything else is started, because a signal that nobody watches kills the process.
pub struct Signals {
    term: Signal,
    int: Signal,
}

impl Signals {
    pub fn watch() -> std::io::Result<Self> {
        Ok(Self { term: signal(SignalKind::terminate())?, int: signal(SignalKind::interrupt())? })
    }

    /// Returns at the first signal. The second one ends the process at once.
    pub async fn asked_to_stop(mut self) {
        self.next().await;
        tokio::spawn(async move {
            self.next().await;
            tracing::warn!("asked to stop a second time: ending at once");
            std::process::exit(EXIT_AT_ONCE);
        });
    }

    async fn next(&mut self) {
        tokio::select! { _ = self.term.recv() => {}, _ = self.int.recv() => {} }
    }
}

/// As shells report a process ended by SIGINT.
const EXIT_AT_ONCE: i32 = 130;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::task::JoinSet;
    use tokio::time::Instant;

    use super::{Tasks, Weight};

    #[tokio::test]
    async fn a_panic_in_an_adopted_essential_task_is_told_by_its_name_and_an_optional_one_is_not() {
        let mut tasks = Tasks::default();
        tasks.spawn("extra", Weight::Optional, async { panic!("on purpose") });
        let mut set = JoinSet::new();
        set.spawn(async { panic!("on purpose") });
        set.spawn(std::future::pending());
        tasks.adopt("writers", Weight::Essential, set);
        assert_eq!(tasks.essential_ended().await, "writers");
    }

    #[tokio::test]
    async fn tasks_that_do_not_stop_are_cut_at_the_deadline() {
        let mut tasks = Tasks::default();
        tasks.spawn("quick", Weight::Essential, async {});
        assert!(tasks.finish(Instant::now() + Duration::from_secs(5)).await);
        tasks.spawn("stuck", Weight::Essential, std::future::pending());
        assert!(!tasks.finish(Instant::now() + Duration::from_millis(20)).await);
    }
}
