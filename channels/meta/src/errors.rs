//! What the API's refusals mean. The code decides, and the subcode where a rule names one; what a product's own rules do not
//! know, the rules of the whole Graph do, and then the HTTP status.

use std::fmt;
use std::time::Duration;

use trunkline_channel::SendError;
use trunkline_channel::http::CallError;

/// Where a slow-down names no time.
const UNNAMED_WAIT: Duration = Duration::from_secs(30);
/// … and concerns one customer only.
const UNNAMED_PAIR_WAIT: Duration = Duration::from_secs(6);
/// Longest part of Meta's own words that is shown.
const MAX_SHOWN_CHARS: usize = 300;

/// Why a call did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphError {
    Call(CallError),
    /// The API, or a server before it, said no.
    Refused(Box<Refusal>),
    /// An answer that is not the API's own: a proxy's page, half a body.
    Garbled {
        status: u16,
    },
}

/// A refusal as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// Of the HTTP answer; 0 where the refusal came in an event.
    pub status: u16,
    /// `None` on a page that is not the API's.
    pub code: Option<i64>,
    pub subcode: Option<i64>,
    pub message: String,
    /// What exactly was wrong, where it is told; may hold content.
    pub details: Option<String>,
    /// `fbtrace_id`: what Meta's support asks for.
    pub trace: Option<String>,
    pub retry_after: Option<Duration>,
    /// Meta itself says that it will pass.
    pub transient: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Token,
    Permission,
    /// Meta has restricted the account: rules or payment.
    Policy,
    /// The number or page is too fast.
    Rate,
    /// … towards one customer.
    PairRate,
    Window,
    Recipient,
    /// The customer wants no messages.
    Blocked,
    Content,
    /// Set up wrongly at Meta.
    Config,
    Temporary,
}

/// The meaning of a code, or of all codes from one to another.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    first: i64,
    last: i64,
    subcode: Option<i64>,
    pub class: Class,
    /// For the operator: what it means and what helps.
    pub shown: &'static str,
}

impl Rule {
    #[must_use]
    pub const fn new(code: i64, class: Class, shown: &'static str) -> Self {
        Self { first: code, last: code, subcode: None, class, shown }
    }

    #[must_use]
    pub const fn range(first: i64, last: i64, class: Class, shown: &'static str) -> Self {
        Self { first, last, subcode: None, class, shown }
    }

    /// Only with this subcode; to be listed before the code alone.
    #[must_use]
    pub const fn with(self, subcode: i64) -> Self {
        Self { subcode: Some(subcode), ..self }
    }

    fn fits(&self, refusal: &Refusal) -> bool {
        refusal.code.is_some_and(|code| (self.first..=self.last).contains(&code))
            && (self.subcode.is_none() || self.subcode == refusal.subcode)
    }
}

const NEW_TOKEN: &str = "Meta refuses the access token. Make a new one in the business settings and put it into the inbox.";

const UNSEEN: &str = "Meta does not know what this is about, or the token may not see it. Check the IDs, and what the token's owner \
                      is assigned to.";

/// Codes that mean the same everywhere in the Graph (developers.facebook.com/docs/graph-api/guides/error-handling).
const EVERYWHERE: &[Rule] = &[
    Rule::new(190, Class::Token, "The access token ended when its owner's password changed. Put a new one into the inbox.")
        .with(460),
    Rule::new(
        190,
        Class::Token,
        "The access token has expired. Put a new one into the inbox; one of a system user does not expire.",
    )
    .with(463),
    Rule::new(190, Class::Token, NEW_TOKEN),
    Rule::new(102, Class::Token, NEW_TOKEN),
    Rule::new(3, Class::Permission, "The app may not do this at Meta. Check its permissions and the token's."),
    Rule::new(10, Class::Permission, "The app lacks a permission at Meta, or it was removed. Check the app and the token."),
    Rule::range(
        200,
        299,
        Class::Permission,
        "The app lacks a permission at Meta, or it was removed. Check the app and the token.",
    ),
    Rule::new(4, Class::Rate, "The app has reached Meta's limit of calls."),
    Rule::new(17, Class::Rate, "The account has reached Meta's limit of calls."),
    Rule::new(32, Class::Rate, "The page has reached Meta's limit of calls."),
    Rule::new(341, Class::Rate, "The app has reached a limit at Meta."),
    Rule::new(613, Class::Rate, "Meta's limit of calls is reached."),
    Rule::range(80_000, 80_014, Class::Rate, "The account has reached Meta's limit of calls."),
    Rule::new(368, Class::Policy, "Meta has restricted the account for its rules. See the account's quality page at Meta."),
    Rule::new(100, Class::Content, UNSEEN).with(33),
    Rule::new(100, Class::Content, "Meta did not understand a value of the message."),
    Rule::new(33, Class::Content, UNSEEN),
    Rule::new(1, Class::Temporary, "Meta is in trouble."),
    Rule::new(2, Class::Temporary, "Meta is in trouble."),
    Rule::new(99, Class::Temporary, "Meta is in trouble."),
];

