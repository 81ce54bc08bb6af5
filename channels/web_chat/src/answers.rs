//! Whether a visitor has answered what is asked before a conversation.

use std::collections::BTreeMap;

use crate::face::{Field, FieldKind, PreChat};
use crate::wire::{Answer, Visitor};

/// The answer that agrees to the form's sentence.
const CONSENT: &str = "consent";
/// As short as telephone numbers get.
const MIN_PHONE_DIGITS: usize = 5;

/// The first answer that is not as the form wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongAnswer {
    /// Name of the field.
    pub field: String,
    pub problem: String,
}

impl PreChat {
    /// Whether somebody who answers nothing may begin.
    #[must_use]
    pub fn asks_nothing(&self) -> bool {
        self.consent.is_none() && self.fields.iter().all(|field| !field.required)
    }

    /// Checks what was answered. Users whom the site has identified are asked nothing, and nobody is asked for a name or an
    /// address that is known; answers to what is not asked are left alone, because forms change while people fill them in.
    ///
    /// # Errors
    /// The first field that is missing or wrong, in the form's order.
    pub fn check_answers(&self, visitor: &Visitor, answers: &BTreeMap<String, Answer>) -> Result<(), WrongAnswer> {
        if visitor.verified {
            return Ok(());
        }
        for field in &self.fields {
            let known = match field.name.as_str() {
                "name" => visitor.name.is_some(),
                "email" => visitor.email.is_some(),
                _ => false,
            };
            check(field, answers.get(&field.name), known)
                .map_err(|problem| WrongAnswer { field: field.name.clone(), problem })?;
        }
        if self.consent.is_some() && answers.get(CONSENT) != Some(&Answer::Yes(true)) {
            return Err(WrongAnswer { field: CONSENT.to_owned(), problem: "must be agreed to".to_owned() });
        }
        Ok(())
    }
}

fn check(field: &Field, answer: Option<&Answer>, known: bool) -> Result<(), String> {
    let wanted = kind(field);
    let missing = || if field.required && !known { Err("is needed".to_owned()) } else { Ok(()) };
    let text = match (wanted, answer) {
        (_, None) | (FieldKind::Checkbox, Some(Answer::Yes(false))) => return missing(),
        (FieldKind::Checkbox, Some(Answer::Yes(true))) => return Ok(()),
        (FieldKind::Checkbox, Some(Answer::Text(_))) => return Err("must be true or false".to_owned()),
        (_, Some(Answer::Yes(_))) => return Err("must be a text".to_owned()),
        (_, Some(Answer::Text(text))) => text.trim(),
    };
    if text.is_empty() {
        return missing();
    }
    match wanted {
        FieldKind::Email if !is_address(text) => Err("must be an e-mail address".to_owned()),
        FieldKind::Tel if text.chars().filter(char::is_ascii_digit).count() < MIN_PHONE_DIGITS => {
            Err("must be a telephone number".to_owned())
        }
        FieldKind::Select if !field.options.iter().any(|option| option.trim() == text) => {
            Err(format!("must be one of: {}", field.options.join(", ")))
        }
        _ => Ok(()),
    }
}

/// The known names say by themselves what they are.
fn kind(field: &Field) -> FieldKind {
    match (field.kind, field.name.as_str()) {
        (FieldKind::Text, "email") => FieldKind::Email,
        (FieldKind::Text, "phone") => FieldKind::Tel,
        (kind, _) => kind,
    }
}

fn is_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (local, domain) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let dotted = domain.rsplit_once('.').is_some_and(|(host, top)| !host.is_empty() && !top.is_empty());
    !local.is_empty() && dotted && parts.next().is_none() && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::face::PreChat;
    use crate::wire::{Answer, Visitor};

    const FORM: &str = r#"{"consent": "I agree.", "fields": [
        {"name": "name", "label": "Name", "required": true}, {"name": "email", "label": "E-mail", "required": true},
        {"name": "phone", "label": "Phone"}, {"name": "topic", "label": "Topic", "kind": "select", "options": ["Order", "Refund"]},
        {"name": "rules", "label": "Rules", "kind": "checkbox", "required": true}]}"#;
    const GOOD: &str = r#"{"name": "Ann", "email": "ann@example.com", "topic": "Order", "rules": true, "consent": true}"#;

    fn form() -> PreChat {
        serde_json::from_str(FORM).unwrap()
    }

    fn checked(visitor: &Visitor, answers: &BTreeMap<String, Answer>) -> Result<(), (String, String)> {
        form().check_answers(visitor, answers).map_err(|wrong| (wrong.field, wrong.problem))
    }

    #[test]
    fn each_field_is_checked_by_what_it_is() {
        let good: BTreeMap<String, Answer> = serde_json::from_str(GOOD).unwrap();
        assert_eq!(checked(&Visitor::default(), &good), Ok(()));
        let text = |text: &str| Some(Answer::Text(text.to_owned()));
        for (field, answer, told) in [
            ("name", None, "needed"),
            ("name", text(" \n"), "needed"),
            ("name", Some(Answer::Yes(true)), "text"),
            ("email", text("ann@example"), "address"),
            ("email", text("ann@@example.com"), "address"),
            ("email", text("a nn@example.com"), "address"),
            ("phone", text("call me"), "telephone"),
            ("topic", text("Else"), "Order, Refund"),
            ("rules", Some(Answer::Yes(false)), "needed"),
            ("rules", text("true"), "true or false"),
            ("consent", None, "agreed"),
            ("consent", text("yes"), "agreed"),
        ] {
            let mut answers = good.clone();
            answers.remove(field);
            answers.extend(answer.clone().map(|answer| (field.to_owned(), answer)));
            let (wrong, problem) = checked(&Visitor::default(), &answers).unwrap_err();
            assert!(wrong == field && problem.contains(told), "{field} {answer:?}: {wrong} {problem}");
        }
        let more = [("colour".to_owned(), Answer::Text("red".into())), ("phone".to_owned(), Answer::Text("+49 30 1234".into()))];
        let answers = good.into_iter().chain(more).collect();
        assert_eq!(checked(&Visitor::default(), &answers), Ok(()), "also with more than was asked");
    }

    #[test]
    fn nobody_is_asked_what_is_known() {
        let known = Visitor { name: Some("Ann".into()), email: Some("ann@example.com".into()), ..Visitor::default() };
        let rest = serde_json::from_str(r#"{"rules": true, "consent": true}"#).unwrap();
        assert_eq!(checked(&known, &rest), Ok(()));
        assert!(checked(&Visitor::default(), &rest).is_err());
        assert_eq!(checked(&Visitor { verified: true, ..Visitor::default() }, &BTreeMap::new()), Ok(()));
        assert!(!form().asks_nothing() && PreChat::default().asks_nothing());
    }
}
