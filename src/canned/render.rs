//! Filling in variables. Values are printed as they are: nothing in a customer's name or subject is ever expanded.

use serde::Serialize;

use super::{Error, store};
use crate::access::Caller;
use crate::app::App;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Rendered {
    pub text: String,
    /// Variables without a value; they are still visible in the text.
    pub missing: Vec<String>,
}

/// Replaces each `{{name}}` by its value, once, from left to right. One that is unknown or has no value stays visible.
#[must_use]
pub fn render(template: &str, vars: &[(&str, Option<&str>)]) -> Rendered {
    let mut text = String::with_capacity(template.len());
    let mut missing: Vec<String> = Vec::new();
    let mut rest = template;
    while let Some((before, opened)) = rest.split_once("{{") {
        text.push_str(before);
        let Some((inside, after)) = opened.split_once("}}").filter(|(inside, _)| is_name(inside.trim())) else {
            // Two braces that open no variable are two braces.
            text.push_str("{{");
            rest = opened;
            continue;
        };
        let name = inside.trim();
        match vars.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value) {
            Some(value) => text.push_str(value),
            None => {
                text.push_str(&format!("{{{{{inside}}}}}"));
                if !missing.iter().any(|seen| seen == name) {
                    missing.push(name.to_owned());
                }
            }
        }
        rest = after;
    }
    text.push_str(rest);
    Rendered { text, missing }
}

/// A canned response as it would be said by the caller in a conversation.
pub async fn render_for(app: &App, caller: &Caller, id: &str, conversation_id: &str) -> Result<Rendered, Error> {
    let response = store::get(&app.db, caller, id).await?.ok_or(Error::NotFound)?;
    let facts = store::facts_of(&app.db, conversation_id).await?.ok_or(Error::NoConversation)?;
    let vars = [
        ("customer_name", facts.customer_name.as_deref()),
        ("operator_name", Some(caller.name.as_str())),
        ("conversation_subject", facts.subject.as_deref()),
        ("channel", Some(facts.channel.as_str())),
    ];
    Ok(render(&response.content, &vars))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn variables_are_filled_in_and_unknown_ones_stay_visible() {
        let vars = [("customer_name", Some("Ann")), ("conversation_subject", None)];
        let done = render("Hello {{customer_name}} and {{ customer_name }}: {{conversation_subject}} {{nope}} {{nope}}", &vars);
        assert_eq!(done.text, "Hello Ann and Ann: {{conversation_subject}} {{nope}} {{nope}}");
        assert_eq!(done.missing, ["conversation_subject", "nope"]);
    }

    #[test]
    fn values_are_printed_literally() {
        for hostile in ["{{7*7}}", "{{operator_name}}", "${x}", "<%= %>", "%s%n", "{{", "}}", "{{customer_name}}"] {
            let vars = [("customer_name", Some(hostile)), ("operator_name", Some("secret"))];
            let done = render("a {{customer_name}} b", &vars);
            assert_eq!(done.text, format!("a {hostile} b"));
            assert!(done.missing.is_empty());
        }
    }

    #[test]
    fn braces_that_open_nothing_are_braces() {
        for template in ["{{", "a {{ b", "{{7*7}}", "{{}}", "}}{{", "{ {x} }"] {
            assert_eq!(render(template, &[("x", Some("y"))]).text, template);
        }
        assert_eq!(render("{{{{x}}}}", &[("x", Some("y"))]).text, "{{y}}");
    }
}
