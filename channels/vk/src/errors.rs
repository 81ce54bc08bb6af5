//! What VK's refusals mean. VK answers them with HTTP 200, so the code inside decides alone.

use std::fmt;
use std::time::Duration;

use trunkline_channel::SendError;
use trunkline_channel::http::CallError;

use crate::api::ApiError;

/// After "too many requests per second".
const SECOND: Duration = Duration::from_secs(1);
/// After "flood": the documentation says minutes.
const FLOOD: Duration = Duration::from_secs(5 * 60);
/// After a quota of a method is used up: hours.
const QUOTA: Duration = Duration::from_secs(3_600);
/// Longest part of VK's text that is shown.
const MAX_SHOWN_CHARS: usize = 200;

const TOO_MANY: i64 = 6;
const FLOODED: i64 = 9;
const QUOTA_USED: i64 = 29;

/// A refusal as VK gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub code: i64,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Token,
    Permission,
    Rate,
    /// VK asks for a captcha, a confirmation or a switched-on app.
    Policy,
    Recipient,
    Blocked,
    Content,
    Temporary,
}

impl Refusal {
    /// Codes that are not known say something about the message rather than about the line.
    pub fn class(&self) -> Class {
        match self.code {
            5 | 27 | 28 | 1116 | 1117 | 3609 => Class::Token,
            7 | 15 | 20 | 21 | 23 | 203 | 912 | 925 => Class::Permission,
            TOO_MANY | FLOODED | QUOTA_USED => Class::Rate,
            2 | 14 | 17 | 24 | 25 => Class::Policy,
            18 | 37 | 113 | 917 | 922 | 927 | 932 | 935 | 936 | 945 | 946 | 950 | 962 | 985 | 987 | 988 | 1012 => {
                Class::Recipient
            }
            900..=902 => Class::Blocked,
            1 | 10 | 13 | 36 => Class::Temporary,
            _ => Class::Content,
        }
    }

    /// How long to be silent after a slow-down.
    pub fn wait(&self) -> Duration {
        match self.code {
            FLOODED => FLOOD,
            QUOTA_USED => QUOTA,
            _ => SECOND,
        }
    }

    /// 100 names a wrong parameter, of which the forwarded message is the one that grows wrong by itself.
    pub fn says_that_it_cannot_be_forwarded(&self) -> bool {
        matches!(self.code, 100 | 913 | 921)
    }

    /// The provider's own code for the delivery's record.
    fn name(&self) -> String {
        let text: String = self.text.chars().take(MAX_SHOWN_CHARS).collect();
        if text.is_empty() { self.code.to_string() } else { format!("{}: {text}", self.code) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VK answered {}", self.name())
    }
}

impl From<ApiError> for SendError {
    /// For sends: they carry a number by which VK knows a repeated one, so that even a lost answer is only a reason to repeat.
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Call(error @ (CallError::NotSent(_) | CallError::Unknown(_))) => error.into(),
            ApiError::Unavailable { status: 429, retry_after } => {
                Self::RateLimited { after: retry_after.unwrap_or(SECOND), whole_inbox: true }
            }
            ApiError::Unavailable { status, retry_after } => {
                Self::Retry { after: retry_after, reason: format!("VK is not available ({status})") }
            }
            ApiError::Garbled { status } => {
                Self::MaybeDelivered { evidence: format!("the answer to the send ({status}) was not VK's own") }
            }
            ApiError::Refused(refusal) => of_refusal(&refusal),
        }
    }
}

fn of_refusal(refusal: &Refusal) -> SendError {
    let code = refusal.name();
    match refusal.class() {
        // Floods are counted per person, the others per community.
        Class::Rate => SendError::RateLimited { after: refusal.wait(), whole_inbox: refusal.code != FLOODED },
        Class::Temporary => SendError::Retry { after: None, reason: refusal.to_string() },
        Class::Token => SendError::BadCredentials { code, shown: TOKEN_DEAD.to_owned() },
        Class::Policy => SendError::BadCredentials { code, shown: policy(refusal.code).to_owned() },
        Class::Permission => SendError::Rejected { code, shown: permission(refusal.code).to_owned() },
        Class::Blocked => SendError::PeerGone { code, shown: blocked(refusal.code).to_owned() },
        Class::Recipient => SendError::PeerGone { code, shown: recipient(refusal.code).to_owned() },
        Class::Content => SendError::Rejected { shown: content(refusal), code },
    }
}

