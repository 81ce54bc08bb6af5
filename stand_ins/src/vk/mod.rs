//! The VK API: a community with its conversations, Bots Long Poll, a sender of callbacks, upload servers and the customers'
//! phones.
//!
//! Beside the provider's addresses it serves the phones ([`crate::phone`]), faults ([`crate::faults`]) and what
//! [`control`] lists. Files are given out and uploads taken by a second server, as at VK.

mod amend;
mod answers;
mod call;
mod callback;
mod control;
mod dispatch;
mod history;
mod keyboard;
mod long_poll;
mod media;
mod people;
mod phone;
mod reactions;
mod refusal;
mod said;
mod send;
mod settings;
mod spec;
mod state;
#[cfg(test)]
mod tests;
mod upload;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;
use tokio::sync::Notify;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::faults::{Faults, Served, serve};
use crate::phone::Phone;

pub use call::Call;
pub use refusal::Refusal;
pub use state::Permission;

use state::State;

/// The community's access key.
pub const TOKEN: &str = "vk1.a.stand-in_stand-in_stand-in_stand-in";
pub const GROUP_ID: i64 = 123_456;
/// What [`VkStandIn::hook`] puts into callbacks.
pub const SECRET: &str = "standInSecret0123456789";
/// What a callback server must answer to be confirmed.
pub const CONFIRMATION: &str = "1a2b3c4d";
/// The version of the API that this is.
pub const LATEST: &str = "5.199";

/// A community's server on a port of its own; it ends when this is dropped. Reads like [`Community`].
pub struct VkStandIn {
    served: Served,
    _files: Served,
    community: Arc<Community>,
    _stop: DropGuard,
}

/// The community and everything VK knows about it.
pub struct Community {
    state: Mutex<State>,
    /// Something happened that polls or the sender of callbacks wait for.
    news: Notify,
    client: reqwest::Client,
    /// Of the API and of the files.
    urls: OnceLock<(String, String)>,
}

impl VkStandIn {
    /// # Errors
    /// When the port, or one for the files, cannot be had.
    pub async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(callback::TIMEOUT).build()?;
        let (state, news, urls) = (Mutex::new(State::new()), Notify::new(), OnceLock::new());
        let community = Arc::new(Community { state, news, client, urls });
        let served = serve(address, dispatch::routes(&community), Faults::default()).await?;
        let files = serve(SocketAddr::new(address.ip(), 0), media::routes(&community), served.faults.clone()).await?;
        // Nobody set them before: they are known only now.
        let _ = community.urls.set((served.url.clone(), files.url.clone()));
        let stop = CancellationToken::new();
        tokio::spawn(callback::deliver(community.clone(), stop.clone()));
        Ok(Self { served, _files: files, community, _stop: stop.drop_guard() })
    }

    /// The customers' side, to be held on its own.
    #[must_use]
    pub fn phone(&self) -> Arc<dyn Phone> {
        self.community.clone()
    }

    /// What both servers may be made to do wrong.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.served.faults
    }

    /// To be held on its own, for a closure.
    #[must_use]
    pub fn community(&self) -> Arc<Community> {
        self.community.clone()
    }
}

impl Deref for VkStandIn {
    type Target = Community;

    fn deref(&self) -> &Community {
        &self.community
    }
}

impl Community {
    /// Of the API and of Long Poll; without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        self.urls.get().map(|(api, _)| api.as_str()).unwrap_or_default()
    }

    /// Of files and uploads; without a slash at the end.
    #[must_use]
    pub fn media_url(&self) -> &str {
        self.urls.get().map(|(_, files)| files.as_str()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what VK knows and wakes those who wait for events.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.news.notify_waiters();
        done
    }

    /// An event of our choice for everybody who wants this kind; the body as it goes out, without the secret.
    pub fn push(&self, kind: &str, object: Value) -> Value {
        self.change(|state| state.push(kind, object))
    }

    /// The same event once more, or any other body.
    pub fn push_raw(&self, body: &Value) {
        self.change(|state| state.push_raw(body));
    }
}
