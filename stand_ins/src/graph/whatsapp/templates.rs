//! Message templates: the list, and filling one in.

use serde_json::{Value, json};

use super::{Server, WABA_ID};
use crate::graph::Refusal;
use crate::graph::call::Call;

/// A template with its places filled.
#[derive(Debug)]
pub(super) struct Filled {
    pub text: String,
    /// `type`, `text` and, for quick replies, `payload`.
    pub buttons: Vec<Value>,
}

impl Server {
    /// The list, page by page.
    pub(super) fn list_templates(&self, call: &Call) -> Value {
        let templates = self.lock().templates.clone();
        let limit = call.text("limit").and_then(|limit| limit.parse().ok()).unwrap_or(25_usize).max(1);
        let after = call.text("after").and_then(|after| after.parse().ok()).unwrap_or(0_usize);
        let wanted = |name: &str, template: &Value| call.text(name).is_none_or(|value| template[name] == value);
        let all: Vec<&Value> =
            templates.iter().filter(|one| ["name", "status", "language"].iter().all(|key| wanted(key, one))).collect();
        let page: Vec<Value> = all.iter().skip(after).take(limit).map(|one| call.fields((*one).clone(), &[])).collect();
        let end = after + page.len();
        let mut paging = json!({"cursors": {"before": after.to_string(), "after": end.to_string()}});
        if end < all.len() {
            let token = call.text("access_token").map(|token| format!("&access_token={token}")).unwrap_or_default();
            let wanted = call.text("fields").map(|fields| format!("&fields={fields}")).unwrap_or_default();
            paging["next"] =
                json!(format!("{}/v25.0/{WABA_ID}/message_templates?limit={limit}&after={end}{wanted}{token}", self.app.url()));
        }
        let mut answer = json!({"data": page, "paging": paging});
        if let Some(summary) = call.text("summary") {
            let counts = json!({"total_count": all.len(), "message_template_count": templates.len(), "message_template_limit": 6_000,
                "are_translations_complete": true});
            answer["summary"] = summary.split(',').map(|name| (name.to_owned(), counts[name].clone())).collect();
        }
        answer
    }
}

/// What a shop could have had approved.
pub(super) fn approved() -> Vec<Value> {
    let template = |id: &str, name: &str, language: &str, status: &str, category: &str, components: Value| {
        json!({"id": id, "name": name, "language": language, "status": status, "category": category,
            "parameter_format": "POSITIONAL", "components": components})
    };
    let plain = |text: &str| json!({"type": "BODY", "text": text});
    let body = |text: &str, examples: Value| json!({"type": "BODY", "text": text, "example": {"body_text": [examples]}});
    let order = |text: &str, thanks: &str| {
        let buttons = json!([{"type": "QUICK_REPLY", "text": thanks}]);
        json!([body(text, json!(["Ann", "7"])), {"type": "FOOTER", "text": "Shop"}, {"type": "BUTTONS", "buttons": buttons}])
    };
    let (address, example) = ("https://shop.example.com/{{1}}", "https://shop.example.com/shoes");
    let see = json!([{"type": "URL", "text": "See", "url": address, "example": [example]}]);
    let picture =
        json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://shop.example.com/shoes.png"]}});
    let offer = json!([picture, body("New in: {{1}}", json!(["Shoes"])), {"type": "BUTTONS", "buttons": see}]);
    let day = json!({"body_text_named_params": [{"param_name": "day", "example": "Monday"}]});
    let day = json!([{"type": "BODY", "text": "Coming on {{day}}", "example": day}]);
    let mut named = template("900010006", "delivery_date", "en", "APPROVED", "UTILITY", day);
    named["parameter_format"] = json!("NAMED");
    let code = json!([body("{{1}} is your code.", json!(["123456"]))]);
    let ready_en = order("Hello {{1}}, your order {{2}} is ready.", "Thanks");
    let ready_de = order("Hallo {{1}}, Ihre Bestellung {{2}} ist fertig.", "Danke");
    vec![
        template("900010001", "order_ready", "en_US", "APPROVED", "UTILITY", ready_en),
        template("900010002", "order_ready", "de", "APPROVED", "UTILITY", ready_de),
        template("900010003", "hello_again", "en_US", "APPROVED", "UTILITY", json!([plain("Hello! May we write to you again?")])),
        template("900010004", "new_in", "en_US", "APPROVED", "MARKETING", offer),
        template("900010005", "code", "en_US", "APPROVED", "AUTHENTICATION", code),
        named,
        template("900010007", "spring_sale", "en_US", "PAUSED", "MARKETING", json!([plain("Sale!")])),
        template("900010008", "summer_sale", "en_US", "REJECTED", "MARKETING", json!([plain("Sale!")])),
        template("900010009", "winter_sale", "en_US", "DISABLED", "MARKETING", json!([plain("Sale!")])),
    ]
}

