//! What Messenger's own codes mean, beside those of the whole Graph
//! (developers.facebook.com/docs/messenger-platform/error-codes).

use trunkline_meta::{Class, Rule};

const CLOSED: &str = "The time in which the page may answer is over.";
const NOT_FOUND: &str = "Messenger does not find this person for the page. They have to write first.";
const UNAVAILABLE: &str = "This person cannot be reached: they have blocked the page or left Messenger.";
const ELSEWHERE: &str =
    "Another app has this conversation now. Take it over in the page's inbox, or wait until it is handed over.";

pub(crate) const RULES: &[Rule] = &[
    Rule::new(10, Class::Window, CLOSED).with(2_018_278),
    Rule::new(10, Class::Window, CLOSED).with(2_018_065),
    Rule::new(10, Class::Window, CLOSED).with(2_534_022),
    // One conversation's matter: the inbox goes on.
    Rule::new(10, Class::Content, ELSEWHERE).with(2_018_300),
    Rule::new(9, Class::Content, ELSEWHERE).with(2_018_300),
    Rule::new(9, Class::Policy, "Facebook does not let this page send messages. See the page's quality in its settings.")
        .with(2_018_352),
    Rule::new(551, Class::Recipient, UNAVAILABLE),
    Rule::new(100, Class::Recipient, NOT_FOUND).with(2_018_001),
    Rule::new(100, Class::Recipient, NOT_FOUND).with(33),
    Rule::new(100, Class::Content, "Messenger could not take the file.").with(2_018_047),
    Rule::new(100, Class::Content, "Messenger could not fetch the file.").with(2_018_008),
    Rule::new(100, Class::Content, "Messenger could not fetch the file.").with(2_018_007),
    Rule::new(100, Class::Content, "Messenger could not make a film of the file.").with(2_018_294),
    Rule::new(803, Class::Permission, "The token may not see this page, or the page does not exist."),
    Rule::new(
        2_200,
        Class::Config,
        "Facebook does not reach our webhook. Check server.public_url, the proxy and the certificate.",
    ),
    Rule::new(1_200, Class::Temporary, "Messenger is in trouble."),
];
