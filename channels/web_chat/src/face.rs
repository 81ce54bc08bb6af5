//! What a widget shows before anything is said, as the site's owner has set it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use trunkline_channel::SettingsError;

const MAX_MENU: usize = 20;
const MAX_FIELDS: usize = 12;
const MAX_OPTIONS: usize = 50;
const MAX_LANGUAGES: usize = 40;
/// Texts of one language.
const MAX_TEXTS: usize = 200;
const MAX_TITLE_CHARS: usize = 120;
const MAX_TEXT_CHARS: usize = 2_000;
const MAX_NAME_CHARS: usize = 40;

/// How a visitor is met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Greeting {
    pub title: String,
    #[serde(default)]
    pub text: String,
    /// Who greets: a person's or the shop's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// An option offered at the start. Choosing it begins a conversation with its title as the subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuItem {
    pub id: String,
    pub title: String,
    /// The first words; left out, the visitor writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What is asked before a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreChat {
    #[serde(default)]
    pub fields: Vec<Field>,
    /// The sentence a visitor must agree to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PreChatField)]
pub struct Field {
    /// `name`, `email`, `phone` and `topic` are known; any other is a custom field.
    pub name: String,
    pub label: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub kind: FieldKind,
    /// Of a `select`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    #[default]
    Text,
    Email,
    Tel,
    Select,
    Checkbox,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Colors {
    /// `#rrggbb`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
}

/// Texts of the widget in other words: language, then the text's key.
pub type Texts = BTreeMap<String, BTreeMap<String, String>>;

impl Greeting {
    pub fn check(&self) -> Result<(), SettingsError> {
        let name = self.name.as_deref().map(|name| ("name", name, MAX_TITLE_CHARS));
        bounded(
            "greeting",
            [("title", self.title.as_str(), MAX_TITLE_CHARS), ("text", &self.text, MAX_TEXT_CHARS)].into_iter().chain(name),
        )
    }
}

/// The menu as a whole.
pub fn check_menu(menu: &[MenuItem]) -> Result<(), SettingsError> {
    let wrong = |problem: String| Err(SettingsError::new("menu", problem));
    if menu.len() > MAX_MENU {
        return wrong(format!("at most {MAX_MENU} options"));
    }
    for (position, item) in menu.iter().enumerate() {
        if !is_word(&item.id) {
            return wrong(format!("the id \"{}\" must be 1 to {MAX_NAME_CHARS} letters, digits, - or _", item.id));
        }
        if menu.iter().take(position).any(|earlier| earlier.id == item.id) {
            return wrong(format!("the id \"{}\" is there twice", item.id));
        }
        if item.title.trim().is_empty() {
            return wrong(format!("the option \"{}\" needs a title", item.id));
        }
        let text = item.text.as_deref().map(|text| ("text", text, MAX_TEXT_CHARS));
        bounded("menu", [("title", item.title.as_str(), MAX_TITLE_CHARS)].into_iter().chain(text))?;
    }
    Ok(())
}

impl PreChat {
    pub fn check(&self) -> Result<(), SettingsError> {
        let wrong = |problem: String| Err(SettingsError::new("pre_chat", problem));
        if self.fields.len() > MAX_FIELDS {
            return wrong(format!("at most {MAX_FIELDS} fields"));
        }
        bounded("pre_chat", self.consent.as_deref().map(|consent| ("consent", consent, MAX_TEXT_CHARS)))?;
        for (position, field) in self.fields.iter().enumerate() {
            let name = &field.name;
            if !is_word(name) {
                return wrong(format!("the field \"{name}\" must be named by 1 to {MAX_NAME_CHARS} letters, digits, - or _"));
            }
            if self.fields.iter().take(position).any(|earlier| earlier.name == *name) {
                return wrong(format!("the field \"{name}\" is there twice"));
            }
            if field.label.trim().is_empty() {
                return wrong(format!("the field \"{name}\" needs a label"));
            }
            bounded("pre_chat", [("label", field.label.as_str(), MAX_TEXT_CHARS)])?;
            if (field.kind == FieldKind::Select) == field.options.is_empty() {
                return wrong(format!("the field \"{name}\": a select has options, and nothing else has"));
            }
            if field.options.len() > MAX_OPTIONS {
                return wrong(format!("the field \"{name}\" has more than {MAX_OPTIONS} options"));
            }
            bounded("pre_chat", field.options.iter().map(|option| ("options", option.as_str(), MAX_TITLE_CHARS)))?;
        }
        Ok(())
    }
}

impl Colors {
    pub fn check(&self) -> Result<(), SettingsError> {
        let is_color =
            |text: &str| text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match self.accent.as_deref() {
            Some(accent) if !is_color(accent) => Err(SettingsError::new("colors", "accent is a colour like #2f6fed")),
            _ => Ok(()),
        }
    }
}

/// Languages are tags of BCP 47, like `de` or `pt-BR`.
pub fn check_texts(texts: &Texts) -> Result<(), SettingsError> {
    let wrong = |problem: String| Err(SettingsError::new("texts", problem));
    if texts.len() > MAX_LANGUAGES {
        return wrong(format!("at most {MAX_LANGUAGES} languages"));
    }
    for (language, entries) in texts {
        if !is_language(language) {
            return wrong(format!("\"{language}\" is not a language; write it as de or pt-BR"));
        }
        if entries.len() > MAX_TEXTS {
            return wrong(format!("{language} has more than {MAX_TEXTS} texts"));
        }
        bounded(
            "texts",
            entries
                .iter()
                .flat_map(|(key, text)| [("a key", key.as_str(), MAX_TITLE_CHARS), (key.as_str(), text, MAX_TEXT_CHARS)]),
        )?;
    }
    Ok(())
}

fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
    first && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn is_word(text: &str) -> bool {
    (1..=MAX_NAME_CHARS).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Texts (name, text, most characters) of a key: not too long, and nothing in them that cannot be shown.
pub(crate) fn bounded<'a>(
    key: &'static str,
    texts: impl IntoIterator<Item = (&'a str, &'a str, usize)>,
) -> Result<(), SettingsError> {
    for (name, text, max) in texts {
        if text.chars().nth(max).is_some() {
            return Err(SettingsError::new(key, format!("{name} is longer than {max} characters")));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(SettingsError::new(key, format!("{name} holds control characters")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Colors, Field, FieldKind, Greeting, MenuItem, PreChat, Texts, check_menu, check_texts};

    fn field(name: &str, kind: FieldKind, options: &[&str]) -> Field {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Field { name: name.into(), label: "Label".into(), kind, options, ..Field::default() }
    }

    #[test]
    fn a_sensible_face_is_taken() {
        Greeting { title: "Hello!".into(), text: "We are\nhere.".into(), name: Some("Ann".into()) }.check().unwrap();
        let item = |id: &str| MenuItem { id: id.into(), title: "Where is my order?".into(), text: None };
        check_menu(&[item("order"), item("refund")]).unwrap();
        let fields = vec![field("email", FieldKind::Email, &[]), field("topic", FieldKind::Select, &["Order", "Refund"])];
        PreChat { fields, consent: Some("I agree.".into()) }.check().unwrap();
        Colors { accent: Some("#2F6fed".into()) }.check().unwrap();
        let texts: Texts = serde_json::from_str(r#"{"pt-BR": {"send": "Enviar"}}"#).unwrap();
        check_texts(&texts).unwrap();
    }

    #[test]
    fn what_cannot_be_shown_is_refused_by_key() {
        let item = |id: &str, title: &str| MenuItem { id: id.into(), title: title.into(), text: None };
        let one = |field: Field| PreChat { fields: vec![field], consent: None }.check();
        let texts = |json: &str| check_texts(&serde_json::from_str::<Texts>(json).unwrap());
        let cases = [
            (Greeting { title: "x".repeat(121), ..Greeting::default() }.check(), "greeting", "120"),
            (Greeting { text: "\u{7}".into(), ..Greeting::default() }.check(), "greeting", "control"),
            (check_menu(&[item("a", "A"), item("a", "B")]), "menu", "twice"),
            (check_menu(&[item("a b", "A")]), "menu", "letters"),
            (check_menu(&[item("a", " ")]), "menu", "title"),
            (check_menu(&vec![item("a", "A"); 21]), "menu", "20"),
            (one(field("topic", FieldKind::Select, &[])), "pre_chat", "options"),
            (one(field("topic", FieldKind::Text, &["a"])), "pre_chat", "options"),
            (one(field("", FieldKind::Text, &[])), "pre_chat", "named"),
            (one(Field { label: String::new(), ..field("x", FieldKind::Text, &[]) }), "pre_chat", "label"),
            (Colors { accent: Some("red".into()) }.check(), "colors", "#"),
            (Colors { accent: Some("#12345é".into()) }.check(), "colors", "#"),
            (texts(r#"{"german": {}}"#), "texts", "language"),
            (texts(r#"{"de": {"send": "a\u0000"}}"#), "texts", "control"),
        ];
        for (result, key, word) in cases {
            let problem = result.unwrap_err();
            assert!(problem.key == key && problem.problem.contains(word), "{problem:?}");
        }
    }
}