pub(super) fn is_authentication(templates: &[Value], name: &str) -> bool {
    templates.iter().any(|template| template["name"] == name && template["category"] == "AUTHENTICATION")
}

/// Fills in the template that a request means.
pub(super) fn fill(templates: &[Value], wanted: &Value) -> Result<Filled, Refusal> {
    let found = templates.iter().find(|one| one["name"] == wanted["name"] && one["language"] == wanted["language"]["code"]);
    let template = match found {
        Some(template) if template["status"] == "APPROVED" => template,
        Some(template) if template["status"] == "PAUSED" => return Err(Refusal::of(132_015, "Template is paused")),
        Some(template) if template["status"] == "DISABLED" => return Err(Refusal::of(132_016, "Template is disabled")),
        _ => {
            let details = "Template name does not exist in the translation";
            return Err(Refusal::of(132_001, details).status(404).details(details));
        }
    };
    let named = template["parameter_format"] == "NAMED";
    let part = |kind: &str| list(&template["components"]).iter().find(|component| component["type"] == kind).cloned();
    let given = |kind: &str| -> Vec<Value> {
        let component = list(&wanted["components"]).iter().find(|component| is(&component["type"], kind)).cloned();
        component.map(|component| list(&component["parameters"]).to_vec()).unwrap_or_default()
    };
    let body = part("BODY").map(|body| body["text"].as_str().unwrap_or_default().to_owned()).unwrap_or_default();
    let text = filled(&body, &given("body"), named)?;
    if let Some(header) = part("HEADER") {
        check_header(&header, &given("header"))?;
    }
    let buttons = part("BUTTONS").map(|part| list(&part["buttons"]).to_vec()).unwrap_or_default();
    let pressed = list(&wanted["components"]).iter().filter(|component| is(&component["type"], "button"));
    let mut shown = buttons.clone();
    for component in pressed {
        let index = component["index"]
            .as_str()
            .and_then(|index| index.parse::<usize>().ok())
            .or_else(|| component["index"].as_u64().and_then(|index| usize::try_from(index).ok()));
        let button = index.and_then(|index| shown.get_mut(index));
        let button =
            button.ok_or_else(|| Refusal::of(132_000, "Number of parameters does not match").details("no such button"))?;
        if let Some(payload) = component["parameters"][0]["payload"].as_str() {
            button["payload"] = json!(payload);
        }
    }
    for button in &mut shown {
        if button["type"] == "QUICK_REPLY" && button["payload"].is_null() {
            button["payload"] = button["text"].clone();
        }
    }
    Ok(Filled { text, buttons: shown })
}

