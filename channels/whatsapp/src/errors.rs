//! What WhatsApp's own codes mean (developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes).
//! Codes of the whole Graph are in `trunkline_meta`.

use trunkline_channel::SendError;
use trunkline_meta::{Class, GraphError, Rule, send_error};

/// What is left when a customer has been silent for a day.
pub(crate) const WAY_OUT: &str = "The customer wrote more than 24 hours ago. WhatsApp then takes approved templates only: send one, \
                                  and write freely again when the customer answers.";

const PAYMENT: &str = "Meta wants a valid payment method for this business account. Set it up in the business settings.";
const TEMPLATE: &str = "The template and the values given for it do not fit together.";

pub(crate) const RULES: &[Rule] = &[
    Rule::new(
        0,
        Class::Token,
        "Meta refuses the access token. Make a new one in the business settings and put it into the inbox.",
    ),
    Rule::new(131_005, Class::Permission, "The token may not send for this number. Give its system user the permission at Meta."),
    Rule::new(130_429, Class::Rate, "The number sends faster than Meta allows."),
    Rule::new(
        131_048,
        Class::Rate,
        "Customers have reported this number as spam, so Meta slows it down. See its quality at Meta.",
    ),
    Rule::new(131_056, Class::PairRate, "Too many messages to this customer in a short time."),
    Rule::new(133_016, Class::Rate, "The number was registered too often in a short time."),
    Rule::new(131_064, Class::Rate, "Meta limits the account because its templates were put into wrong categories."),
    Rule::new(131_031, Class::Policy, "Meta has locked the business account. See the reason in the business settings."),
    Rule::new(130_497, Class::Policy, "Meta does not let this account write to customers in this country."),
    Rule::new(131_042, Class::Policy, PAYMENT),
    Rule::new(131_044, Class::Policy, PAYMENT),
    Rule::new(131_047, Class::Window, WAY_OUT),
    Rule::new(470, Class::Window, WAY_OUT),
    Rule::new(
        131_026,
        Class::Recipient,
        "WhatsApp cannot deliver to this customer: not on WhatsApp, an old app, or they have blocked this number.",
    ),
    Rule::new(131_030, Class::Recipient, "This is a test number: add the customer to its list of recipients at Meta first."),
    Rule::new(131_021, Class::Recipient, "This is the number of the inbox itself."),
    Rule::new(131_045, Class::Recipient, "The number is not registered properly at Meta."),
    Rule::new(137_000, Class::Recipient, "The customer's identity has changed and must be confirmed first."),
    Rule::new(131_062, Class::Recipient, "This kind of message needs the customer's number, and only a user id is known."),
    Rule::new(
        131_049,
        Class::Recipient,
        "WhatsApp held it back, so that the customer gets no more advertising today. Try again tomorrow at the earliest.",
    ),
    Rule::new(130_472, Class::Recipient, "WhatsApp lets no advertising through to this customer for now. Try again tomorrow."),
    Rule::new(131_050, Class::Blocked, "The customer wants no advertising from this business."),
    Rule::new(131_008, Class::Content, "Something that WhatsApp needs is missing in the message."),
    Rule::new(131_009, Class::Content, "WhatsApp does not accept a value in the message."),
    Rule::new(131_051, Class::Content, "WhatsApp does not know this kind of message."),
    Rule::new(131_053, Class::Content, "WhatsApp does not take this file: its content does not fit its type, or is damaged."),
    Rule::new(132_000, Class::Content, "The template has another number of values."),
    Rule::new(132_001, Class::Content, "There is no such template in this language, or it is not approved."),
    Rule::new(132_005, Class::Content, "With these values the template's text is too long."),
    Rule::new(132_007, Class::Content, "The template's content is against Meta's rules."),
    Rule::new(132_008, Class::Content, TEMPLATE),
    Rule::new(132_012, Class::Content, TEMPLATE),
    Rule::new(132_015, Class::Content, "Meta has paused the template because customers did not like it."),
    Rule::new(132_016, Class::Content, "Meta has switched the template off for good."),
    Rule::new(132_068, Class::Content, "The form in the message is blocked."),
    Rule::new(132_069, Class::Content, "The form in the message is slowed down by Meta."),
    Rule::new(131_063, Class::Content, "Advertising templates are switched off for this number."),
    Rule::new(131_037, Class::Content, "Meta has not approved the number's display name yet."),
    Rule::new(131_052, Class::Content, "WhatsApp could not get the customer's file."),
    Rule::new(
        2_200,
        Class::Config,
        "Meta cannot reach this inbox's webhook. Check server.public_url, the certificate, and that Meta can get through.",
    ),
    Rule::new(131_000, Class::Temporary, "WhatsApp is in trouble."),
    Rule::new(131_016, Class::Temporary, "WhatsApp is in trouble."),
    Rule::new(131_057, Class::Temporary, "The account is under maintenance."),
    Rule::new(135_000, Class::Temporary, "WhatsApp is in trouble."),
];

/// "This account may not write to this country."
const COUNTRY: i64 = 130_497;

/// What a failed send means for its delivery.
pub(crate) fn of_send(error: GraphError) -> SendError {
    let of_country = error.refusal().is_some_and(|refusal| refusal.code == Some(COUNTRY));
    match send_error(error, RULES, WAY_OUT) {
        // It holds for this customer's country; customers elsewhere must not wait for it.
        SendError::BadCredentials { code, shown } if of_country => SendError::PeerGone { code, shown },
        other => other,
    }
}

/// … of a call that sends nothing to the customer: doubt does not matter, it may be made again.
pub(crate) fn of_preparation(error: GraphError) -> SendError {
    match of_send(error) {
        SendError::MaybeDelivered { evidence } => SendError::Retry { after: None, reason: evidence },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use trunkline_meta::{Class, Refusal};

    use super::RULES;

    #[test]
    fn every_documented_code_has_its_class() {
        let documented: Value = serde_json::from_str(include_str!("../tests/errors.json")).unwrap();
        let errors = documented["errors"].as_array().unwrap();
        assert!(errors.len() > 50);
        for error in errors {
            let class = match error["class"].as_str().unwrap() {
                "token" => vec![Class::Token],
                "permission" => vec![Class::Permission],
                "rate" => vec![Class::Rate, Class::PairRate],
                "policy" => vec![Class::Policy],
                "window" => vec![Class::Window],
                "recipient" => vec![Class::Recipient],
                "blocked" => vec![Class::Blocked],
                "content" => vec![Class::Content],
                "temporary" => vec![Class::Temporary],
                other => panic!("a class that is not known here: {other}"),
            };
            let single = error["code"].as_i64();
            let codes = [single.or(error["code_from"].as_i64()).unwrap(), single.or(error["code_to"].as_i64()).unwrap()];
            for code in codes {
                let refusal = Refusal { status: 400, code: Some(code), ..Refusal::default() };
                assert!(class.contains(&refusal.class(RULES)), "{code}: {:?}", refusal.class(RULES));
                assert!(refusal.rule(RULES).is_some_and(|rule| !rule.shown.is_empty()), "{code} says nothing");
            }
        }
    }
}
