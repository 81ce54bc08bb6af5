use std::time::Duration;

use trunkline_channel::SendError;
use trunkline_channel::http::CallError;

use super::{Class, GraphError, Refusal, Rule, send_error};

const OWN: &[Rule] = &[
    Rule::new(10, Class::Window, "closed").with(2_018_278),
    Rule::new(131_056, Class::PairRate, "slow"),
    Rule::new(131_030, Class::Recipient, "not in the list"),
];

fn refusal(status: u16, code: i64, subcode: Option<i64>) -> Refusal {
    Refusal { status, code: Some(code), subcode, ..Refusal::default() }
}

fn sent(refusal: Refusal) -> SendError {
    send_error(GraphError::Refused(Box::new(refusal)), OWN, "use a template")
}

#[test]
fn a_subcode_decides_before_its_code_and_a_product_s_rule_before_everybody_s() {
    assert_eq!(refusal(400, 10, Some(2_018_278)).class(OWN), Class::Window);
    assert_eq!(refusal(400, 10, None).class(OWN), Class::Permission);
    assert_eq!(refusal(400, 10, Some(1)).class(OWN), Class::Permission);
    assert_eq!(refusal(401, 190, Some(463)).class(OWN), Class::Token);
    assert!(refusal(401, 190, Some(463)).shown(OWN).contains("expired"));
    assert_eq!(refusal(400, 299, None).class(OWN), Class::Permission);
    assert_eq!(refusal(400, 80_007, None).class(OWN), Class::Rate);
}

#[test]
fn what_no_rule_knows_falls_to_the_status() {
    for (status, class) in [
        (401, Class::Token),
        (403, Class::Permission),
        (429, Class::Rate),
        (400, Class::Content),
        (500, Class::Temporary),
        (503, Class::Temporary),
    ] {
        assert_eq!(refusal(status, 987_654, None).class(OWN), class, "{status}");
    }
    assert_eq!(Refusal { transient: true, ..refusal(400, 987_654, None) }.class(OWN), Class::Temporary);
    assert_eq!(Refusal { status: 413, ..Refusal::default() }.class(OWN), Class::Content);
    // A firewall's page says nothing of our rights.
    assert_eq!(Refusal { status: 403, ..Refusal::default() }.class(OWN), Class::Content);
}

#[test]
fn every_class_has_its_answer() {
    assert!(matches!(sent(refusal(401, 190, None)), SendError::BadCredentials { code, .. } if code == "190"));
    assert!(matches!(sent(refusal(403, 368, None)), SendError::BadCredentials { .. }));
    assert_eq!(sent(refusal(400, 10, Some(2_018_278))), SendError::WindowClosed { shown: "use a template".into() });
    let pair = sent(refusal(400, 131_056, None));
    assert_eq!(pair, SendError::RateLimited { after: Duration::from_secs(6), whole_inbox: false });
    let named = Refusal { retry_after: Some(Duration::from_secs(77)), ..refusal(400, 4, None) };
    assert_eq!(sent(named), SendError::RateLimited { after: Duration::from_secs(77), whole_inbox: true });
    assert!(matches!(sent(refusal(400, 131_030, None)), SendError::PeerGone { shown, .. } if shown == "not in the list"));
    let content = Refusal { details: Some("text is too long".into()), ..refusal(400, 100, Some(7)) };
    assert!(matches!(sent(content), SendError::Rejected { code, shown } if code == "100/7" && shown.contains("too long")));
    assert!(matches!(sent(refusal(500, 2, None)), SendError::Retry { .. }));
    assert!(matches!(sent(refusal(504, 2, None)), SendError::MaybeDelivered { .. }));
    let garbled = send_error(GraphError::Garbled { status: 200 }, OWN, "");
    assert!(matches!(garbled, SendError::MaybeDelivered { .. }));
    let unsent = send_error(GraphError::Call(CallError::NotSent("x".into())), OWN, "");
    assert!(matches!(unsent, SendError::Retry { .. }));
}

#[test]
fn a_log_line_repeats_nothing_of_the_message() {
    let refusal = Refusal { message: "to +15557770001".into(), details: Some("secret".into()), ..refusal(400, 100, None) };
    assert_eq!(GraphError::Refused(Box::new(refusal)).to_string(), "Meta answered 100");
}