fn filled(body: &str, given: &[Value], named: bool) -> Result<String, Refusal> {
    let wanted = body.matches("{{").count();
    if wanted != given.len() {
        let details = format!(
            "body: number of localizable_params ({}) does not match the expected number of params ({wanted})",
            given.len()
        );
        return Err(Refusal::of(132_000, "Number of parameters does not match the expected number of params").details(details));
    }
    let mut text = body.to_owned();
    for (at, parameter) in given.iter().enumerate() {
        let value = match parameter["type"].as_str() {
            Some("text") => parameter["text"].as_str(),
            Some(kind @ ("currency" | "date_time")) => parameter[kind]["fallback_value"].as_str(),
            _ => None,
        };
        let value = value.ok_or_else(|| mismatch("body: a parameter is no text"))?;
        if value.is_empty() || value.contains(['\n', '\t']) {
            return Err(mismatch("body: parameters cannot be empty and have no new lines or tabs"));
        }
        let place = match (named, parameter["parameter_name"].as_str()) {
            (true, Some(name)) => format!("{{{{{name}}}}}"),
            (true, None) => return Err(mismatch("body: parameter_name is missing")),
            (false, _) => format!("{{{{{}}}}}", at + 1),
        };
        if !text.contains(&place) {
            return Err(mismatch("body: no such parameter_name"));
        }
        text = text.replace(&place, value);
    }
    Ok(text)
}

fn check_header(header: &Value, given: &[Value]) -> Result<(), Refusal> {
    let format = header["format"].as_str().unwrap_or("TEXT");
    match (format, given) {
        ("TEXT", _) => filled(header["text"].as_str().unwrap_or_default(), given, false).map(drop),
        (_, [one]) if is(&one["type"], format) => Ok(()),
        (_, [other]) => Err(mismatch(&format!("header: Format mismatch, expected {format}, received {}", other["type"]))),
        (_, _) => Err(mismatch(&format!("header: Format mismatch, expected {format}, received UNKNOWN"))),
    }
}

fn mismatch(details: &str) -> Refusal {
    Refusal::of(132_012, "Parameter format does not match format in the created template").details(details)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn is(value: &Value, name: &str) -> bool {
    value.as_str().is_some_and(|value| value.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{approved, fill};

    fn code(name: &str, language: &str, components: Value) -> i64 {
        let wanted = json!({"name": name, "language": {"code": language}, "components": components});
        fill(&approved(), &wanted).map_or_else(|refusal| refusal.code, |_| 0)
    }

    #[test]
    fn templates_are_filled_in_their_language() {
        let body = |texts: &[&str]| {
            let parameters: Vec<Value> = texts.iter().map(|text| json!({"type": "text", "text": text})).collect();
            json!([{"type": "body", "parameters": parameters}])
        };
        let wanted = json!({"name": "order_ready", "language": {"code": "de"}, "components": body(&["Ann", "7"])});
        assert_eq!(fill(&approved(), &wanted).unwrap().text, "Hallo Ann, Ihre Bestellung 7 ist fertig.");
        assert_eq!(code("order_ready", "fr", body(&["Ann", "7"])), 132_001);
        assert_eq!(code("order_ready", "de", body(&["Ann"])), 132_000);
        assert_eq!(code("order_ready", "de", body(&["Ann", "a\nb"])), 132_012);
        assert_eq!(code("summer_sale", "en_US", json!([])), 132_001);
        assert_eq!(code("spring_sale", "en_US", json!([])), 132_015);
        assert_eq!(code("winter_sale", "en_US", json!([])), 132_016);
    }

    #[test]
    fn names_and_headers_must_be_as_approved() {
        let day =
            |name: &str| json!([{"type": "body", "parameters": [{"type": "text", "parameter_name": name, "text": "Monday"}]}]);
        assert_eq!(code("delivery_date", "en", day("day")), 0);
        assert_eq!(code("delivery_date", "en", day("date")), 132_012);
        let offer = |header: Value| json!([{"type": "header", "parameters": [header]}, {"type": "body", "parameters": [{"type": "text", "text": "Shoes"}]}]);
        assert_eq!(code("new_in", "en_US", offer(json!({"type": "image", "image": {"link": "https://example.com/a.png"}}))), 0);
        assert_eq!(code("new_in", "en_US", offer(json!({"type": "text", "text": "x"}))), 132_012);
    }
}
