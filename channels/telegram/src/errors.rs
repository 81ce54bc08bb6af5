//! What the server's refusals mean. By code first, then by the text's beginning, which is no stable contract: what is not
//! known falls to the code's own class. Texts from `telegram-bot-api/Client.cpp`.

use std::fmt;
use std::time::Duration;

use trunkline_channel::SendError;
use trunkline_channel::http::CallError;

use crate::api::ApiError;

/// Where a slow-down names no time.
const UNNAMED_WAIT: Duration = Duration::from_secs(5);
/// Nobody is believed to ask for a longer pause.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);
/// Longest part of the server's text that is shown.
const MAX_SHOWN_CHARS: usize = 200;

/// A refusal as the server gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: u16,
    pub description: String,
    pub retry_after: Option<Duration>,
    pub migrate_to: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// As good as done.
    Success,
    Token,
    Permission,
    Rate,
    Recipient,
    Blocked,
    Content,
    Config,
    Migrate,
    Temporary,
}

/// The first line that fits decides.
const RULES: &[(u16, &str, Class)] = &[
    (400, "message is not modified", Class::Success),
    (400, "query is too old and response timeout expired or query id is invalid", Class::Success),
    (400, "chat not found", Class::Recipient),
    (400, "user not found", Class::Recipient),
    (400, "peer_id_invalid", Class::Recipient),
    (400, "group chat was upgraded to a supergroup chat", Class::Migrate),
    (400, "wrong file_id or the file is temporarily unavailable", Class::Temporary),
    (400, "not enough rights", Class::Permission),
    (400, "have no rights to send a message", Class::Permission),
    (400, "", Class::Content),
    (401, "", Class::Token),
    (403, "bot was blocked by the user", Class::Blocked),
    (403, "bot can't initiate conversation with a user", Class::Blocked),
    (403, "", Class::Recipient),
    (404, "", Class::Token),
    (409, "", Class::Config),
    (413, "", Class::Content),
    (429, "", Class::Rate),
];

impl Refusal {
    /// Of a page that some server before the API answered with.
    pub fn of_page(code: u16, retry_after: Option<Duration>) -> Self {
        Self { code, retry_after, ..Self::default() }
    }

    pub fn class(&self) -> Class {
        let text = self.text().to_lowercase();
        let rule = RULES.iter().find(|(code, beginning, _)| *code == self.code && text.starts_with(beginning));
        match rule {
            Some((_, _, class)) => *class,
            None if self.code >= 500 => Class::Temporary,
            None => Class::Content,
        }
    }

    /// Whether the text, after its label, begins so; upper and lower case do not matter.
    pub fn says(&self, beginning: &str) -> bool {
        self.text().to_lowercase().starts_with(&beginning.to_lowercase())
    }

    /// How long to be silent.
    pub fn wait(&self) -> Duration {
        self.retry_after.unwrap_or(UNNAMED_WAIT).min(LONGEST_WAIT)
    }

    /// The text without its label (`Bad Request: `, `Forbidden: `).
    fn text(&self) -> &str {
        let labels = ["Bad Request: ", "Forbidden: ", "Conflict: ", "Unauthorized: "];
        labels.iter().find_map(|label| self.description.strip_prefix(label)).unwrap_or(&self.description)
    }

    /// The provider's own code for the delivery's record.
    fn name(&self) -> String {
        let text: String = self.text().chars().take(MAX_SHOWN_CHARS).collect();
        if text.is_empty() { self.code.to_string() } else { format!("{}: {text}", self.code) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Telegram answered {}", self.name())
    }
}

impl From<ApiError> for SendError {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Call(error @ (CallError::NotSent(_) | CallError::Unknown(_))) => error.into(),
            ApiError::Garbled { status } => {
                Self::MaybeDelivered { evidence: format!("the answer to the send ({status}) was not Telegram's own") }
            }
            ApiError::Refused(refusal) => of_refusal(&refusal),
        }
    }
}

fn of_refusal(refusal: &Refusal) -> SendError {
    let code = refusal.name();
    match refusal.class() {
        Class::Rate => SendError::RateLimited { after: refusal.wait(), whole_inbox: false },
        // A gateway's word about a server that it lost: the message may have gone out.
        Class::Temporary if matches!(refusal.code, 502 | 504) => {
            SendError::MaybeDelivered { evidence: format!("a gateway lost Telegram's answer ({})", refusal.code) }
        }
        Class::Temporary => SendError::Retry { after: refusal.retry_after, reason: refusal.to_string() },
        Class::Token => SendError::BadCredentials {
            code,
            shown: "Telegram does not know this bot's token. Ask @BotFather for a new one and put it into the inbox.".to_owned(),
        },
        Class::Blocked => {
            SendError::PeerGone { code, shown: "The customer has blocked this bot, or never started it.".to_owned() }
        }
        Class::Recipient => SendError::PeerGone { code, shown: recipient(refusal) },
        Class::Permission => SendError::Rejected {
            code,
            shown: "The bot has no right to do this in the group. Ask its administrators.".to_owned(),
        },
        Class::Migrate => SendError::Retry { after: None, reason: "the group has got a new address".to_owned() },
        Class::Config => SendError::Retry { after: None, reason: refusal.to_string() },
        // A success is never handed here as a failure; it would be one to be seen.
        Class::Success | Class::Content => SendError::Rejected { code, shown: content(refusal) },
    }
}

fn recipient(refusal: &Refusal) -> String {
    let shown = if refusal.says("user is deactivated") {
        "The customer's Telegram account is gone."
    } else if refusal.says("bot was kicked") || refusal.says("bot is not a member") {
        "The bot is not in this group any more."
    } else if refusal.says("the group chat was deleted") {
        "The group was deleted."
    } else if refusal.says("bot can't send messages to bots") {
        "Bots cannot write to each other."
    } else {
        "Telegram does not find this chat for the bot. The customer has to write first."
    };
    shown.to_owned()
}

fn content(refusal: &Refusal) -> String {
    let known = [
        ("message is too long", "The text is too long."),
        ("message caption is too long", "The text beside the file is too long."),
        ("message text is empty", "There is nothing to send."),
        ("file is too big", "The file is too large for Telegram."),
        ("message to edit not found", "The message is not there any more."),
        ("message can't be edited", "Telegram does not let this message be changed any more."),
        ("message to delete not found", "The message is not there any more."),
        ("message can't be deleted", "Telegram deletes messages within 48 hours only."),
        ("message to react not found", "The message is not there any more."),
        ("reaction_invalid", "Telegram does not know this reaction."),
        ("photo_invalid_dimensions", "The picture is too wide or too high; send it as a file."),
        ("message thread not found", "This topic of the group is gone."),
        ("topic_closed", "This topic of the group is closed."),
        ("button_url_invalid", "Telegram does not take the address of a button."),
    ];
    let shown = known.iter().find(|(beginning, _)| refusal.says(beginning)).map(|(_, shown)| (*shown).to_owned());
    match shown {
        Some(shown) => shown,
        None if refusal.code == 413 => "The file is too large for Telegram.".to_owned(),
        None => format!("Telegram does not take this message ({}).", refusal.name()),
    }
}
