//! Approved templates: listing them, and what a send of one is made of.

use serde::Deserialize;
use serde_json::{Value, json};
use trunkline_channel::rich::{Parameter, Template, TemplateUse};
use trunkline_channel::{SendError, rich};
use trunkline_meta::GraphError;

use crate::errors::of_preparation;
use crate::number::Number;

const FIELDS: &str = "name,language,status,category,components";
const PAGE: &str = "100";
/// An account may have 6000; an operator looks through far fewer.
const MAX_PAGES: usize = 20;

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    data: Vec<Value>,
    #[serde(default)]
    paging: Value,
}

pub(crate) async fn list(number: &Number) -> Result<Vec<Template>, SendError> {
    let all = ask(number, &[]).await.map_err(of_preparation)?;
    Ok(all.iter().filter_map(read).collect())
}

/// The raw templates that fit, over all pages.
async fn ask(number: &Number, filter: &[(&str, &str)]) -> Result<Vec<Value>, GraphError> {
    let (mut all, mut after) = (Vec::new(), String::new());
    for _ in 0..MAX_PAGES {
        let mut query = vec![("fields", FIELDS), ("limit", PAGE)];
        query.extend_from_slice(filter);
        if !after.is_empty() {
            query.push(("after", &after));
        }
        let page: Page = number.graph.get(&[&number.business, "message_templates"], &query).await?;
        all.extend(page.data);
        let more = page.paging["next"].is_string().then(|| page.paging["cursors"]["after"].as_str()).flatten();
        match more {
            Some(next) if next != after => after = next.to_owned(),
            _ => break,
        }
    }
    Ok(all)
}

fn read(template: &Value) -> Option<Template> {
    let text = |key: &str| template[key].as_str().map(str::to_owned);
    let header = part(template, "HEADER");
    // A header may be a picture, which has no words.
    let shown_header = header.and_then(|header| {
        let format =
            header["format"].as_str().filter(|format| *format != "TEXT").map(|format| format!("[{}]", format.to_lowercase()));
        format.or_else(|| header["text"].as_str().map(str::to_owned))
    });
    let body = part(template, "BODY").and_then(|body| body["text"].as_str()).unwrap_or_default().to_owned();
    Some(Template {
        name: text("name")?,
        language: text("language")?,
        status: text("status").unwrap_or_default(),
        category: text("category"),
        variables: variables(&body),
        header_variables: header.and_then(|header| header["text"].as_str()).map(variables).unwrap_or_default(),
        header: shown_header,
        header_file: header.and_then(|header| header["format"].as_str()).and_then(file_of),
        body,
        footer: part(template, "FOOTER").and_then(|footer| footer["text"].as_str()).map(str::to_owned),
        buttons: buttons(template).map(|button| button["text"].as_str().unwrap_or_default().to_owned()).collect(),
        button_variables: (0..).zip(buttons(template)).filter(|(_, button)| needs_value(button)).map(|(at, _)| at).collect(),
    })
}

/// A place, the other kind of header without words, cannot be sent in one.
fn file_of(format: &str) -> Option<String> {
    let kind = format.to_ascii_lowercase();
    matches!(kind.as_str(), "image" | "video" | "document").then_some(kind)
}

fn needs_value(button: &Value) -> bool {
    match button["type"].as_str() {
        Some("URL") => button["url"].as_str().is_some_and(|url| !variables(url).is_empty()),
        Some("COPY_CODE" | "OTP") => true,
        _ => false,
    }
}

fn part<'t>(template: &'t Value, kind: &str) -> Option<&'t Value> {
    template["components"]
        .as_array()?
        .iter()
        .find(|part| part["type"].as_str().is_some_and(|told| told.eq_ignore_ascii_case(kind)))
}

fn buttons(template: &Value) -> impl Iterator<Item = &Value> {
    part(template, "BUTTONS").and_then(|part| part["buttons"].as_array()).into_iter().flatten()
}

