//! What happens to the business's account at a messenger, without its doing.

use std::time::Duration;

use crate::graph::messenger::Messenger;
use crate::graph::whatsapp::WhatsApp;
use crate::telegram::TelegramStandIn;
use crate::vk::VkStandIn;

/// Of "the token has expired".
const EXPIRED: i64 = 463;

pub(super) trait Account: Send + Sync {
    fn end_token(&self);
    fn set_token(&self, token: &str);
    fn advance(&self, by: Duration);
}

impl Account for TelegramStandIn {
    fn end_token(&self) {
        self.set_revoked(true);
    }

    fn set_token(&self, token: &str) {
        (**self).set_token(token);
    }

    fn advance(&self, by: Duration) {
        (**self).advance(by);
    }
}

impl Account for VkStandIn {
    fn end_token(&self) {
        self.set_revoked(true);
    }

    fn set_token(&self, token: &str) {
        (**self).set_token(token);
    }

    fn advance(&self, by: Duration) {
        (**self).advance(by);
    }
}

impl Account for WhatsApp {
    fn end_token(&self) {
        self.app().set_token_dead(Some(EXPIRED));
    }

    fn set_token(&self, token: &str) {
        self.app().set_token(token);
    }

    fn advance(&self, by: Duration) {
        self.app().advance(by);
    }
}

impl Account for Messenger {
    fn end_token(&self) {
        self.app().set_token_dead(Some(EXPIRED));
    }

    fn set_token(&self, token: &str) {
        self.app().set_token(token);
    }

    fn advance(&self, by: Duration) {
        self.app().advance(by);
    }
}