impl Refusal {
    /// The rule that decides, out of the product's own and then everybody's.
    #[must_use]
    pub fn rule<'r>(&self, rules: &'r [Rule]) -> Option<&'r Rule> {
        rules.iter().chain(EVERYWHERE).find(|rule| rule.fits(self))
    }

    #[must_use]
    pub fn class(&self, rules: &[Rule]) -> Class {
        match (self.rule(rules), self.status) {
            (Some(rule), _) => rule.class,
            (None, _) if self.transient => Class::Temporary,
            (None, 401) => Class::Token,
            (None, 403) if self.code.is_some() => Class::Permission,
            (None, 429) => Class::Rate,
            (None, 500..) => Class::Temporary,
            (None, _) => Class::Content,
        }
    }

    /// For the delivery's record: `131047`, `100/2018001`, `http 413`.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.code, self.subcode) {
            (Some(code), Some(subcode)) => format!("{code}/{subcode}"),
            (Some(code), None) => code.to_string(),
            (None, _) => format!("http {}", self.status),
        }
    }

    /// What it means in plain words, with Meta's own where they tell more.
    #[must_use]
    pub fn shown(&self, rules: &[Rule]) -> String {
        let rule = self.rule(rules);
        let own = self.details.as_deref().filter(|details| !details.trim().is_empty());
        // Of what everybody knows the meaning, Meta's words add nothing.
        let own = if rule.is_none_or(|rule| rule.class == Class::Content) {
            own.or(Some(self.message.as_str()).filter(|message| !message.trim().is_empty()))
        } else {
            None
        };
        let meaning = rule.map_or("Meta refused the message.", |rule| rule.shown);
        match own {
            Some(own) => format!("{meaning} Meta says: {}", own.chars().take(MAX_SHOWN_CHARS).collect::<String>()),
            None => meaning.to_owned(),
        }
    }

    /// How long to be silent.
    #[must_use]
    pub fn wait(&self, class: Class) -> Duration {
        let usual = if class == Class::PairRate { UNNAMED_PAIR_WAIT } else { UNNAMED_WAIT };
        self.retry_after.unwrap_or(usual)
    }
}

impl fmt::Display for Refusal {
    /// Without Meta's words: they may repeat content and addresses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Meta answered {}", self.name())?;
        self.trace.as_deref().map_or(Ok(()), |trace| write!(f, " (trace {trace})"))
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => write!(f, "{error}"),
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Garbled { status } => write!(f, "the answer ({status}) is not Meta's own"),
        }
    }
}

impl GraphError {
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        if let Self::Refused(refusal) = self { Some(refusal) } else { None }
    }

    #[must_use]
    pub fn class(&self, rules: &[Rule]) -> Class {
        self.refusal().map_or(Class::Temporary, |refusal| refusal.class(rules))
    }
}

/// What a failed send means for its delivery. `way_out` is what can still be done when the window is closed.
#[must_use]
pub fn send_error(error: GraphError, rules: &[Rule], way_out: &str) -> SendError {
    let refusal = match error {
        GraphError::Call(error) => return error.into(),
        GraphError::Garbled { status } => {
            return SendError::MaybeDelivered { evidence: format!("the answer to the send ({status}) was not Meta's own") };
        }
        GraphError::Refused(refusal) => refusal,
    };
    let (code, shown, class) = (refusal.name(), refusal.shown(rules), refusal.class(rules));
    match class {
        Class::Token | Class::Permission | Class::Policy | Class::Config => SendError::BadCredentials { code, shown },
        Class::Rate | Class::PairRate => SendError::RateLimited { after: refusal.wait(class), whole_inbox: class == Class::Rate },
        Class::Window => SendError::WindowClosed { shown: way_out.to_owned() },
        Class::Recipient | Class::Blocked => SendError::PeerGone { code, shown },
        Class::Content => SendError::Rejected { code, shown },
        // A gateway's word about a server that it lost: the message may have gone out.
        Class::Temporary if matches!(refusal.status, 502 | 504) => {
            SendError::MaybeDelivered { evidence: format!("a gateway lost Meta's answer ({})", refusal.status) }
        }
        Class::Temporary => SendError::Retry { after: refusal.retry_after, reason: refusal.to_string() },
    }
}

#[cfg(test)]
#[path = "errors_tests.rs"]
mod tests;
