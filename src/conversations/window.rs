//! Until when an answer may be written, and the refusal of one that comes too late.

use trunkline_channel::{Capabilities, Kind, Micros, Window};

use super::store::Facts;
use super::views::ReplyWindow;
use super::{ConversationView, Error};
use crate::app::App;
use crate::deliveries::closes_at;

/// The view with its window, where the channel has one.
#[must_use]
pub fn shown(app: &App, mut view: ConversationView) -> ConversationView {
    let capabilities = app.abilities.of(&view.inbox_id);
    let window = capabilities.and_then(|capabilities| capabilities.window);
    view.reply_window = window.map(|window| reply_window(&window, view.last_inbound_at, view.created_at));
    view
}

/// Refuses what the provider would not take any more, instead of letting it fail later.
pub fn check(capabilities: Option<&Capabilities>, facts: &Facts, kind: Kind, now: Micros) -> Result<(), Error> {
    let Some(window) = capabilities.and_then(|capabilities| capabilities.window).filter(|_| kind != Kind::Template) else {
        return Ok(());
    };
    let since = closes_at(&window, facts.last_inbound_at, false);
    if now < since { Ok(()) } else { Err(Error::WindowClosed { way_out: window.way_out, since }) }
}

/// To a customer who has never written the window was never open.
fn reply_window(window: &Window, last_inbound_at: Option<Micros>, began: Micros) -> ReplyWindow {
    let free_until = last_inbound_at.map_or(began, |_| closes_at(window, last_inbound_at, true));
    let human_until = window.human.and(last_inbound_at).map(|_| closes_at(window, last_inbound_at, false));
    ReplyWindow { free_until, human_until, way_out: window.way_out.to_owned() }
}