/// `1`, `2` or names between double braces, each once, in order.
fn variables(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let Some((name, _)) = piece.split_once("}}") else { continue };
        let name = name.trim().to_owned();
        if !name.is_empty() && !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The `template` of a message. `header_file` is a parameter for a header that is a picture, film or document.
///
/// What a button's value is called depends on the button's kind, which only Meta knows: it is asked where there are such values.
pub(crate) async fn message(number: &Number, wanted: &TemplateUse, header_file: Option<Value>) -> Result<Value, SendError> {
    let mut components = Vec::new();
    let header: Vec<Value> = header_file.into_iter().chain(wanted.header.iter().map(parameter)).collect();
    if !header.is_empty() {
        components.push(json!({"type": "header", "parameters": header}));
    }
    if !wanted.parameters.is_empty() {
        let body: Vec<Value> = wanted.parameters.iter().map(parameter).collect();
        components.push(json!({"type": "body", "parameters": body}));
    }
    if !wanted.buttons.is_empty() {
        let known = ask(number, &[("name", &wanted.name)]).await.map_err(of_preparation)?;
        let template =
            known.iter().find(|one| one["name"] == wanted.name.as_str() && one["language"] == wanted.language.as_str());
        components.extend(wanted.buttons.iter().map(|given| button(template, given)));
    }
    let mut message = json!({"name": wanted.name, "language": {"code": wanted.language}});
    if !components.is_empty() {
        message["components"] = json!(components);
    }
    Ok(message)
}

fn parameter(given: &Parameter) -> Value {
    match &given.name {
        Some(name) => json!({"type": "text", "parameter_name": name, "text": given.text}),
        None => json!({"type": "text", "text": given.text}),
    }
}

fn button(template: Option<&Value>, given: &rich::ButtonParameter) -> Value {
    let at = usize::try_from(given.index).unwrap_or(usize::MAX);
    let kind = template.and_then(|template| buttons(template).nth(at)).and_then(|button| button["type"].as_str());
    let (sub_type, parameter) = match kind {
        Some("QUICK_REPLY") => ("quick_reply", json!({"type": "payload", "payload": given.text})),
        Some("COPY_CODE") => ("copy_code", json!({"type": "coupon_code", "coupon_code": given.text})),
        // Addresses, and the codes of one-time passwords.
        _ => ("url", json!({"type": "text", "text": given.text})),
    };
    json!({"type": "button", "sub_type": sub_type, "index": given.index.to_string(), "parameters": [parameter]})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{read, variables};

    #[test]
    fn variables_are_named_once_in_order() {
        assert_eq!(variables("Hello {{1}}, {{ 2 }} and {{1}} {{day}} {{"), ["1", "2", "day"]);
        assert!(variables("no {1} }} {{}}").is_empty());
    }

    #[test]
    fn a_template_is_read_with_all_its_parts() {
        let told = json!({"name": "new_in", "language": "en", "status": "APPROVED", "category": "MARKETING", "components": [
            {"type": "HEADER", "format": "TEXT", "text": "For {{1}}"}, {"type": "BODY", "text": "New: {{1}}, {{2}}"},
            {"type": "FOOTER", "text": "Shop"}, {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "See"}, {"type": "X"}]}]});
        let template = read(&told).unwrap();
        assert_eq!(template.header.as_deref(), Some("For {{1}}"));
        assert_eq!((template.variables, template.header_variables), (vec!["1".to_owned(), "2".into()], vec!["1".to_owned()]));
        assert_eq!((template.footer.as_deref(), template.buttons), (Some("Shop"), vec!["See".to_owned(), String::new()]));
        assert!(template.header_file.is_none() && template.button_variables.is_empty());
        let picture = json!({"name": "a", "language": "en", "components": [{"type": "header", "format": "IMAGE"}]});
        let picture = read(&picture).unwrap();
        assert_eq!((picture.header.as_deref(), picture.header_file.as_deref()), (Some("[image]"), Some("image")));
        let place = json!({"name": "a", "language": "en", "components": [{"type": "header", "format": "LOCATION"}]});
        assert_eq!(read(&place).unwrap().header_file, None);
        assert!(read(&json!({"name": "a"})).is_none() && read(&json!(7)).is_none());
    }

    #[test]
    fn buttons_say_whether_they_need_a_value() {
        let buttons = json!([{"type": "QUICK_REPLY", "text": "Thanks"}, {"type": "URL", "text": "Home", "url": "https://example.com"},
            {"type": "URL", "text": "See", "url": "https://example.com/{{1}}"}, {"type": "COPY_CODE", "text": "Copy"}]);
        let told = json!({"name": "a", "language": "en", "components": [{"type": "BUTTONS", "buttons": buttons}]});
        assert_eq!(read(&told).unwrap().button_variables, [2, 3]);
    }
}