pub(crate) const TOKEN_DEAD: &str = "VK does not take this community's access key any more. Make a new one in its settings (API usage) and put it into the inbox.";

fn policy(code: i64) -> &'static str {
    match code {
        14 => "VK asks for a captcha: it thinks that this community sends too much alike. Open VK as an administrator and wait.",
        17 | 24 | 25 => "VK wants an administrator to confirm this access key. Open VK and confirm, or make a new key.",
        _ => "VK has switched off the app behind this access key. Make a new key in the community's settings.",
    }
}

fn permission(code: i64) -> &'static str {
    match code {
        912 => "The community's bot features are off: switch them on in its settings (Messages, Bot settings).",
        925 => "The community is no administrator of this chat.",
        203 => "The access key belongs to another community.",
        _ => "The access key lacks a right. Make one with messages, photos, documents and management.",
    }
}

fn blocked(code: i64) -> &'static str {
    match code {
        900 => "This person is on the community's black list. Take them off it to write.",
        901 => "The customer has not allowed this community to write, or has taken it back. They have to write first.",
        _ => "The customer's privacy settings do not let this community write.",
    }
}

fn recipient(code: i64) -> &'static str {
    match code {
        18 => "The customer's page is deleted or banned.",
        113 => "VK does not know this person.",
        917 | 927 => "The community is not in this chat any more.",
        _ => "VK does not let this community write here any more.",
    }
}

fn content(refusal: &Refusal) -> String {
    let shown = match refusal.code {
        909 => "VK lets messages be changed for 24 hours only.",
        914 => "The text is too long for VK.",
        910 => "VK cannot send this message.",
        911 => "VK does not take these buttons.",
        913 => "VK forwards no more messages than this.",
        920 => "VK does not let this message be changed.",
        921 => "VK cannot forward this message.",
        924 => "VK deletes messages for everybody within 24 hours only.",
        940 => "The community has written too much at once.",
        943 | 944 => "VK does not take this kind of message here.",
        103 => "A limit of VK's is reached.",
        129 => "VK does not take this picture.",
        _ => return format!("VK does not take this message ({}).", refusal.name()),
    };
    shown.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::Value;
    use trunkline_channel::SendError;

    use super::{Class, Refusal};
    use crate::api::ApiError;

    const CLASSES: &str = include_str!("../tests/error_classes.json");

    #[test]
    fn every_code_of_the_table_has_its_class_and_its_consequence() {
        let table: Value = serde_json::from_str(CLASSES).unwrap();
        let names = HashMap::from([
            ("token", Class::Token),
            ("permission", Class::Permission),
            ("rate", Class::Rate),
            ("policy", Class::Policy),
            ("recipient", Class::Recipient),
            ("blocked", Class::Blocked),
            ("content", Class::Content),
            ("temporary", Class::Temporary),
        ]);
        let entries = table["errors"].as_array().unwrap();
        assert!(entries.len() > 60);
        for entry in entries {
            let code = entry["code"].as_i64().unwrap();
            let class = names[entry["class"].as_str().unwrap()];
            let refusal = Refusal { code, text: entry["text"].as_str().unwrap().to_owned() };
            assert_eq!(refusal.class(), class, "{code}");
            let error: SendError = ApiError::Refused(refusal).into();
            let fits = match class {
                Class::Token | Class::Policy => matches!(error, SendError::BadCredentials { .. }),
                Class::Permission | Class::Content => matches!(error, SendError::Rejected { .. }),
                Class::Recipient | Class::Blocked => matches!(error, SendError::PeerGone { .. }),
                Class::Rate => matches!(error, SendError::RateLimited { .. }),
                Class::Temporary => matches!(error, SendError::Retry { .. }),
            };
            assert!(fits, "{code}: {error:?}");
        }
    }

    #[test]
    fn slow_downs_last_as_long_as_the_table_says() {
        let waits: Vec<u64> = [6, 9, 29].map(|code| Refusal { code, text: String::new() }.wait().as_secs()).to_vec();
        assert_eq!(waits, [1, 300, 3_600]);
        assert_eq!(Refusal { code: 424_242, text: String::new() }.class(), Class::Content);
    }
}
