//! What the tests stand on: a store of either kind, an application on it, a PostgreSQL that lives only for the tests.
//!
//! A test is `async fn name(store: Store)`; `each_store!(name)` makes `name::sqlite` and `name::postgres` of it.
#![allow(dead_code, reason = "a tool box: not every test file uses every tool")]

mod daemon;
pub mod edge;
pub mod guests;
pub mod lines;
pub mod people;
mod postgres;
pub mod session;
mod store;
pub mod talk;

pub use daemon::{TestDaemon, trunkline};
pub use session::Session;
pub use store::{Store, TestApp};

/// Runs each of the named `async fn(Store)` once on SQLite and once on PostgreSQL.
macro_rules! each_store {
    ($($name:ident),* $(,)?) => { $(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name($crate::support::Store::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name($crate::support::Store::postgres().await).await;
            }
        }
    )* };
}
pub(crate) use each_store;

/// Memory a process holds now.
pub fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

/// Asks until the answer is there; fails the test when it does not come within ten seconds.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    within(std::time::Duration::from_secs(10), what, ask).await
}

/// The same with a bound of its own, for what takes long by design.
pub async fn within<T, F: Future<Output = Option<T>>>(bound: std::time::Duration, what: &str, mut ask: impl FnMut() -> F) -> T {
    let asking = async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(bound, asking).await.unwrap_or_else(|_| panic!("{what}: not within {bound:?}"))
}

/// A port of this machine that nobody listens on, and that is given to nobody meanwhile: below those which the system
/// gives to whoever asks for any.
#[must_use]
pub fn free_port() -> u16 {
    let some = || u16::try_from(10_000 + uuid::Uuid::now_v7().as_u128() % 20_000).unwrap();
    let free = |port: &u16| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(some).find(free).unwrap()
}
